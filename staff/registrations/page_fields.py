"""What the page of a registration says besides its fields: place in line, decision, consent, letters.

Personal links do not stand there: whoever has one can do what the registrant can, and is taken for them.
"""

from django.contrib import admin
from django.contrib.admin.utils import display_for_value
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import display_name
from registrations import consent
from registrations.models import Delegate, Registration


@admin.display(description=_("place in line"))
def place_in_line(registration: Registration) -> int | str:
    """The place on the waitlist."""
    return registration.place_in_line or "–"


@admin.display(description=_("invited by"))
def inviter(registration: Registration) -> str:
    """The name of the invitation, for those who may not open it."""
    return str(registration.invitation or "–")


@admin.display(description=_("decided"))
def decision_words(registration: Registration) -> str:
    """When the organisers accepted or declined it, and who did."""
    if registration.decided_at is None:
        return "–"
    who = display_name(registration.decided_by) if registration.decided_by else gettext("unknown")
    moment = display_for_value(registration.decided_at, "")
    return gettext("%(moment)s, by %(name)s") % {"moment": moment, "name": who}


@admin.display(description=_("consent"))
def consent_words(registration: Registration) -> str:
    """To which text the registrant agreed, when and how, and the text itself."""
    version, way = registration.consent_version, registration.consent_way
    if not version:
        return gettext("none noted")
    words = gettext("words of the consent: version %(version)s") % {"version": version}
    facts = (display_for_value(registration.consented_at, ""), str(consent.WAYS.get(way, way)), words)
    line = " · ".join(fact for fact in facts if fact)
    if version not in consent.TEXTS:
        return line
    text = consent.text(registration.conference.erase_after_days, version)
    return format_html('{} <q class="dc-quote">{}</q>', line, text)


@admin.display(description=_("attendance"))
def attendance_words(delegate: Delegate) -> str:
    """How and since when the delegate is or was there; a dash if they are not."""
    attendance = getattr(delegate, "attendance", None)
    if attendance is None:
        return "–"
    moment = attendance.checked_in_at or attendance.first_at
    return gettext("%(mode)s, %(moment)s") % {
        "mode": attendance.get_mode_display(),
        "moment": display_for_value(moment, ""),
    }


@admin.display(description=_("letter"))
def letter_link(delegate: Delegate) -> str:
    """The way to the letter of a delegate, which brings them their QR code on paper."""
    if not delegate.pk:
        return "–"
    return format_html(
        '<a href="{}">{}</a>', reverse("lists:delegate_letter", args=[delegate.pk]), gettext("letter with a QR code")
    )
