"""To whom a message to people goes: whatever it is narrowed by, those who are shown are those who get it."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import timezone

from attendance import services as attendance
from bridges.models import Province
from messaging import announcements
from messaging.models import Announcement
from outbox import queue
from outbox.models import Message
from registrations.models import Guest, Interest, Invitation, Organisation, Registration
from tests.conftest import NOW
from tests.support.factories import (
    START,
    BridgePointFactory,
    ConferenceFactory,
    OrganiserFactory,
    UserFactory,
    registered,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]


@pytest.fixture
def conference():
    return ConferenceFactory()


@pytest.fixture
def people(conference):
    """Five delegates, each of a registration of its own, the last at another point; by number."""
    hall, room = BridgePointFactory(conference=conference), BridgePointFactory(conference=conference)
    found = {n: registered(hall, now=NOW, number=n).delegates.get() for n in range(4)}
    return {**found, 4: registered(room, now=NOW, number=4).delegates.get()}


def draft(conference, **fields) -> Announcement:
    sets = {name: fields.pop(name) for name in ("points", "provinces") if name in fields}
    texts = {"subject": "Tin", "text": "Chào {name}", "sms_text": "Chao {name}"}
    announcement = Announcement.objects.create(conference=conference, **{**texts, "route": "email", **fields})
    for name, rows in sets.items():
        getattr(announcement, name).set(rows)
    return announcement


def shown_and_planned(announcement: Announcement, now=NOW) -> set[str]:
    """Who gets it: those who are shown, who are those for whom a message is put on its way, and as many as counted."""
    seen = announcements.preview(announcement)
    shown = {announcements.person_of(one.recipient) for one in announcements.reach(announcement) if one.channels}
    announcements.confirm(announcement=announcement, fingerprint=seen.fingerprint, by=OrganiserFactory(), now=now)
    planned = list(Message.objects.filter(occasion=announcement.occasion).values_list("person", flat=True))
    assert (seen.messages.get("email", 0), set(planned)) == (len(planned), shown)
    return shown


def names(*delegates) -> set[str]:
    return {delegate.person for delegate in delegates}


def give_organisation(delegate, **fields) -> None:
    Organisation.objects.filter(pk=delegate.registration.organisation_id).update(**fields)


def give_interest(delegate, side: str) -> None:
    Interest.objects.create(registration=delegate.registration, side=side, other="Na")


def test_by_kind_of_organisation(conference, people):
    give_organisation(people[1], kind="retail")
    give_organisation(people[2], kind="press")
    found = shown_and_planned(draft(conference, organisation_kinds=["retail", "press"]))
    assert found == names(people[1], people[2])


def test_by_province(conference, people):
    lang_son, bac_ninh, hue = Province.objects.order_by("id")[:3]
    for number, province in ((0, lang_son), (1, bac_ninh), (2, hue)):
        give_organisation(people[number], province=province)
    assert shown_and_planned(draft(conference, provinces=[lang_son, hue])) == names(people[0], people[2])


@pytest.mark.parametrize(("side", "meant"), [("sells", 0), ("buys", 1)])
def test_by_what_they_sell_or_look_for(conference, people, side, meant):
    give_interest(people[0], "sells")
    give_interest(people[0], "sells")
    give_interest(people[1], "buys")
    assert shown_and_planned(draft(conference, trade=side)) == names(people[meant])


def test_only_those_who_have_not_opened_our_link(conference, people):
    rows = Registration.objects.filter(conference=conference)
    rows.exclude(pk__in=[people[0].registration_id, people[1].registration_id]).update(link_opened_at=NOW)
    # Nobody could know of whom staff have entered.
    rows.filter(pk=people[1].registration_id).update(source=Registration.Source.STAFF)
    assert shown_and_planned(draft(conference, not_opened=True)) == names(people[0])


@pytest.mark.parametrize(("presence", "meant"), [("present", (0, 4)), ("absent", (1, 2, 3))])
def test_by_who_is_there_on_the_day(conference, people, presence, meant):
    now = START - timedelta(minutes=5)
    for number in (0, 4):
        attendance.check_in(delegate=people[number], by=UserFactory(is_staff=True), now=now)
    with time_machine.travel(now, tick=False):
        found = shown_and_planned(draft(conference, presence=presence), now)
    assert found == names(*(people[number] for number in meant))


def test_who_comes_before_a_message_to_the_absent_leaves_does_not_get_it(conference, people):
    now = START - timedelta(minutes=5)
    with time_machine.travel(now, tick=False):
        shown_and_planned(draft(conference, presence="absent"), now)
        attendance.check_in(delegate=people[0], by=UserFactory(is_staff=True), now=now)
        Message.objects.exclude(kind="announcement").delete()
        queue.deliver(clock=timezone.now)
    states = dict(Message.objects.filter(kind="announcement").values_list("person", "state"))
    assert states.pop(people[0].person) == "cancelled"
    assert set(states.values()) == {"sent"}


def test_who_is_there_is_not_asked_before_the_day(conference):
    announcement = draft(conference, presence="absent")
    with pytest.raises(ValidationError) as refused:
        announcement.full_clean()
    assert list(refused.value.error_dict) == ["presence"]
    announcement.send_at = START + timedelta(hours=4)
    announcement.full_clean()


def test_invited_people_who_have_not_answered_and_nobody_else(conference, people):
    used = Invitation.objects.create(conference=conference, name="Sở Công Thương")
    at_hall = Invitation.objects.create(
        conference=conference, name="UBND huyện", bridge_point=people[0].registration.bridge_point
    )
    dead = Invitation.objects.create(conference=conference, name="Cũ", is_active=False)
    elsewhere = Invitation.objects.create(conference=ConferenceFactory(), name="Nơi khác")

    def guest(invitation, number, **fields) -> str:
        address = f"khach{number}@vidu.example"
        fields = {"invited_at": NOW, **fields}
        return Guest.objects.create(invitation=invitation, name=f"Khách {number}", email=address, **fields).person

    meant = {guest(used, 1), guest(at_hall, 2)}
    guest(used, 3, registration=people[0].registration)
    guest(used, 4, invited_at=None)
    guest(dead, 5)
    guest(elsewhere, 6)
    alone = {"to_confirmed": False, "to_guests": True}
    assert shown_and_planned(draft(conference, **alone)) == meant
    hall = draft(conference, **alone, points=[people[0].registration.bridge_point])
    assert shown_and_planned(hall) == {Guest.objects.get(name="Khách 2").person}


def test_a_guest_reads_the_link_of_their_invitation(conference, people):
    invitation = Invitation.objects.create(conference=conference, name="Sở Công Thương")
    guest = Guest.objects.create(invitation=invitation, name="Khách", email="khach@vidu.example", invited_at=NOW)
    text = "Xin Ông/Bà trả lời: {invitation}"
    shown_and_planned(draft(conference, to_confirmed=False, to_guests=True, text=text))
    Message.objects.exclude(kind="announcement").delete()
    queue.deliver(clock=timezone.now)
    message = Message.objects.get()
    assert (message.state, message.person) == ("sent", guest.person)
    # What is stored shows no personal link.
    assert guest.url not in message.text


def test_several_words_narrow_together(conference, people):
    for number in (0, 1, 4):
        give_organisation(people[number], kind="retail")
    for number in (1, 2, 4):
        give_interest(people[number], "buys")
    hall = people[0].registration.bridge_point
    found = shown_and_planned(draft(conference, organisation_kinds=["retail"], trade="buys", points=[hall]))
    assert found == names(people[1])


def test_a_message_for_certain_points_goes_to_nobody_when_they_are_gone(conference, people):
    point = BridgePointFactory(conference=conference)
    announcement = draft(conference, only_points=True, to_guests=True, points=[point])
    point.delete()
    assert shown_and_planned(Announcement.objects.get(pk=announcement.pk)) == set()


def test_it_is_shown_again_when_somebody_else_is_meant_by_the_time_it_leaves(conference, people):
    """Those of now are the same; those of later would not be."""
    announcement = draft(conference, send_at=NOW + timedelta(days=1))
    seen = announcements.preview(announcement)
    Organisation.objects.update(kind="retail")
    announcement.organisation_kinds = ["retail"]
    announcement.save()
    assert announcements.preview(announcement).people == seen.people
    with pytest.raises(announcements.PreviewChanged):
        announcements.confirm(announcement=announcement, fingerprint=seen.fingerprint, by=OrganiserFactory(), now=NOW)
