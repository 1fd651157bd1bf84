"""Makes rows for tests. Conferences start on 19/7/2027 at 08:00 in Vietnam and are open at conftest.NOW."""

from datetime import UTC, datetime, timedelta

import factory
from factory.django import DjangoModelFactory

from accounts.models import User
from bridges.models import BridgePoint, Connection, Coordinator, SpareLine
from conference.models import Conference
from registrations import consent
from registrations.models import Registration
from registrations.services import NewRegistration, OrganisationData, Person, register

START = datetime(2027, 7, 19, 1, 0, tzinfo=UTC)


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"user{n}@vidu.example")
    name = factory.Sequence(lambda n: f"Người Dùng {n}")


class OrganiserFactory(UserFactory):
    is_staff = True
    is_organiser = True


class ConferenceFactory(DjangoModelFactory):
    class Meta:
        model = Conference
        skip_postgeneration_save = True

    slug = factory.Sequence(lambda n: f"hoi-nghi-{n}")
    name = factory.Sequence(lambda n: f"Hội nghị xúc tiến thương mại {n}")
    short_name = factory.Sequence(lambda n: f"Hội nghị {n}")
    starts_at = START
    ends_at = START + timedelta(hours=3)
    scheduled_at = START - timedelta(days=60)
    contact_name = "Ban tổ chức"
    contact_email = "btc@vidu.example"
    is_published = True

    @factory.post_generation
    def organisers(self, create, extracted, **kwargs):
        if create and extracted:
            self.organisers.set(extracted)


class BridgePointFactory(DjangoModelFactory):
    class Meta:
        model = BridgePoint

    conference = factory.SubFactory(ConferenceFactory)
    kind = "venue"
    name = factory.Sequence(lambda n: f"Hội trường {n}")
    seats = 50
    position = factory.Sequence(lambda n: n % 30000)


class ConnectionFactory(DjangoModelFactory):
    class Meta:
        model = Connection

    bridge_point = factory.SubFactory(BridgePointFactory, kind="online", seats=None)
    web_url = "https://hop.vidu.example/phong-1"


class SpareLineFactory(DjangoModelFactory):
    class Meta:
        model = SpareLine

    bridge_point = factory.SubFactory(BridgePointFactory, kind="online", seats=None)
    web_url = "https://du-phong.vidu.example/phong-2"


class CoordinatorFactory(DjangoModelFactory):
    class Meta:
        model = Coordinator

    bridge_point = factory.SubFactory(BridgePointFactory)
    user = factory.SubFactory(UserFactory, is_staff=True)


def person(number: int = 1, **fields: str) -> Person:
    """A delegate to be, reachable by e-mail and mobile."""
    return Person(
        **{
            "full_name": f"Nguyễn Văn {number}",
            "position": "Giám đốc",
            "phone": f"+849000{number:05d}",
            "email": f"dai.bieu{number}@vidu.example",
            **fields,
        }
    )


def registered(point: BridgePoint, *, now: datetime, people: int = 1, number: int = 1, **fields) -> Registration:
    """A registration made through the service."""
    return register_people(
        conference=point.conference,
        point=point,
        organisation=OrganisationData("cooperative", f"HTX Ví Dụ {number}"),
        people=[person(number * 100 + i) for i in range(people)],
        language="vi",
        now=now,
        **fields,
    )


def register_people(
    *,
    conference: Conference,
    point: BridgePoint,
    now: datetime,
    submission_key: str | None = None,
    notify: bool = True,
    consented: bool = True,
    **said,
) -> Registration:
    """Register what the fields ``said`` of a ``NewRegistration`` say; people entered by staff consent by telephone."""
    way = consent.WEB if said.get("source", Registration.Source.WEB) == Registration.Source.WEB else consent.TELEPHONE
    form = NewRegistration(consent_way=way if consented else "", **said)
    return register(
        conference=conference, point=point, form=form, now=now, submission_key=submission_key, notify=notify
    )
