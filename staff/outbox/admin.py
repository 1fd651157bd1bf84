"""The outbox, to look at; for superusers. What stands there in codes is said in words."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from common.phones import written
from messaging.delivery.counts import error_words
from messaging.kind_names import KIND_NAMES, kind_name
from outbox.channel_names import CHANNEL_NAMES, channel_name
from outbox.models import Message
from staff.broken_values import BrokenValuesMixin


class _CodeFilter(admin.AllValuesFieldListFilter):
    """The codes that occur, each by its name."""

    names: Mapping[str, Any] = {}

    def choices(self, changelist: Any) -> Iterator[Any]:
        for choice in super().choices(changelist):
            code = str(choice["display"])
            yield {**choice, "display": capfirst(str(self.names.get(code, code)))}


class ChannelFilter(_CodeFilter):
    names = CHANNEL_NAMES


class KindFilter(_CodeFilter):
    names = KIND_NAMES


@admin.display(description=_("channel"), ordering="channel")
def channel_words(message: Message) -> str:
    """The channel as people call it."""
    return channel_name(message.channel)


@admin.display(description=_("kind"), ordering="kind")
def kind_words(message: Message) -> str:
    """What the message is about."""
    return kind_name(message.kind) or "–"


@admin.display(description=_("address"), ordering="address")
def address_words(message: Message) -> str:
    """Where it goes; a phone number as people write it."""
    return (written(message.address) if message.address.startswith("+") else message.address) or "–"


@admin.display(description=_("language"), ordering="language")
def language_words(message: Message) -> str:
    """The language in which it is written."""
    names = dict(settings.LANGUAGES)
    return str(names.get(message.language, message.language)) or "–"


@admin.display(description=_("error"), ordering="error")
def why(message: Message) -> str:
    """Why it has not arrived."""
    return error_words(message) or "–"


@admin.register(Message)
class MessageAdmin(BrokenValuesMixin, admin.ModelAdmin):
    list_display = (channel_words, address_words, kind_words, "subject", "state", "attempts", "due_at", "sent_at", why)
    list_filter = ("state", ("channel", ChannelFilter), ("kind", KindFilter))
    search_fields = ("address", "subject")
    show_full_result_count = False
    # The stubs know no functions among fields.
    fields: ClassVar[Any] = (
        channel_words, address_words, kind_words, "subject", "text", language_words, "state", why, "attempts",
        "any_hour", "fallback", "created_at", "due_at", "expires_at", "sent_at", "delivered_at",
        "provider_reference", "key",
    )  # fmt: skip

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        return False
