"""The messages to the people of a registration, on its page."""

from django.contrib import admin
from django.contrib.admin.utils import display_for_value
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from outbox.models import Message
from registrations.models import Registration

_AT_MOST = 30
# The same in both languages.
_CHANNELS = {"email": "e-mail", "sms": "SMS", "zalo": "Zalo"}


@admin.display(description=_("messages"))
def message_list(registration: Registration) -> str:
    """The messages to each delegate, the last first, and the way to all of them."""
    lines: dict[str, list[Message]] = {delegate.person: [] for delegate in registration.delegates.all()}
    for message in Message.objects.filter(person__in=list(lines)).order_by("-id")[:_AT_MOST]:
        lines[message.person].append(message)
    blocks = [
        format_html(
            '<p><a href="{}">{}</a></p><ul class="dc-said">{}</ul>',
            reverse("messaging:person", args=[registration.conference_id, delegate.pk]),
            gettext("All messages to %(name)s") % {"name": delegate.full_name},
            format_html_join(
                "", "<li>{} · {} → {}: {} <strong>{}</strong> {}</li>", map(_words, lines[delegate.person])
            ),
        )
        for delegate in registration.delegates.all()
    ]
    return format_html_join("", "{}", ((block,) for block in blocks)) or "–"


def _words(message: Message) -> tuple[str, ...]:
    """A line about ``message``: when, how, to which address, about what, what became of it and why."""
    return (
        display_for_value(message.delivered_at or message.sent_at or message.due_at, ""),
        _CHANNELS.get(message.channel, message.channel),
        message.address,
        Truncator(message.subject or " ".join(message.text.split())).chars(60),
        message.get_state_display(),
        message.error,
    )
