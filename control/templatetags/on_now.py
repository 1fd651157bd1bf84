"""What is on now, on pages of rooms below."""

from datetime import timedelta
from typing import Any

from django import template
from django.utils import timezone

from conference.models import Conference
from control.show import State, look

register = template.Library()
#: A conference that runs late is followed for so long after its end.
_OVERTIME = timedelta(hours=3)


@register.inclusion_tag("control/_part.html")
def on_now(conference: Conference) -> dict[str, Any]:
    """The part of a page that says what is on, from the opening of the doors on; nothing where there are no cues.

    Two queries in that time, none before and after.
    """
    now = timezone.now()
    is_due = conference.doors_open_at <= now < conference.ends_at + _OVERTIME and not conference.cancelled_at
    standing = look(conference, now) if is_due else None
    if standing is None or standing.state in (State.EMPTY, State.OVER):
        return {}
    return {"slug": conference.slug, "standing": standing if standing.is_on_air else None}
