"""What this room answers when a room below asks."""

from typing import Any

from django.db.models import QuerySet

from attendance.models import Attendance


def presence_asked(conference: int, **kwargs: Any) -> QuerySet[Attendance, int]:
    """The numbers of the delegates of ``conference`` who are there."""
    return Attendance.objects.filter(conference=conference).order_by().values_list("delegate", flat=True)
