"""A conference that is taking place now: begun twenty minutes ago, so that a newcomer sees the day itself.

It is made anew when the demo starts and the former one is over.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from attendance import services as attendance
from bridges import services as bridges
from bridges.models import BridgePoint, Connection, Kind, Province
from conference.models import Conference, ProgrammeItem
from demo import running_day
from demo import running_facts as facts
from demo.load import LEADER, ORGANISER, make_user
from registrations import services as registrations
from registrations.models import Delegate, Registration

SLUG = "giao-ban-nong-san"
#: Who runs one of its rooms: e-mail and name. Their account is another one, so that each of them is inside at once.
COORDINATOR = ("haiphong@diemcau.example", "Đầu mối Hải Phòng (ví dụ)")
#: How long ago it began, and how long it lasts.
BEGUN, LASTS = timedelta(minutes=20), timedelta(hours=3)


@transaction.atomic
def load(*, now: datetime) -> bool:
    """Make the conference that is running at ``now``, in place of one that is over; False: it is running already.

    The demo is loaded: its users run it.
    """
    if Conference.objects.filter(slug=SLUG, ends_at__gt=now).exists():
        return False
    _erase()
    organiser = User.objects.get(email=ORGANISER[0])
    conference = _conference(now, organiser)
    points = [_point(conference, position, *one) for position, one in enumerate(facts.POINTS, 1)]
    if not User.objects.filter(email=COORDINATOR[0]).exists():
        make_user(*COORDINATOR, is_staff=True, staff_by_role=True)
    bridges.appoint(point=points[3], email=COORDINATOR[0], name=COORDINATOR[1], now=now)
    made = _register(conference, points, now - timedelta(days=2))
    _come(conference, made, organiser)
    running_day.begin(conference=conference, points=points, by=organiser, now=now)
    return True


def _erase() -> None:
    """Delete the former one with all that belongs to it."""
    former = Conference.objects.filter(slug=SLUG)
    Registration.objects.filter(conference__in=former).delete()
    former.delete()


def _conference(now: datetime, organiser: User) -> Conference:
    # At a whole five minutes, as conferences begin.
    begun = (now - BEGUN).replace(second=0, microsecond=0)
    starts_at = begun - timedelta(minutes=begun.minute % 5)
    conference = Conference.objects.create(
        slug=SLUG,
        name=facts.NAME,
        short_name=facts.SHORT_NAME,
        summary=facts.SUMMARY,
        starts_at=starts_at,
        ends_at=starts_at + LASTS,
        contact_name=ORGANISER[1],
        contact_phone=facts.PHONE,
        contact_email=ORGANISER[0],
        is_published=True,
        scheduled_at=starts_at - timedelta(days=9),
    )
    conference.organisers.add(organiser)
    conference.leaders.add(User.objects.get(email=LEADER[0]))
    ProgrammeItem.objects.bulk_create(
        ProgrammeItem(
            conference=conference,
            starts_at=starts_at + timedelta(minutes=after),
            ends_at=starts_at + timedelta(minutes=until),
            title=title,
            speaker=speaker,
        )
        for after, until, title, speaker in facts.PROGRAMME
    )
    return conference


def _point(
    conference: Conference, position: int, kind: str, name: str, short_name: str, province: str, seats: int | None
) -> BridgePoint:
    day = timezone.localtime(conference.starts_at).date()
    point = BridgePoint.objects.create(
        conference=conference,
        kind=kind,
        name=name,
        short_name=short_name,
        province=Province.objects.valid_on(day).filter(name=province).first(),
        address=f"Số {position} đường Ví Dụ, {province}" if province else "",
        seats=seats,
        is_hub=position == 1,
        line_test=BridgePoint.LineState.PASSED if kind == Kind.VIDEO_ROOM else BridgePoint.LineState.UNTESTED,
        position=position,
    )
    is_room = kind == Kind.VIDEO_ROOM
    Connection.objects.create(
        bridge_point=point,
        web_url="" if is_room else f"https://phong{position}.vidu.example/giao-ban",
        meeting_id=f"900 100 {position:03d}" if is_room else "",
        password=f"vidu-{position:03d}" if is_room else "",
        server="mcu.vidu.example" if is_room else "",
        technician_name=f"Kỹ thuật viên {short_name or name} (ví dụ)",
        # 0900 000 9xx: a block kept for examples here.
        technician_phone=f"+84900000{900 + position}" if is_room else "",
        technician_email=f"ky.thuat{position}@vidu.example",
    )
    return point


def _register(conference: Conference, points: Sequence[BridgePoint], now: datetime) -> list[Registration]:
    made = []
    for number, (kind, organisation, index, names) in enumerate(facts.GROUPS, 1):
        people = [
            registrations.Person(
                full_name=name,
                phone=f"+84900000{400 + 10 * number + place:03d}",
                email=f"giao.ban{number}.{place}@vidu.example",
            )
            for place, name in enumerate(names)
        ]
        form = registrations.NewRegistration(
            organisation=registrations.OrganisationData(kind, organisation, points[index].province),
            people=people,
            language="vi",
        )
        made.append(
            registrations.register(
                conference=conference, point=points[index], form=form, now=now + timedelta(minutes=number)
            )
        )
    return made


def _come(conference: Conference, made: Sequence[Registration], organiser: User) -> None:
    """Let most people be there: checked in at a hall, joined from their own device elsewhere."""
    for registration in made:
        registration.conference = conference
        delegates = Delegate.objects.filter(registration=registration, registration__state=Registration.State.CONFIRMED)
        for place, delegate in enumerate(delegates.as_entered()):
            delegate.registration = registration
            # Of each group the last is late.
            if place == facts.LATE:
                continue
            moment = conference.starts_at - timedelta(minutes=15 - 4 * place)
            if registration.bridge_point.kind == Kind.VENUE:
                attendance.check_in(delegate=delegate, by=organiser, now=moment)
            elif registration.bridge_point.kind != Kind.VIDEO_ROOM:
                attendance.record(delegate=delegate, now=moment)
