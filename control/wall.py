"""The link to the wall screen: made when it is first asked for, withdrawn by making another."""

from django.db import transaction

from conference.models import Conference
from control.models import WallLink


def link_of(*, conference: Conference) -> WallLink:
    """The link to the wall screen of ``conference``."""
    return WallLink.objects.get_or_create(conference=conference)[0]


def renew_link(*, conference: Conference) -> WallLink:
    """Withdraw the link to the wall screen of ``conference``. Returns the new one."""
    with transaction.atomic():
        link = WallLink.objects.select_for_update().get(pk=link_of(conference=conference).pk)
        link.renew_token()
        link.save()
    return link
