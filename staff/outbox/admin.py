"""The outbox, to look at; for superusers."""

from django.contrib import admin
from django.http import HttpRequest

from outbox.models import Message
from staff.broken_values import BrokenValuesMixin


@admin.register(Message)
class MessageAdmin(BrokenValuesMixin, admin.ModelAdmin):
    list_display = ("channel", "address", "kind", "subject", "state", "attempts", "due_at", "sent_at", "error")
    list_filter = ("state", "channel", "kind")
    search_fields = ("address", "subject")
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        return False
