"""Loads the demo through the services that the site itself uses."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from attendance import services as attendance
from attendance.duplicating import duplicate
from bridges import services as bridges
from bridges.models import BridgePoint, Connection, Province, SpareLine, TestRound
from conference.models import Conference, Partner, Product, ProgrammeItem
from control.models import Cue
from control.presses import make_cues
from demo import facts
from messaging.models import Announcement
from registrations import services as registrations
from registrations.models import Guest, Invitation, Question, Registration

PASSWORD = "diem-cau-demo"  # noqa: S105  (printed by the demo)
#: Who can sign in: e-mail and name.
ORGANISER = ("bantochuc@diemcau.example", "Ban tổ chức (ví dụ)")
COORDINATOR = ("bacninh@diemcau.example", "Đầu mối Bắc Ninh (ví dụ)")
LEADER = ("lanhdao@diemcau.example", "Lãnh đạo (ví dụ)")
REGISTRANT = ("htx@diemcau.example", "Hoàng Văn Ví")
ADMINISTRATOR = ("quantri@diemcau.example", "Quản trị viên (ví dụ)")
_SLUG_2021 = "na-chi-lang-2021"


def _local(day: date, hour: int, minute: int = 0) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour, minute)))


def is_loaded() -> bool:
    """Whether the demo is there already."""
    return Conference.objects.filter(slug=_SLUG_2021).exists()


def next_edition_day(today: date) -> date:
    """The next 19 July that lies more than a day ahead."""
    year = today.year if today < date(today.year, 7, 18) else today.year + 1
    return date(year, 7, 19)


@transaction.atomic
def load(*, now: datetime) -> None:
    """Make the users, both conferences and their registrations."""
    organiser, coordinator = _users()
    past = _conference_of_2021(organiser)
    day = next_edition_day(timezone.localtime(now).date())
    edition = duplicate(
        conference=past,
        slug=f"na-chi-lang-{day.year}",
        name=facts.NAME.format(year=day.year),
        short_name=facts.SHORT_NAME.format(year=day.year),
        starts_at=_local(day, 8),
        now=now,
    )
    edition.registration_opens_at = None
    edition.is_published = True
    edition.save()
    points = list(edition.bridge_points.all())
    for point in points:
        _example_connection(point)
    _run_of_show(edition, points)
    _test_rounds(edition)
    _announcement(edition, organiser, points)
    _questions_and_invitation(edition, points, now)
    edition.leaders.add(make_user(*LEADER, is_staff=True, staff_by_role=True))
    bridges.appoint(point=points[2], email=COORDINATOR[0], name=coordinator.name, now=now)
    _register(edition, points, now=now - timedelta(hours=1), prefix="", first_email=REGISTRANT[0])


def _run_of_show(edition: Conference, points: Sequence[BridgePoint]) -> None:
    """The programme as cues: from the hall, but for the word of the points."""
    make_cues(conference=edition)
    cues = Cue.objects.filter(conference=edition)
    cues.update(point=points[0])
    cues.filter(title=facts.POINTS_SPEAK).update(
        point=points[2], way=Cue.Way.VIDEO, notes="Mời lần lượt từng điểm cầu, mỗi điểm không quá 5 phút."
    )


def make_user(email: str, name: str, **rights: bool) -> User:
    """Somebody who signs in with the password of all, with ``rights`` such as ``is_staff``."""
    user = User.objects.create_user(email, PASSWORD, name=name, **rights)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def _users() -> tuple[User, User]:
    make_user(*ADMINISTRATOR, is_staff=True, is_superuser=True)
    make_user(*REGISTRANT)
    organiser = make_user(*ORGANISER, is_staff=True, is_organiser=True)
    return organiser, make_user(*COORDINATOR, is_staff=True, staff_by_role=True)


def _conference_of_2021(organiser: User) -> Conference:
    day = date(2021, 7, 19)
    announced = _local(date(2021, 7, 9), 8)
    conference = Conference.objects.create(
        slug=_SLUG_2021,
        name=facts.NAME.format(year=2021),
        short_name=facts.SHORT_NAME.format(year=2021),
        summary=facts.SUMMARY,
        purpose=facts.PURPOSE,
        preparation=facts.PREPARATION,
        starts_at=_local(day, 8),
        ends_at=_local(day, 11, 30),
        registration_opens_at=announced,
        registration_closes_at=_local(date(2021, 7, 18), 17),
        contact_name=ORGANISER[1],
        contact_email=ORGANISER[0],
        is_published=True,
        scheduled_at=announced,
    )
    conference.organisers.add(organiser)
    Partner.objects.bulk_create(
        Partner(
            conference=conference,
            role=role,
            name=name,
            duty=duty,
            position=position,
            superior=facts.PROVINCE_OFFICE if name.startswith("Sở ") and name.endswith(" tỉnh Lạng Sơn") else "",
            signer_title="Giám đốc" if name.startswith("Sở ") else "",
        )
        for position, (role, name, duty) in enumerate(facts.PARTNERS, start=1)
    )
    ProgrammeItem.objects.bulk_create(
        ProgrammeItem(
            conference=conference, starts_at=conference.starts_at + timedelta(minutes=after), title=title, speaker=who
        )
        for after, title, who in facts.PROGRAMME
    )
    points = _points(conference, day)
    made = _register(conference, points, now=announced + timedelta(days=2), prefix="2021.", first_email="")
    for registration in made:
        if registration.state == Registration.State.CONFIRMED:
            for delegate in registration.delegates.all():
                delegate.registration = registration
                registration.conference = conference
                moment = conference.starts_at - timedelta(minutes=12)
                if registration.bridge_point.is_place:
                    attendance.check_in(delegate=delegate, by=organiser, now=moment)
                else:
                    attendance.record(delegate=delegate, now=moment)
    return conference


def _points(conference: Conference, day: date) -> list[BridgePoint]:
    provinces = {p.name: p for p in Province.objects.valid_on(day)}
    points = []
    for position, (kind, name, short_name, host, province, address, latitude, longitude, seats) in enumerate(
        facts.POINTS, start=1
    ):
        point = BridgePoint.objects.create(
            conference=conference,
            kind=kind,
            name=name,
            short_name=short_name,
            host_name=host,
            province=provinces[province] if province else None,
            address=address,
            latitude=latitude,
            longitude=longitude,
            seats=seats,
            is_hub=position == 1,
            position=position,
        )
        Connection.objects.create(bridge_point=point)
        points.append(point)
    return points


def _example_connection(point: BridgePoint) -> None:
    """Plausible details that lead nowhere."""
    connection, _made = Connection.objects.get_or_create(bridge_point=point)
    if point.kind == "venue":
        connection.technician_name = "Kỹ thuật viên hội trường (ví dụ)"
        connection.technician_phone = _technician_phone(point)
    elif point.kind == "video_room":
        connection.meeting_id = f"900 000 {point.position:03d}"
        connection.password = f"vidu-{point.position:03d}"
        connection.server = "mcu.vidu.example"
        connection.sip_address = f"9000{point.position:02d}@mcu.vidu.example"
        connection.technician_name = f"Kỹ thuật viên {point.name} (ví dụ)"
        connection.technician_phone = _technician_phone(point)
        connection.technician_email = f"ky.thuat{point.position}@vidu.example"
        connection.instructions = "Kỹ thuật viên có mặt trước 60 phút. Thông tin kết nối là ví dụ."
    else:
        connection.web_url = f"https://live{point.position}.vidu.example/na-chi-lang"
        connection.instructions = "Mở đường liên kết bằng trình duyệt hoặc ứng dụng. Đường liên kết là ví dụ."
    connection.save()


def _technician_phone(point: BridgePoint) -> str:
    # 0900 000 8xx: a block kept for examples here.
    return f"+84900000{800 + point.position}"


def _test_rounds(edition: Conference) -> None:
    """The days on which lines are tested, and a spare line for each room elsewhere."""
    for days, kind, name in ((7, TestRound.Kind.LINES, "Vòng 1"), (1, TestRound.Kind.REHEARSAL, "")):
        TestRound.objects.create(
            conference=edition, kind=kind, name=name, starts_at=edition.starts_at - timedelta(days=days)
        )
    for point in edition.bridge_points.filter(kind="video_room"):
        address = f"https://du-phong.vidu.example/{point.position}"
        SpareLine.objects.create(bridge_point=point, web_url=address, instructions="Đường dự phòng là ví dụ.")


def _announcement(edition: Conference, organiser: User, points: Sequence[BridgePoint]) -> None:
    """A message to people that is still a draft."""
    draft = Announcement.objects.create(
        conference=edition,
        subject=facts.ANNOUNCEMENT_SUBJECT,
        text=facts.ANNOUNCEMENT_TEXT,
        sms_text=facts.ANNOUNCEMENT_SMS,
        created_by=organiser,
    )
    draft.points.set([point for point in points if point.is_place])


def _questions_and_invitation(edition: Conference, points: Sequence[BridgePoint], now: datetime) -> None:
    """What is sold, what the organiser asks, and seats kept for the guests of a partner agency."""
    Product.objects.bulk_create(
        Product(conference=edition, name=name, position=position) for position, name in enumerate(facts.PRODUCTS, 1)
    )
    Question.objects.create(conference=edition, text=facts.QUESTION, kind=Question.Kind.YES_NO)
    inviter = edition.partners.filter(name=facts.INVITER).first()
    invitation = Invitation.objects.create(
        conference=edition, name=facts.INVITER, partner=inviter, bridge_point=points[1], text=facts.INVITATION
    )
    registrations.keep_seats(invitation=invitation, quota=5, is_active=True, now=now)
    name, position, organisation, email = facts.GUEST
    Guest.objects.create(invitation=invitation, name=name, position=position, organisation=organisation, email=email)


def _register(
    conference: Conference, points: Sequence[BridgePoint], *, now: datetime, prefix: str, first_email: str
) -> list[Registration]:
    made = []
    for number, (kind, organisation, name, position, index) in enumerate(facts.PEOPLE, start=1):
        person = registrations.Person(
            full_name=name,
            position=position,
            # 0900 000 0xx: a block kept for examples here.
            phone=f"+84900000{number:03d}",
            email=first_email if number == 1 and first_email else f"{prefix}dai.bieu{number}@vidu.example",
        )
        made.append(
            registrations.register(
                conference=conference,
                point=points[index],
                form=registrations.NewRegistration(
                    organisation=registrations.OrganisationData(kind, organisation, points[index].province),
                    people=[person],
                    language="vi",
                ),
                now=now + timedelta(minutes=number),
            )
        )
    return made
