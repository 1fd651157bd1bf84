"""What this room answers when a room below asks."""

from typing import Any

from django.db.models import QuerySet

from attendance.models import Attendance
from attendance.services import desk_opens_at
from conference.models import Conference


def presence_asked(conference: Conference, **kwargs: Any) -> QuerySet[Attendance, int]:
    """The numbers of the delegates of ``conference`` who are there for its present date."""
    rows = Attendance.objects.filter(conference=conference).since(desk_opens_at(conference))
    return rows.order_by().values_list("delegate", flat=True)


def record_asked(conference: int, **kwargs: Any) -> QuerySet[Attendance, int]:
    """The numbers of the delegates of the conference with this number who were there, at whatever date."""
    return Attendance.objects.filter(conference=conference).order_by().values_list("delegate", flat=True)
