"""Whatever happens in whatever order: seats, lines, links, messages and erased people stay as promised.

A few dozen short stories in every run, the same each time; ``HYPOTHESIS_PROFILE=long`` invents new ones for minutes.
"""

import os
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
import time_machine
from django.apps import apps
from django.conf import settings as django_settings
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from attendance.services import JoinPhase, join_phase
from bridges.models import BridgePoint
from common.phones import mobile_of
from conference.models import Conference
from outbox.models import Message
from registrations import services
from registrations.messages import VALID_IN, addresses, contact_person, topic
from registrations.models import Delegate, Invitation, Registration
from registrations.services import Change, NewRegistration, OrganisationData, Person
from registrations.tokens import fingerprint
from tests.conftest import NOW
from tests.support.factories import START, BridgePointFactory, ConferenceFactory, OrganiserFactory

# What it keeps between runs belongs to no commit.
set_hypothesis_home_dir(django_settings.BASE_DIR / "var" / "hypothesis")
_COMMON = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}
# Stories that fail are told in full; the long run shortens them, which takes minutes.
_QUICK = {"phases": [Phase.generate], "derandomize": True}
settings.register_profile("seats", max_examples=60, stateful_step_count=20, **_QUICK, **_COMMON)
settings.register_profile("long", max_examples=400, stateful_step_count=40, print_blob=True, **_COMMON)
PROFILE = "long" if os.environ.get("HYPOTHESIS_PROFILE") == "long" else "seats"

pytestmark = pytest.mark.django_db

CONFIRMED, WAITLISTED, REQUESTED = "confirmed", "waitlisted", "requested"
#: What tells somebody that they are in this state now.
KINDS = {CONFIRMED: {"confirmed", "promoted", "moved"}}

#: Where (mostly at the first point), how many, invited, contact person apart, with address, entered by staff.
FORMS = st.tuples(
    st.sampled_from([0, 0, 0, 1]),
    st.sampled_from([1, 1, 2, 3, 4]),
    st.booleans(),
    st.booleans(),
    st.sampled_from([True, True, False]),
    st.sampled_from([False, False, True]),
)


@dataclass(frozen=True)
class Row:
    """A registration as it is after a step."""

    state: str
    point: int
    seats: int
    holds: bool
    place: int | None
    invitation: int | None
    erased: bool


class Seats(RuleBasedStateMachine):
    """One conference with two bridge points and an invitation, and everything that is done to its registrations."""

    def __init__(self) -> None:
        super().__init__()
        # Each story in a savepoint of its own.
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.now = NOW
        self.count = 0
        self.words_of: dict[int, set[str]] = defaultdict(set)
        self.erased_words: set[str] = set()
        self.dead_links: set[str] = set()
        self.rows: dict[int, Row] = {}
        self.points: dict[int, BridgePoint] = {}
        self.delegates: dict[int, Delegate] = {}
        self.people_of: dict[int, list[Delegate]] = {}
        self.was_refused = self.organiser_cut = self.out_of_turn = self.searching = False

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    # What happens.

    @initialize(
        limits=st.tuples(st.integers(0, 8), st.none() | st.integers(0, 5)),
        approval=st.tuples(st.sampled_from([False, False, True]), st.booleans()),
        holds=st.booleans(),
        quota=st.integers(0, 4),
        crowd=st.lists(FORMS, min_size=4, max_size=8),
    )
    def a_conference(self, limits, approval, holds, quota, crowd) -> None:
        self.conference = ConferenceFactory(holds_seats=holds)
        self.ids = [
            BridgePointFactory(conference=self.conference, seats=seats, approval="yes" if decided else "no").pk
            for seats, decided in zip(limits, approval, strict=True)
        ]
        self.organiser = OrganiserFactory()
        self.invitation = Invitation.objects.create(
            conference=self.conference, name="Sở Công Thương", bridge_point_id=self.ids[0]
        )
        services.keep_seats(invitation=self.invitation, quota=quota or None, is_active=True, now=self.now)
        self.organiser_cut = True
        for choices in crowd:
            self.everything_is_as_promised()
            self.register(choices)

    def person(self, *, address: bool = True) -> Person:
        self.count += 1
        number = self.count
        # Each digit three times, so that no name is like another with a letter wrong.
        name = "".join(digit * 3 for digit in f"{number:04d}")
        email, phone = (f"nguoi{number:04d}@vidu.example", f"+849010{number:05d}") if address else ("", "")
        return Person(f"Người{name} Thứ", "Giám đốc", phone, email)

    @rule(choices=FORMS)
    def register_one(self, choices) -> None:
        self.register(choices)

    def register(self, choices) -> None:
        self.step()
        where, people, invited, apart, address, staff = choices
        contact = self.person() if apart else None
        first = self.person(address=address or not apart)
        form = NewRegistration(
            organisation=OrganisationData("cooperative", f"Hợp tác xã{self.count:04d}"),
            people=[first, *(self.person(address=address) for _ in range(people - 1))],
            contact=contact,
            language="vi",
            source="staff" if staff else "web",
            invitation=self.invitation if invited else None,
        )
        point = BridgePoint.objects.get(pk=self.ids[where])
        before = Registration.objects.count()
        never_fits = bool(point.seats) and people > point.seats
        try:
            services.register(conference=self.conference, point=point, now=self.now, form=form)
        except services.RegistrationRefused:
            assert never_fits
        assert Registration.objects.count() == before + (not never_fits)

    @precondition(lambda self: self.any_in(CONFIRMED, WAITLISTED, REQUESTED))
    @rule(data=st.data())
    def cancel(self, data) -> None:
        self.step()
        services.cancel(registration=self.pick(data, CONFIRMED, WAITLISTED, REQUESTED), now=self.now)

    @precondition(lambda self: self.any_in(CONFIRMED, WAITLISTED, REQUESTED))
    @rule(data=st.data(), where=st.integers(0, 1))
    def move(self, data, where) -> None:
        self.step()
        chosen = self.pick(data, CONFIRMED, WAITLISTED, REQUESTED)
        self.allow_refusal(services.move, registration=chosen, point=BridgePoint.objects.get(pk=self.ids[where]))

    @precondition(lambda self: self.any_in(CONFIRMED, WAITLISTED, REQUESTED))
    @rule(
        data=st.data(),
        added=st.integers(0, 2),
        corrected=st.sampled_from(["", "slip", "another", "in doubt"]),
        same=st.sampled_from([True, False, None]),
        address=st.booleans(),
    )
    def change_people(self, data, added, corrected, same, address) -> None:
        self.step()
        chosen = self.pick(data, CONFIRMED, WAITLISTED, REQUESTED)
        people = self.people_of[chosen.pk]
        left = data.draw(st.lists(st.sampled_from(people), unique_by=lambda d: d.pk, max_size=2), label="left")
        staying = [delegate for delegate in people if delegate not in left]
        changes = [Change(self.as_he_is(delegate), delegate.pk, same) for delegate in staying]
        gone = {delegate.token for delegate in left}
        if corrected and staying:
            changes[0], is_same = self.written_over(staying[0], corrected, same, address)
            gone |= set() if is_same else {staying[0].token}
        changes += [Change(self.person(address=address)) for _ in range(added)]
        before = Registration.objects.get(pk=chosen.pk).token
        if self.allow_refusal(services.change_people, registration=chosen, people=changes):
            assert not (corrected and staying) or is_same is not None
            self.dead_links |= gone
            # Another contact person has another link to the registration, too.
            is_other_contact = corrected and staying and staying[0].is_contact and not is_same
            assert (Registration.objects.get(pk=chosen.pk).token != before) == bool(is_other_contact)

    def written_over(self, delegate, corrected, same, address) -> tuple[Change, bool | None]:
        """Something written over ``delegate``, and whether it is the same person; None: somebody must be asked."""
        now_is = self.as_he_is(delegate)
        if corrected == "slip":
            return Change(replace(now_is, full_name=f"{now_is.full_name}z"), delegate.pk, same), True
        other = self.person(address=address or delegate.is_contact)
        if corrected == "in doubt" and now_is.email:
            return Change(replace(other, email=now_is.email), delegate.pk, same), same
        return Change(other, delegate.pk, same), False

    @staticmethod
    def as_he_is(delegate: Delegate) -> Person:
        phone = delegate.phone.as_e164 if delegate.phone else ""
        return Person(delegate.full_name, delegate.position, phone, delegate.email)

    @precondition(lambda self: self.any_in(WAITLISTED))
    @rule(data=st.data())
    def promote_out_of_turn(self, data) -> None:
        self.step()
        chosen = self.pick(data, WAITLISTED)
        self.out_of_turn = True
        self.allow_refusal(
            services.promote_out_of_turn, registration=chosen, by=self.organiser, reason="Diễn giả của hội nghị"
        )

    @precondition(lambda self: self.any_in(REQUESTED))
    @rule(data=st.data())
    def accept(self, data) -> None:
        self.step()
        services.accept(registration=self.pick(data, REQUESTED), by=self.organiser, now=self.now)

    @precondition(lambda self: self.any_in(REQUESTED))
    @rule(data=st.data())
    def decline(self, data) -> None:
        self.step()
        services.decline(registration=self.pick(data, REQUESTED), by=self.organiser, reason="Hết chỗ", now=self.now)

    @rule(where=st.integers(0, 1), seats=st.none() | st.integers(0, 8))
    def resize_the_point(self, where, seats) -> None:
        self.step()
        self.organiser_cut = True
        point = BridgePoint.objects.get(pk=self.ids[where])
        point.seats = seats
        with time_machine.travel(self.now, tick=False):
            point.save()

    @rule(quota=st.none() | st.integers(1, 5), is_active=st.sampled_from([True, True, False]))
    def keep_seats(self, quota, is_active) -> None:
        self.step()
        self.organiser_cut = True
        services.keep_seats(invitation=self.invitation, quota=quota, is_active=is_active, now=self.now)

    @precondition(lambda self: self.any_in(CONFIRMED, WAITLISTED))
    @rule(data=st.data())
    def renew_links(self, data) -> None:
        self.step()
        chosen = self.pick(data, CONFIRMED, WAITLISTED)
        old = {delegate.token for delegate in self.people_of[chosen.pk]}
        if services.renew_links(registration=chosen, now=self.now):
            self.dead_links |= old

    @precondition(lambda self: any(not row.erased for row in self.rows.values()))
    @rule(data=st.data())
    def erase(self, data) -> None:
        self.step()
        chosen = self.pick(data, *Registration.State.values)
        self.dead_links |= {delegate.token for delegate in self.people_of[chosen.pk]}
        services.erase(registration=chosen, way="registrant", now=self.now)
        self.erased_words |= {word.replace(" ", "") for word in self.words_of[chosen.pk] if word}
        self.searching = True

    @rule()
    def everything_is_sent(self) -> None:
        self.step()
        for message in Message.objects.unsent():
            _role, _, number = message.person.partition("/")
            delegate = self.delegates.get(int(number)) if _role == "delegate" else None
            words = f"Kính gửi {delegate.full_name if delegate else message.person}"
            Message.objects.filter(pk=message.pk).update(state=Message.State.SENT, text=words, sent_at=self.now)

    # How it is done.

    def step(self) -> None:
        self.now += timedelta(minutes=3)

    def any_in(self, *states: str) -> bool:
        return any(row.state in states and not row.erased for row in self.rows.values())

    def pick(self, data, *states: str) -> Registration:
        chosen = [pk for pk, row in self.rows.items() if row.state in states and not row.erased]
        return Registration.objects.select_related("organisation").get(pk=data.draw(st.sampled_from(chosen)))

    def allow_refusal(self, service, **arguments) -> bool:
        try:
            service(**arguments, now=self.now)
        except services.RegistrationRefused:
            self.was_refused = True
        return not self.was_refused

    # What is true after every step.

    @invariant()
    def everything_is_as_promised(self) -> None:
        if not hasattr(self, "ids"):
            return
        registrations, delegates = self.everybody()
        rows = {
            r.pk: Row(
                r.state, r.bridge_point_id, r.seats, r.holds_seats, r.queue_number, r.invitation_id, bool(r.erased_at)
            )
            for r in registrations
        }
        points = BridgePoint.objects.in_bulk(self.ids)
        invitation = Invitation.objects.get(pk=self.invitation.pk)
        people_of = defaultdict(list)
        for delegate in delegates.values():
            people_of[delegate.registration_id].append(delegate)
            self.words_of[delegate.registration_id] |= {delegate.full_name, delegate.email, str(delegate.phone)}
        if self.was_refused:
            assert rows == self.rows
            assert delegates.keys() == self.delegates.keys()
        for point in points.values():
            here = {pk: row for pk, row in rows.items() if row.point == point.pk}
            self.seats_are_counted(point, here, people_of, invitation)
            self.nobody_is_one_too_many(point)
            self.the_line_keeps_its_order(point, here)
            self.nobody_overtakes(here, invitation)
            self.nobody_waits_for_free_seats(point, here, invitation)
        self.links_are_right(delegates)
        self.people_are_told(rows, registrations, delegates)
        if self.searching:
            self.erased_people_are_nowhere()
        self.rows, self.points, self.delegates, self.people_of = rows, points, delegates, people_of
        self.was_refused = self.organiser_cut = self.out_of_turn = self.searching = False

    def everybody(self) -> tuple[list[Registration], dict[int, Delegate]]:
        """All registrations as they are stored now, and the delegates, who know theirs; each row is read once."""
        conference = Conference.objects.get(pk=self.conference.pk)
        registrations = {r.pk: r for r in Registration.objects.select_related("organisation").order_by("pk")}
        delegates = Delegate.objects.in_bulk()
        for registration in registrations.values():
            assert registration.conference_id == conference.pk
            registration.conference = conference
        for delegate in delegates.values():
            delegate.registration = registrations[delegate.registration_id]
        return list(registrations.values()), delegates

    @staticmethod
    def seats_are_counted(point, here, people_of, invitation) -> None:
        assert point.seats_taken == sum(row.seats for row in here.values() if row.holds)
        assert point.waiting_count == sum(row.state == WAITLISTED for row in here.values())
        for pk, row in here.items():
            assert row.seats == len(people_of[pk])
            assert row.holds or row.state != CONFIRMED
            assert not row.holds or row.state in (CONFIRMED, REQUESTED)
        if invitation.bridge_point_id == point.pk:
            guests = [row for row in here.values() if row.invitation == invitation.pk]
            assert invitation.used == sum(row.seats for row in guests if row.holds)
            assert point.seats_reserved == invitation.kept
        else:
            assert point.seats_reserved == 0

    def nobody_is_one_too_many(self, point) -> None:
        """Over the limit only after the organiser cut it, and then not more and more."""
        if point.seats is None or self.organiser_cut:
            return
        before = self.points[point.pk]
        assert point.seats_taken <= max(point.seats, before.seats_taken)
        spoken_for = point.seats_taken + point.seats_reserved
        assert spoken_for <= max(point.seats, before.seats_taken + before.seats_reserved)

    def the_line_keeps_its_order(self, point, here) -> None:
        line = [pk for pk, row in here.items() if row.state == WAITLISTED]
        line.sort(key=lambda pk: here[pk].place)
        places = [here[pk].place for pk in line]
        assert len(set(places)) == len(places)
        assert all(place <= point.queue_tail for place in places)
        assert all(row.place is None for row in here.values() if row.state != WAITLISTED)
        before = [pk for pk, row in self.rows.items() if row.state == WAITLISTED and row.point == point.pk]
        before.sort(key=lambda pk: self.rows[pk].place)
        stayed = [pk for pk in before if pk in line]
        assert line[: len(stayed)] == stayed
        assert all(here[pk].place == self.rows[pk].place for pk in stayed)

    def nobody_overtakes(self, here, invitation) -> None:
        """Whoever gets seats while somebody before them goes on waiting takes those kept for their invitation."""
        if self.out_of_turn:
            return
        for pk, row in here.items():
            before = self.rows.get(pk)
            was_here = before is not None and before.point == row.point
            if not row.holds or (was_here and before.holds and row.seats <= before.seats):
                continue
            place = before.place if was_here and before.place else self.points[row.point].queue_tail + 1
            passed = [
                other
                for number, other in here.items()
                if other.state == WAITLISTED and number in self.rows and other.place < place
            ]
            if passed:
                assert row.invitation == invitation.pk
                assert invitation.bridge_point_id == row.point
                assert invitation.is_active
                assert invitation.used <= (invitation.quota or 0)
                assert all(other.invitation != row.invitation for other in passed)

    @staticmethod
    def nobody_waits_for_free_seats(point, here, invitation) -> None:
        line = sorted((row for row in here.values() if row.state == WAITLISTED), key=lambda row: row.place)
        if not line:
            return
        assert point.seats is not None
        free = max(point.seats - point.seats_taken, 0)
        kept = invitation.kept if invitation.bridge_point_id == point.pk else 0
        guests = [row for row in line if row.invitation == invitation.pk]
        if line[0] in guests:
            assert line[0].seats > max(min(kept, free), free - point.seats_reserved + kept)
        else:
            assert line[0].seats > free - point.seats_reserved
        # The first of the guests does not wait while seats are kept for them.
        assert not guests or guests[0].seats > min(kept, free)

    def links_are_right(self, delegates) -> None:
        for delegate in delegates.values():
            registration = delegate.registration
            assert (join_phase(registration, START) is JoinPhase.OPEN) == (registration.state == CONFIRMED)
        owners = defaultdict(list)
        live = {fingerprint(d.token): d.pk for d in delegates.values() if not d.registration.erased_at}
        dead = {fingerprint(token) for token in self.dead_links}
        for pk, found in Delegate.objects.filter(token_hash__in=[*live, *dead]).values_list("pk", "token_hash"):
            owners[found].append(pk)
        assert owners == {found: [pk] for found, pk in live.items()}
        assert not dead & live.keys()

    def people_are_told(self, rows, registrations, delegates) -> None:
        said = defaultdict(set)
        for person, channel, kind in Message.objects.filter(created_at=self.now).values_list(
            "person", "channel", "kind"
        ):
            said[person, channel].add(kind)
        registration_of = {}
        people_of = defaultdict(list)
        for delegate in delegates.values():
            people_of[delegate.registration_id].append(delegate)
        for registration in registrations:
            if registration.erased_at:
                continue
            self.words_of[registration.pk] |= {
                registration.contact_name,
                registration.contact_email,
                str(registration.contact_phone),
                registration.organisation.name,
            }
            row, before = rows[registration.pk], self.rows.get(registration.pk)
            people = people_of[registration.pk]
            wait = registration.colleagues_wait
            readers = {d.person: addresses(d.email, d.mobile if d.is_contact or not wait else "") for d in people}
            registration_of |= dict.fromkeys(readers, registration)
            registration_of[contact_person(registration)] = registration
            if not any(d.is_contact for d in people):
                ways = addresses(registration.contact_email, mobile_of(registration.contact_phone))
                readers[contact_person(registration)] = ways
            news = not before or before.state != row.state or before.point != row.point
            for person, ways in readers.items():
                is_new = person.startswith("delegate/") and int(person.partition("/")[2]) not in self.delegates
                for channel, _address in ways if news or is_new else ():
                    assert said[person, channel] & KINDS.get(row.state, {row.state}), (person, row)
        for message in Message.objects.unsent():
            registration = registration_of.get(message.person)
            assert registration is not None, f"{message.key} waits for nobody"
            assert registration.state == VALID_IN.get(message.kind, registration.state), message.key
            assert message.topic == topic(registration.bridge_point_id)

    def erased_people_are_nowhere(self) -> None:
        held = []
        with connection.cursor() as cursor:
            for model in apps.get_models(include_auto_created=True):
                cursor.execute(f"SELECT * FROM {connection.ops.quote_name(model._meta.db_table)}")
                held += [value for row in cursor for value in row if isinstance(value, str)]
        everything = "\n".join(held).replace(" ", "")
        assert [word for word in self.erased_words if word in everything] == []


@pytest.mark.slow
def test_whatever_happens_in_whatever_order():
    run_state_machine_as_test(Seats, settings=settings.get_profile(PROFILE))
