"""Who pressed what at the controls of a run of show."""

from conference.models import Conference
from control.models import ShowPress


def latest_presses(conference: Conference, most: int) -> list[ShowPress]:
    """The last ``most`` presses, the newest first. One query."""
    return list(ShowPress.objects.filter(conference=conference).select_related("by")[:most])


def all_presses(conference: Conference) -> list[ShowPress]:
    """Every press, in the order in which they were made. One query."""
    return list(ShowPress.objects.filter(conference=conference).select_related("by").order_by("pressed_at", "pk"))
