"""The table of a conference's people: pages, search, filters, columns, what is done to those ticked, exports."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from attendance.services import record
from bridges.models import Province
from outbox.models import Message
from registrations import searching
from registrations.models import Interest, Invitation, OfficeNote, Organisation, Registration
from staff.registrations import table
from tests.conftest import NOW
from tests.support.factories import (
    START,
    BridgePointFactory,
    ConferenceFactory,
    CoordinatorFactory,
    OrganiserFactory,
    registered,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]


@pytest.fixture
def point(client):
    organiser = OrganiserFactory()
    client.force_login(organiser)
    return BridgePointFactory(conference=ConferenceFactory(organisers=[organiser]), name="Hội trường huyện")


def address(point, name="people", /, **query) -> str:
    return reverse(f"workspace:{name}", args=[point.conference.slug], query=query)


def listed(client, point, /, **query) -> list[Registration]:
    return [row.registration for row, _address, _cells in client.get(address(point, **query)).context["lines"]]


def names(client, point, /, **query) -> list[str]:
    lines = client.get(address(point, by="people", **query)).context["lines"]
    return [row.delegate.full_name for row, _address, _cells in lines]


def test_the_latest_registration_stands_first_and_every_page_leads_on(client, point, monkeypatch):
    monkeypatch.setattr(table, "PER_PAGE", 2)
    made = [registered(point, now=NOW + timedelta(minutes=n // 2), number=n) for n in range(5)]
    found, where, back = [], address(point), []
    while where:
        page = client.get(where)
        found += [row.registration for row, _address, _cells in page.context["lines"]]
        back.append(page.context["before"])
        where = page.context["after"]
    assert found == made[::-1]
    assert [bool(one) for one in back] == [False, True, True]
    assert [row.registration for row, *_ in client.get(back[2]).context["lines"]] == [made[2], made[1]]
    first = client.get(back[1])
    assert [row.registration for row, *_ in first.context["lines"]] == [made[4], made[3]]
    assert not first.context["before"]


def test_people_stand_by_their_given_names(client, point):
    for number, name in enumerate(("Trần Văn Đạt", "Lê Thị Dũng", "Cao Thị An"), start=1):
        one = registered(point, now=NOW, number=number).delegates.get()
        one.full_name = name
        one.save()
    assert names(client, point) == ["Cao Thị An", "Lê Thị Dũng", "Trần Văn Đạt"]


def test_a_page_of_names_goes_on_after_equal_ones(client, point, monkeypatch):
    monkeypatch.setattr(table, "PER_PAGE", 2)
    for number in range(5):
        one = registered(point, now=NOW, number=number).delegates.get()
        one.full_name = "Trần Văn Nam"
        one.save()
    seen, where = [], address(point, by="people")
    while where:
        page = client.get(where)
        seen += [row.delegate.pk for row, *_ in page.context["lines"]]
        where = page.context["after"]
    assert seen == sorted(set(seen))
    assert len(seen) == 5


def test_nobody_of_another_conference_stands_there_also_when_there_is_nobody(client, point):
    other = BridgePointFactory(conference=ConferenceFactory(organisers=point.conference.organisers.all()))
    registered(other, now=NOW)
    assert listed(client, point) == names(client, point) == []
    assert "Chưa có ai đăng ký" in client.get(address(point)).content.decode()
    assert listed(client, point, point=other.pk) == []


def test_coordinators_see_the_people_of_their_points(client, point):
    mine = registered(point, now=NOW)
    registered(BridgePointFactory(conference=point.conference), now=NOW, number=2)
    client.force_login(CoordinatorFactory(bridge_point=point).user)
    assert listed(client, point) == [mine]
    assert len(names(client, point)) == 1
    exported = b"".join(client.get(address(point, "people_csv")).streaming_content).decode()
    assert mine.number in exported
    assert exported.count("\n") == 2


@pytest.mark.parametrize("common", [0, 2000])
def test_the_search_knows_no_accents_however_many_it_finds(client, point, monkeypatch, common):
    monkeypatch.setattr(searching, "COMMON", common)
    found, _other = (registered(point, now=NOW, number=number) for number in (1, 2))
    found.organisation.name = "Hợp tác xã Chi Lăng"
    found.organisation.save()
    found.save()
    assert listed(client, point, q="chi lang") == [found]
    name = found.delegates.get().full_name
    assert names(client, point, q="CHI LANG") == [name]
    assert listed(client, point, q=name) == [found]


@pytest.fixture
def several(point) -> dict[str, Registration]:
    """One registration for each filter, and one that is none of it."""
    made = {
        name: registered(point, now=NOW, number=number)
        for number, name in enumerate(("plain", "kind", "province", "trade", "invitation", "opened", "present", "note"))
    }
    made["point"] = registered(BridgePointFactory(conference=point.conference), now=NOW, number=20)
    made["state"] = registered(point, now=NOW, number=21)
    Registration.objects.filter(pk=made["state"].pk).update(state="requested")
    owners = Organisation.objects
    owners.filter(pk=made["kind"].organisation_id).update(kind="press")
    owners.filter(pk=made["province"].organisation_id).update(province=Province.objects.get(code="lang-son"))
    Interest.objects.create(registration=made["trade"], side="sells", other="Na")
    invitation = Invitation.objects.create(conference=point.conference, name="Sở Công Thương")
    Registration.objects.filter(pk=made["invitation"].pk).update(invitation=invitation)
    Registration.objects.filter(pk=made["opened"].pk).update(link_opened_at=NOW)
    record(delegate=made["present"].delegates.get(), now=START)
    OfficeNote.objects.create(registration=made["note"], text="Gọi lại", at=NOW)
    return made


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("point", lambda made: made["point"].bridge_point_id),
        ("state", lambda made: "requested"),
        ("kind", lambda made: "press"),
        ("province", lambda made: Province.objects.get(code="lang-son").pk),
        ("trade", lambda made: "sells"),
        ("invitation", lambda made: Invitation.objects.get().pk),
        ("opened", lambda made: "yes"),
        ("present", lambda made: "yes"),
        ("note", lambda made: "yes"),
    ],
)
def test_each_filter_finds_its_own_and_is_a_word_that_can_be_removed(client, point, several, key, value):
    asked = {key: value(several)}
    assert listed(client, point, **asked) == [several[key]]
    assert names(client, point, **asked) == [several[key].delegates.get().full_name]
    page = client.get(address(point, **asked, q="vi du"))
    [chip] = page.context["chips"]
    assert chip.address == address(point, q="vi du").replace("%20", "+")
    exported = b"".join(client.get(address(point, "people_csv", **asked)).streaming_content).decode()
    assert exported.count("\n") == 2
    assert several[key].number in exported


def test_the_opposite_of_a_filter_finds_the_others(client, point, several):
    assert several["present"] not in listed(client, point, present="no")
    assert several["opened"] not in listed(client, point, opened="no")
    assert len(listed(client, point, opened="no")) == len(several) - 1


def test_a_filter_that_says_nothing_is_left_out(client, point, several):
    for broken in ({"point": "x"}, {"state": "'"}, {"after": "99999999999999999999"}, {"before": "x"}):
        page = client.get(address(point, **broken))
        assert page.status_code == 200
        assert len(page.context["lines"]) == len(several)


def test_everybody_chooses_their_own_columns(client, point):
    registered(point, now=NOW)
    usual = [column.key for column in client.get(address(point)).context["columns"]]
    answer = client.post(address(point, "people_columns", state="confirmed"), {"column": ["province", "names"]})
    assert answer.url == address(point, state="confirmed")
    assert [column.key for column in client.get(answer.url).context["columns"]] == ["names", "province"]
    # What the other list alone has stays as it was.
    by_name = client.get(address(point, by="people")).context["columns"]
    assert {"organisation", "address"} <= {column.key for column in by_name}
    client.post(address(point, "people_columns"), {"usual": "1"})
    assert [column.key for column in client.get(address(point)).context["columns"]] == usual


def test_a_long_list_is_counted_to_a_limit_only(client, point, monkeypatch):
    monkeypatch.setattr(table, "COUNTED", 2)
    for number in range(3):
        registered(point, now=NOW, number=number)
    assert client.get(address(point)).context["count_words"] == "hơn 2 đăng ký"
    assert client.get(address(point, q="vi du 1")).context["count_words"] == "1 đăng ký"


def test_the_page_takes_the_same_statements_for_one_row_and_for_three(client, point):
    everything = [column.key for column in table.COLUMNS]
    client.post(address(point, "people_columns"), {"column": everything})
    client.post(address(point, "people_columns", by="people"), {"column": everything})

    def add(number: int) -> None:
        made = registered(point, now=NOW, number=number, people=2)
        Interest.objects.create(registration=made, side="sells", other="Na")
        OfficeNote.objects.create(registration=made, text="Gọi lại", at=NOW)
        for delegate in made.delegates.all():
            record(delegate=delegate, now=START)

    def statements() -> list[int]:
        found = []
        for asked in ({}, {"by": "people"}, {"q": "vi du", "present": "yes"}):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address(point, **asked)).status_code == 200
            found.append(len(queries))
        return found

    add(1)
    statements()
    at_one = statements()
    add(2)
    add(3)
    assert statements() == at_one
    assert max(at_one) <= 20


def test_requests_are_accepted_from_the_list_and_one_stays_there(client, point):
    made = [registered(point, now=NOW, number=number) for number in (1, 2)]
    Registration.objects.update(state="requested", holds_seats=True)
    where = address(point, state="requested")
    answer = client.post(where, {"what": "accept", "chosen": [made[0].pk]})
    assert answer.url == where
    assert listed(client, point, state="requested") == [made[1]]
    assert listed(client, point, state="confirmed") == [made[0]]


def test_messages_are_sent_again_from_the_list(client, point):
    made = registered(point, now=NOW)
    client.post(address(point), {"what": "resend", "chosen": [made.pk]})
    assert Message.objects.filter(key__contains="/resend-").exists()


@pytest.mark.parametrize("what", ["decline", "move", "cancel", "renew", "promote", "erase"])
def test_what_cannot_be_undone_asks_first_and_leads_back_to_the_list(client, point, what):
    made = registered(point, now=NOW)
    BridgePointFactory(conference=point.conference)
    state = {"decline": "requested", "promote": "waitlisted"}.get(what, "confirmed")
    Registration.objects.update(state=state, queue_number=1 if what == "promote" else None)
    where = address(point, state=state)
    asked = client.post(where, {"what": what, "chosen": [made.pk]})
    page = client.get(asked.url)
    assert page.status_code == 200
    assert page.context["back"] == where
    made.refresh_from_db()
    assert made.state == state


def test_all_that_are_listed_can_be_meant_on_every_page(client, point, monkeypatch):
    monkeypatch.setattr(table, "PER_PAGE", 1)
    made = [registered(point, now=NOW, number=number) for number in (1, 2)]
    other = registered(BridgePointFactory(conference=point.conference), now=NOW, number=3)
    page = client.get(address(point, point=point.pk))
    assert page.context["may_take_all"]
    asked = client.post(address(point, point=point.pk), {"what": "cancel", "all": "on"})
    client.post(asked.url)
    assert {one.state for one in Registration.objects.filter(pk__in=[one.pk for one in made])} == {"cancelled"}
    other.refresh_from_db()
    assert other.state == "confirmed"


def test_nothing_is_done_to_whom_the_user_does_not_run(client, point):
    other = registered(BridgePointFactory(conference=point.conference), now=NOW)
    client.force_login(CoordinatorFactory(bridge_point=point).user)
    answer = client.post(address(point), {"what": "cancel", "chosen": [other.pk]})
    assert answer.url == address(point)
    assert client.post(address(point), {"what": "erase", "chosen": [other.pk]}).url == address(point)


def test_a_page_that_asks_leads_to_no_other_site(client, point):
    made = registered(point, now=NOW)
    page = client.get(
        reverse("admin:registrations_registration_cancel", args=[made.pk], query={"next": "//evil.example/"})
    )
    assert page.context["back"].startswith("/admin/")


def test_of_people_who_were_there_only_those_are_exported(client, point):
    made = registered(point, now=NOW, people=2)
    there, away = made.delegates.all()
    record(delegate=there, now=START)
    where = address(point, "people_csv", by="people", present="yes")
    exported = b"".join(client.get(where).streaming_content).decode()
    assert there.full_name in exported
    assert away.full_name not in exported
