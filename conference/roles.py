"""Who organises a conference, and who reads its numbers: naming them and withdrawing them."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext

from accounts.inviting import staff_account
from accounts.models import User
from conference.models import Conference
from conference.role_mails import tell_of_role
from outbox.refs import Ref

#: ``Message.kind`` of the mails.
NAMED = "named"
# An ended conference still has numbers to read.
_TOLD_WITHIN = timedelta(days=3)


class LastOrganiser(Exception):
    """Nobody would run the conference any more."""


@transaction.atomic
def name_organiser(
    *, conference: Conference, email: str, name: str, now: datetime, by: User | None = None
) -> tuple[User, bool]:
    """Have the person with this e-mail address run ``conference``, with an account if need be, and tell them
    that ``by`` has named them.

    Returns the user and whether they did not run it before; whoever did is told nothing.
    """
    user = staff_account(email=email, name=name, as_organiser=True)
    if conference.organisers.filter(pk=user.pk).exists():
        return user, False
    conference.organisers.add(user)
    _tell(user, conference, "organiser", by, now)
    return user, True


@transaction.atomic
def name_leader(
    *, conference: Conference, email: str, name: str, now: datetime, by: User | None = None
) -> tuple[User, bool]:
    """The same for somebody who reads its numbers and papers."""
    user = staff_account(email=email, name=name)
    if conference.leaders.filter(pk=user.pk).exists():
        return user, False
    conference.leaders.add(user)
    _tell(user, conference, "leader", by, now)
    return user, True


@transaction.atomic
def withdraw_organiser(*, conference: Conference, user: User) -> None:
    """Have ``user`` no longer run ``conference``; of other conferences nothing changes.

    Raises:
        LastOrganiser: nobody else could run it.
    """
    # Two who withdraw each other at once: the second finds out.
    Conference.objects.select_for_update().get(pk=conference.pk)
    if not active_organisers(conference).exclude(pk=user.pk).exists():
        raise LastOrganiser
    conference.organisers.remove(user)


def active_organisers(conference: Conference) -> QuerySet[User]:
    """The organisers of ``conference`` who can sign in and run it."""
    return conference.organisers.filter(is_active=True, is_staff=True, is_organiser=True)


def _tell(user: User, conference: Conference, role: str, by: User | None, now: datetime) -> None:
    names = {"conference": conference.name, "short": conference.short_name}
    with translation.override(settings.LANGUAGE_CODE):
        if role == "organiser":
            subject = gettext("You organise %(short)s")
            task = gettext("You are now one of the organisers of %(conference)s.")
        else:
            subject = gettext("You can read the numbers of %(short)s")
            task = gettext("You can now read the numbers and papers of %(conference)s.")
        tell_of_role(
            user=user,
            conference=conference,
            by=by,
            task=task % names,
            subject=subject % names,
            key=f"named/{role}/{conference.pk}/{user.pk}/{now.timestamp():.0f}",
            kind=NAMED,
            topic=Ref("conference", conference.pk),
            now=now,
            until=max(conference.ends_at, now + _TOLD_WITHIN),
        )
