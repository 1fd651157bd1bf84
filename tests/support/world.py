"""A small world for tests that walk over all addresses: one of everything, and somebody in every role.

Everything belongs to ``conference`` and its ``point``; ``draft``, ``past`` and the foreign organiser's conference stand
beside it. The time is conftest.NOW.
"""

import io
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from allauth.account.internal.flows.login import record_authentication
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import AbstractUser
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.test import Client
from django.urls import URLResolver, get_resolver

from attendance import devices, meeting_calls
from attendance import services as attendance
from attendance.models import Door, MeetingStay
from bridges.models import Province, TestRound
from conference.models import Partner
from control import floor, incidents, rooms, wall
from control.models import Cue, FloorQuestion, Poll, SlideFile, SlideLink
from control.slides import asking, store
from demo.mail_backend import EmailBackend
from demo.models import MailboxItem
from messaging.models import Announcement
from messaging.unsubscribing import url_of
from outbox.models import Message
from registrations.models import Erasure, Guest, Invitation, Question, Registration
from tests.conftest import NOW
from tests.support.decks import pdf
from tests.support.factories import (
    START,
    BridgePointFactory,
    ConferenceFactory,
    ConnectionFactory,
    CoordinatorFactory,
    OrganiserFactory,
    UserFactory,
    registered,
)
from tests.support.lists import checked

#: In the order of the columns of the access matrix. "Here": of this point or conference; "elsewhere": of another.
ROLES = (
    "anonymous",
    "registrant",
    "coordinator here",
    "coordinator elsewhere",
    "organiser here",
    "organiser elsewhere",
    "superuser",
    "leader",
)


@dataclass
class World:
    """Users by role, and what stands in an address by name."""

    users: dict[str, AbstractUser]
    names: dict[str, Any]

    def address(self, pattern: str) -> str:
        """``pattern`` with its {names} filled in."""
        return pattern.format(**self.names)

    def client(self, role: str) -> Client:
        """A browser in which somebody in ``role`` has just signed in."""
        client = Client()
        if role in self.users:
            client.force_login(self.users[role], backend="django.contrib.auth.backends.ModelBackend")
            session = client.session
            # allauth asks for the password again before anything that matters, unless it was given just now.
            request = SimpleNamespace(session=session)
            record_authentication(request, self.users[role], "password", reauthenticated=True)
            session.save()
        return client


def _history(row: Model) -> int:
    return row.history.latest().history_id


def make_world() -> World:
    """One of everything."""
    users = {
        "registrant": UserFactory(email="htx@vidu.example"),
        "organiser here": OrganiserFactory(),
        "organiser elsewhere": OrganiserFactory(),
        "superuser": UserFactory(is_staff=True, is_superuser=True),
        "leader": UserFactory(is_staff=True),
    }
    conference = ConferenceFactory(slug="na-chi-lang-2027", organisers=[users["organiser here"]])
    conference.leaders.add(users["leader"])
    point = BridgePointFactory(conference=conference, kind="online", seats=10, name="Trực tuyến")
    hall = BridgePointFactory(conference=conference, name="Hội trường huyện", is_hub=True)
    ConnectionFactory(bridge_point=point)
    users["coordinator here"] = CoordinatorFactory(bridge_point=point).user
    users["coordinator elsewhere"] = CoordinatorFactory(bridge_point=hall).user
    for user in users.values():
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    foreign = ConferenceFactory(slug="vai-thieu-2027", organisers=[users["organiser elsewhere"]])
    BridgePointFactory(conference=foreign)
    draft = ConferenceFactory(slug="chua-cong-bo", is_published=False, organisers=[users["organiser here"]])
    past = ConferenceFactory(
        slug="na-chi-lang-2021", starts_at=START.replace(year=2021), ends_at=START.replace(year=2021, hour=4)
    )

    registration = registered(point, now=NOW, people=2)
    cancelled = registered(hall, now=NOW, number=2)
    requested, waiting = (registered(point, now=NOW, number=number) for number in (3, 4))
    Registration.objects.filter(pk=requested.pk).update(state=Registration.State.REQUESTED)
    Registration.objects.filter(pk=waiting.pk).update(state=Registration.State.WAITLISTED, queue_number=1)
    delegate = registration.delegates.order_by("id").first()
    attendance.record(delegate=delegate, now=START)
    door = Door.objects.create(bridge_point=point, name="Cửa chính")
    phone = devices.make_device(door=door, name="Máy 1", role="scan", by=users["organiser here"], now=NOW)
    mail = _mail()
    announcement = Announcement.objects.create(conference=conference, subject="Gửi xe", text="Sân sau", sms_text="Sân")
    invitation = Invitation.objects.create(conference=conference, name="Sở Công Thương")
    guest = Guest.objects.create(invitation=invitation, name="Trần Thị Khách", email="khach@vidu.example")
    rows = "Họ và tên;Đơn vị;Điểm cầu\nTrần Thị Mới;HTX Mới;Trực tuyến\n"
    job = checked(conference, rows.encode(), name="danh-sach.csv", by=users["organiser here"])
    cue = Cue.objects.create(
        conference=conference, title="Phát biểu khai mạc", who="Lãnh đạo tỉnh", point=hall, minutes=15
    )
    slides = _slides(cue)
    Poll.objects.create(conference=conference, question="Họp khi nào?", options=["Sáng", "Chiều"])
    names = {
        "conference": conference.pk,
        "conference_version": _history(conference),
        "slug": conference.slug,
        "draft": draft.slug,
        "past": past.slug,
        "point": point.pk,
        "hall": hall.pk,
        "round": TestRound.objects.create(conference=conference, starts_at=START - timedelta(days=3)).pk,
        "point_version": _history(point),
        "coordinator": point.coordinators.get().pk,
        "registration": registration.pk,
        "requested": requested.pk,
        "waiting": waiting.pk,
        "registration_version": _history(registration),
        "registration_type": ContentType.objects.get_for_model(registration).pk,
        "delegate": delegate.pk,
        "token": registration.token,
        "other_token": cancelled.token,
        "join_token": delegate.token,
        "phone": phone.pk,
        "pairing_token": phone.token,
        "room_token": rooms.link_of(point=point, now=NOW).token,
        "wall_token": wall.link_of(conference=conference).token,
        "hook_token": meeting_calls.hook_of(conference=conference).token,
        "stay": MeetingStay.objects.create(
            conference=conference, source="zoom", key="k", name="iPhone", joined_at=START, noted_at=START
        ).pk,
        "cue": slides.cue_id,
        "slide_file": slides.pk,
        "slide_token": SlideLink.objects.get(cue=slides.cue_id).token,
        "screen_token": floor.floor_of(conference).token,
        "floor_question": FloorQuestion.objects.create(
            conference=conference, uid=uuid4(), point=hall, name="Lê Văn Hỏi", text="Bao giờ có giá?", asked_at=NOW
        ).pk,
        "incident": incidents.enter(point=point, note="Mất điện", now=NOW).pk,
        "stop_seal": url_of(delegate).rstrip("/").rpartition("/")[2],
        "partner": Partner.objects.create(conference=conference, name="Sở Nông nghiệp", role="host").pk,
        "question": Question.objects.create(conference=conference, text="Suất ăn").pk,
        "invitation": invitation.pk,
        "guest": guest.pk,
        "import": job.pk,
        "invitation_token": invitation.token,
        "guest_seal": guest.sealed,
        "invitation_version": _history(invitation),
        "erasure": Erasure.objects.create(
            conference=conference, at=NOW, way="staff", registrations=1, delegates=2, messages=3
        ).pk,
        "attendance": delegate.attendance.pk,
        "rule": conference.reminder_rules.order_by("pk")[0].pk,
        "announcement": announcement.pk,
        "announcement_version": _history(announcement),
        "message": Message.objects.order_by("id").first().pk,
        "province": Province.objects.order_by("id").first().pk,
        "user": users["registrant"].pk,
        "email": EmailAddress.objects.get(user=users["registrant"]).pk,
        "authenticator": Authenticator.objects.create(
            user=UserFactory(), type=Authenticator.Type.WEBAUTHN, data={"name": "Khóa"}
        ).pk,
        "mail": mail.pk,
    }
    return World(users, names)


def _mail() -> MailboxItem:
    from django.core.mail import EmailMultiAlternatives

    mail = EmailMultiAlternatives("Thư", "Xin chào\nhttp://diemcau.test/j/x/\n", "a@vidu.example", ["b@vidu.example"])
    mail.attach_alternative("<!doctype html><html lang='vi'><title>Thư</title><h1>Xin chào</h1></html>", "text/html")
    mail.attach("hoi-nghi.ics", "BEGIN:VCALENDAR\nEND:VCALENDAR\n", "text/calendar")
    EmailBackend().send_messages([mail])
    return MailboxItem.objects.latest("id")


def routes(resolver: URLResolver | None = None, before: str = "") -> list[str]:
    """Every address of the site as the resolver writes it."""
    found = []
    for pattern in (resolver or get_resolver()).url_patterns:
        route = before + (str(pattern.pattern).removeprefix("^") if before else str(pattern.pattern))
        found += routes(pattern, route) if isinstance(pattern, URLResolver) else [route]
    return found


def _slides(cue: Cue) -> SlideFile:
    """The slides of ``cue``, whose speaker was asked for them."""
    asking.ask(cue=cue, email="lanh.dao@vidu.example", phone="", now=NOW)
    content = pdf()
    file = SlideFile(cue=cue, name="phat-bieu.pdf", kind="pdf", size=len(content), pages=2, uploaded_at=NOW)
    file.sha256 = store.keep(io.BytesIO(content), file.uid)
    file.save()
    return file
