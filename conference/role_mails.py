"""The mail that tells somebody of a role in a conference: by name, from whom it comes, and whom to ask."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext

from accounts.inviting import tell
from accounts.models import User, display_name
from common.phones import written
from conference.models import Conference
from outbox.refs import Ref


def tell_of_role(
    *,
    user: User,
    conference: Conference,
    by: User | None,
    task: str,
    subject: str,
    key: str,
    kind: str,
    topic: Ref,
    now: datetime,
    until: datetime,
) -> None:
    """Mail ``user`` of a role in ``conference`` that ``by`` has given them (None: nobody in person).

    ``task``: a sentence that says what they do now, in the language in force. Once for each ``key``.
    """
    how = gettext("Sign in with this e-mail address and a code that we mail you:\n%(link)s") % {
        "link": f"{settings.SITE_URL}{reverse('account_request_login_code')}"
    }
    parts = [
        gettext("Dear %(name)s,") % {"name": display_name(user)},
        "\n".join(filter(None, [task, _when(conference), _named_by(by)])),
        how,
        _whom_to_ask(conference),
        gettext("Kind regards,\n%(signature)s") % {"signature": conference.contact_name or gettext("The organisers")},
    ]
    tell(
        user=user,
        key=key,
        kind=kind,
        topic=topic,
        subject=subject,
        text="\n\n".join(filter(None, parts)) + "\n",
        now=now,
        until=until,
    )


def _when(conference: Conference) -> str:
    starts = timezone.localtime(conference.starts_at)
    words = f"{date_format(starts, 'TIME_FORMAT')}, {date_format(starts, 'DATE_FORMAT')}"
    return gettext("Conference starts: %(when)s.") % {
        "when": f"{words} ({gettext('tentative')})" if conference.is_tentative else words
    }


def _named_by(by: User | None) -> str:
    if by is None:
        return ""
    who = f"{by.name} ({by.email})" if by.name and by.email else display_name(by)
    return gettext("Invited by: %(who)s.") % {"who": who}


def _whom_to_ask(conference: Conference) -> str:
    ways = [conference.contact_name, written(conference.contact_phone), conference.contact_email]
    words = ", ".join(filter(None, ways))
    return gettext("Questions: %(contact)s") % {"contact": words} if words else ""
