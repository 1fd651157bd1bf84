"""What the rooms of the running conference have said so far: one has lost its signal, one is late.

All of it by telephone, through whoever sits at the board: nobody waits then for a sign of life of pages that nobody has
open in the demo.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from django.utils import timezone

from accounts.models import User
from attendance import devices
from attendance.models import Device
from bridges.line_tests import record_results
from bridges.models import BridgePoint, SpareLine, StartDecision, TestRound
from conference.models import Conference
from control import rooms
from control.models import Cue
from control.presses import Press, make_cues, press
from control.rooms import Report
from control.show import look
from demo import running_floor, running_slides
from lists import jobs
from lists.models import ImportJob
from registrations.models import Delegate

#: Name and e-mail in the meeting, minutes after the start at which they joined and left. Whom a name without an e-mail
#: means says the registration number that stands before it, if it is a delegate's.
IN_MEETING = (
    ("Cao Thị Mẫu", "", -8, 4),
    ("Cao Thị Mẫu", "", 6, 15),
    ("VNPT Bắc Ninh (ví dụ)", "", -20, 15),
    ("VNPT Hai Phong", "", -22, 15),
    ("Gian hàng", "giao.ban11.0@vidu.example", -3, 15),
    ("iPhone của Mai", "", 2, 9),
)
#: Tells this attempt from another; there is one.
_RUN = "demo"
#: By the index of a point: minutes after the start, what was said.
SAID = (
    (0, -40, "state", "ready"),
    (0, -10, "state", "connected"),
    (1, -20, "state", "ready"),
    (1, -5, "state", "connected"),
    (1, 8, "head_count", "4"),
    (2, -30, "state", "ready"),
    (2, -8, "state", "connected"),
    (2, 5, "head_count", "5"),
    (2, 14, "floor", "yes"),
    (3, -25, "state", "connected"),
    (3, 6, "head_count", "3"),
    (4, -15, "state", "connected"),
    (4, 16, "state", "lost"),
    (5, 11, "state", "ready"),
    (5, 12, "help", "yes"),
)


def begin(*, conference: Conference, points: Sequence[BridgePoint], by: User, now: datetime) -> None:
    """Let the day of ``conference`` have come as far as it is at ``now``, twenty minutes after its start."""
    _test_lines(conference, points, by)
    for index, minutes, kind, value in SAID:
        moment = conference.starts_at + timedelta(minutes=minutes)
        report = Report(uuid4(), kind, value, moment)
        rooms.note_reports(point=points[index], reports=[report], now=moment, by=by)
    cues = _run_show(conference, points, by)
    running_slides.hand_in(conference=conference, cues=cues, now=conference.starts_at)
    _receive(points[0], by, now)
    _read_meeting(conference, by, now)
    running_floor.begin(conference=conference, points=points, by=by)


def _test_lines(conference: Conference, points: Sequence[BridgePoint], by: User) -> None:
    """A round on the day before, a spare line for each room elsewhere, and the decision to begin."""
    day_before = conference.starts_at - timedelta(days=1)
    test_round = TestRound.objects.create(conference=conference, name="Vòng 1", starts_at=day_before)
    numbers = [point.pk for point in points if point.is_place]
    record_results(
        test_round=test_round, points=numbers, result=BridgePoint.LineState.PASSED.value, by=by, now=day_before
    )
    SpareLine.objects.bulk_create(
        SpareLine(
            bridge_point=point,
            web_url=f"https://du-phong.vidu.example/{point.position}",
            instructions="Đường dự phòng là ví dụ.",
        )
        for point in points
        if point.kind == "video_room"
    )
    StartDecision.objects.create(
        conference=conference,
        mark=StartDecision.Mark.HALF_HOUR,
        verdict=StartDecision.Verdict.GO,
        note="VNPT Nghệ An vào sau (ví dụ).",
        not_green=1,
        decided_by=by,
        decided_at=conference.starts_at - timedelta(minutes=30),
    )


def _run_show(conference: Conference, points: Sequence[BridgePoint], by: User) -> list[Cue]:
    """The opening is over, two minutes late; the report runs; the rooms speak after it. Returns its parts."""
    make_cues(conference=conference)
    cues = list(Cue.objects.filter(conference=conference))
    for cue, point in ((cues[0], points[0]), (cues[1], points[1]), (cues[2], points[2])):
        cue.point = point
        cue.way = Cue.Way.IN_PERSON if point.is_hub else Cue.Way.VIDEO
        cue.save(update_fields=["point", "way"])
    for minutes in (1, 12):
        moment = conference.starts_at + timedelta(minutes=minutes)
        version = look(conference, moment).version
        press(conference=conference, what=Press.NEXT, version=version, now=moment, by=by)
    return cues


def _receive(hall: BridgePoint, by: User, now: datetime) -> None:
    """A phone at the door of the hall."""
    door = devices.first_door(hall)
    device = devices.make_device(door=door, name="Bàn đón 1 (ví dụ)", role=Device.Role.DESK, by=by, now=now)
    devices.pair(token=device.token, now=now)


def _read_meeting(conference: Conference, by: User, now: datetime) -> None:
    """The list of the meeting as it was downloaded five minutes ago: one name in it nobody knows."""
    people = Delegate.objects.filter(registration__conference=conference).select_related("registration")
    numbers = {delegate.full_name: delegate.registration.number for delegate in people}
    lines = ["Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),In Waiting Room"]
    for name, email, begin, end in IN_MEETING:
        shown = f"{numbers[name]} {name}" if name in numbers and not email else name
        moments = [timezone.localtime(conference.starts_at + timedelta(minutes=one)) for one in (begin, end)]
        joined, left = (f"{moment:%d/%m/%Y %H:%M:%S}" for moment in moments)
        lines.append(f"{shown},{email},{joined},{left},{end - begin},No")
    job = ImportJob.objects.create(
        conference=conference,
        kind=ImportJob.Kind.MEETING,
        state=ImportJob.State.READING,
        file_name="zoom-nguoi-tham-gia-vi-du.csv",
        content="\n".join(lines).encode(),
        options={"language": "vi"},
        run=_RUN,
        by=by,
        created_at=now - timedelta(minutes=5),
        started_at=now - timedelta(minutes=5),
    )
    jobs.read(job=job.pk, run=_RUN)
    ImportJob.objects.filter(pk=job.pk, state=ImportJob.State.CHECKED).update(state=ImportJob.State.RUNNING)
    jobs.apply(job=job.pk, run=_RUN)
