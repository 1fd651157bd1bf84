"""The pages of the tab of messages, side by side."""

from typing import Any

from django import template
from django.template.context import Context
from django.urls import reverse
from django.utils.translation import pgettext

from staff.workspace.access import workspace_url

register = template.Library()


@register.inclusion_tag("staff/messages/_tabs.html", takes_context=True)
def message_tabs(context: Context, current: str) -> dict[str, Any]:
    """The pages about the messages of the conference of the page, with the one whose key is ``current`` marked.

    A coordinator, whom the ``workspace`` or the ``scope`` of the page names, has two of them.
    """
    conference = context["conference"]
    of_user = context.get("workspace") or context.get("scope")
    pages = [
        ("delivery", pgettext("tab", "Delivery"), reverse("messaging:delivery", args=[conference.pk])),
        ("write", pgettext("tab", "Write to people"), workspace_url("announcements", conference)),
    ]
    if of_user is None or of_user.is_organiser:
        pages += [
            ("reminders", pgettext("tab", "Reminders"), workspace_url("reminders", conference)),
            ("texts", pgettext("tab", "Texts of messages"), reverse("messaging:texts", args=[conference.pk])),
        ]
    return {"pages": pages, "current": current}
