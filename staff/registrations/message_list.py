"""The messages to the people of a registration, on its page."""

from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from messaging import person_messages
from messaging.person_messages import Line, PersonMessages
from registrations.models import Registration

_AT_MOST = 30


@admin.display(description=_("messages"))
def message_list(registration: Registration) -> str:
    """The messages to each delegate and to a contact person who does not attend, the last first."""
    people = person_messages.of_registration(registration, now=timezone.now(), at_most=_AT_MOST)
    blocks = (
        format_html('<p>{}</p><ul class="dc-said">{}</ul>', _heading(registration, person), _items(person.lines))
        for person in people
    )
    return format_html_join("", "{}", ((block,) for block in blocks)) or "–"


def _heading(registration: Registration, person: PersonMessages) -> str:
    """Who it is; of delegates, who have a page with all their messages, the way there."""
    if person.delegate is None:
        return f"{capfirst(gettext('contact person'))}: {person.name}"
    return format_html(
        '<a href="{}">{}</a>',
        reverse("messaging:person", args=[registration.conference_id, person.delegate.pk]),
        gettext("All messages to %(name)s") % {"name": person.name},
    )


def _items(lines: list[Line]) -> str:
    """When, how, to which address, about what, what became of it and why."""
    return format_html_join(
        "",
        "<li>{} · {} → {}: {} <strong>{}</strong> {}</li>",
        ((line.moment, line.channel, line.message.address, line.beginning, line.state, line.error) for line in lines),
    )
