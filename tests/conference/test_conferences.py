"""What a conference is: its phases, its address, its copy."""

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import get_resolver
from django.utils import timezone, translation

from attendance import duplicating
from bridges.models import Connection, Province
from common.search import fold
from conference.models import Conference, Partner, Phase, ProgrammeItem
from conference.reserved import reserved_words, validate_free_address
from staff.conferences.forms import ConferenceForm, DuplicateForm, address_from
from tests.conftest import NOW
from tests.support.factories import (
    START,
    BridgePointFactory,
    ConferenceFactory,
    CoordinatorFactory,
    OrganiserFactory,
    UserFactory,
    registered,
)
from tests.support.html_forms import filled_in

pytestmark = pytest.mark.django_db

END = START + timedelta(hours=3)
MOMENT = timedelta(microseconds=1)


# --- phases -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "now", "phase"),
    [
        ({}, START - timedelta(days=400), Phase.OPEN),
        ({}, START - MOMENT, Phase.OPEN),
        ({}, START, Phase.RUNNING),
        ({}, END - MOMENT, Phase.RUNNING),
        ({}, END, Phase.OVER),
        ({"registration_opens_at": NOW}, NOW - MOMENT, Phase.SOON),
        ({"registration_opens_at": NOW}, NOW, Phase.OPEN),
        ({"registration_closes_at": NOW}, NOW - MOMENT, Phase.OPEN),
        ({"registration_closes_at": NOW}, NOW, Phase.CLOSED),
        ({"registration_closes_at": START + timedelta(hours=1)}, START, Phase.OPEN),
        ({"registration_closes_at": START + timedelta(hours=1)}, START + timedelta(hours=1), Phase.RUNNING),
        ({"cancelled_at": NOW}, START - timedelta(days=1), Phase.CANCELLED),
        ({"cancelled_at": NOW}, END, Phase.CANCELLED),
    ],
)
def test_a_conference_stands_where_its_times_say(fields, now, phase):
    assert ConferenceFactory.build(**fields).phase_at(now) is phase


@pytest.mark.parametrize(
    ("fields", "now", "words"),
    [
        ({}, NOW, ""),
        ({"cancelled_at": NOW}, NOW, "This conference has been cancelled."),
        ({"cancelled_at": NOW, "cancel_reason": "Flood."}, NOW, "This conference has been cancelled. Reason: Flood."),
        ({}, END, "This conference was on 19/7/2027; it is over and registration is no longer possible."),
        ({"registration_closes_at": NOW}, NOW, "Registration for this conference is closed."),
        ({}, START, "The conference is taking place now; registration is closed."),
    ],
)
def test_a_refusal_says_why_in_words(fields, now, words):
    with translation.override("en"):
        assert str(ConferenceFactory.build(**fields).refusal_at(now)) == words


def test_a_refusal_before_opening_says_when_in_vietnam_s_time():
    conference = ConferenceFactory.build(registration_opens_at=datetime(2027, 7, 9, 1, 0, tzinfo=UTC))
    with translation.override("en"):
        words = str(conference.refusal_at(datetime(2027, 7, 1, tzinfo=UTC)))
    assert "9/7/2027" in words
    assert "08:00" in words


def test_the_home_page_shows_the_next_one_first_and_the_archive_apart(client):
    later = ConferenceFactory(starts_at=START + timedelta(days=9), ends_at=END + timedelta(days=9))
    soon = ConferenceFactory()
    past = ConferenceFactory(starts_at=START - timedelta(days=900), ends_at=END - timedelta(days=900))
    ConferenceFactory(is_published=False)
    with time_machine.travel(NOW, tick=False):
        response = client.get("/")
    assert (response.context["next"], response.context["others"]) == (soon, [later])
    assert response.context["archive"] == [past]


def test_the_home_page_without_any_conference_says_so(client):
    assert client.get("/").status_code == 200


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"ends_at": START}, "ends_at"),
        ({"ends_at": START - timedelta(days=1)}, "ends_at"),
        ({"registration_opens_at": END}, "registration_opens_at"),
        ({"registration_opens_at": NOW, "registration_closes_at": NOW}, "registration_closes_at"),
        ({"registration_closes_at": END + MOMENT}, "registration_closes_at"),
        ({"doors_open_minutes": 24 * 60 + 1}, "doors_open_minutes"),
        ({"slug": "có dấu"}, "slug"),
        ({"contact_email": "x"}, "contact_email"),
        ({"contact_phone": "12"}, "contact_phone"),
    ],
)
def test_impossible_times_and_values_are_refused_beside_their_field(fields, wrong):
    with pytest.raises(ValidationError) as caught:
        ConferenceFactory.build(**fields).full_clean()
    assert list(caught.value.error_dict) == [wrong]


def test_windows_at_their_limits_are_fine():
    ConferenceFactory.build(registration_opens_at=NOW, registration_closes_at=END).full_clean(exclude=["search_text"])


def test_the_database_itself_refuses_an_end_before_the_start():
    with pytest.raises(IntegrityError), transaction.atomic():
        ConferenceFactory(ends_at=START)


def test_a_programme_item_ends_after_it_starts():
    with pytest.raises(ValidationError):
        ProgrammeItem(conference=ConferenceFactory(), title="x", starts_at=START, ends_at=START).full_clean()


def test_setting_a_new_date_is_noted_and_nothing_else_is():
    conference = Conference.objects.get(pk=ConferenceFactory().pk)
    before = conference.scheduled_at
    conference.name = "Tên khác"
    conference.save()
    assert conference.scheduled_at == before
    with time_machine.travel(NOW, tick=False):
        conference.starts_at += timedelta(minutes=1)
        conference.save(update_fields=["starts_at"])
    assert Conference.objects.get(pk=conference.pk).scheduled_at == NOW


# --- address ----------------------------------------------------------------------------------------------------------


def first_parts() -> set[str]:
    """The first part of every address of the site, read from the addresses themselves."""
    found: set[str] = set()

    def walk(patterns, prefix: str) -> None:
        for pattern in patterns:
            route = prefix + str(pattern.pattern).lstrip("^")
            if hasattr(pattern, "url_patterns"):
                walk(pattern.url_patterns, route)
            else:
                found.add(route.split("/")[0].rstrip("$"))

    walk(get_resolver().url_patterns, "")
    return {part for part in found if re.fullmatch(r"[\w-]+", part)}


def test_every_first_part_of_an_address_is_reserved():
    assert {"admin", "accounts", "i18n", "healthz", "j", "r"} <= first_parts()
    assert first_parts() <= reserved_words()


@pytest.mark.parametrize(
    "word", ["admin", "ADMIN", "r", "j", "healthz", "static", "accounts", "mailbox", "i18n", "api"]
)
def test_a_conference_cannot_take_a_reserved_word(word):
    with pytest.raises(ValidationError):
        validate_free_address(word)
    with pytest.raises(ValidationError) as caught:
        ConferenceFactory.build(slug=word).full_clean()
    assert list(caught.value.error_dict) == ["slug"]


@pytest.mark.parametrize("word", ["na-chi-lang-2027", "administration", "rr", "jj-2027"])
def test_other_words_are_free(word):
    validate_free_address(word)


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("Na Chi Lăng 2027", "na-chi-lang-2027"),
        ("  Điểm cầu – Đông Bắc! ", "diem-cau-dong-bac"),
        ("你好", ""),
        ("x" * 100, "x" * 60),
    ],
)
def test_an_address_is_made_from_the_name(name, address):
    assert address_from(name) == address


def conference_form(**changes) -> ConferenceForm:
    data = {
        "name": "Hội nghị",
        "short_name": "Na Chi Lăng 2027",
        "starts_at": "19/7/2027 08:00",
        "ends_at": "19/07/2027 11:30",
        "doors_open_minutes": "30",
        "erase_after_days": "180",
        "scheduled_at": "1/1/2027 08:00",
        **changes,
    }
    return ConferenceForm(data)


def test_an_empty_address_is_made_from_the_short_name():
    form = conference_form(slug="")
    assert form.is_valid(), form.errors
    assert form.save().slug == "na-chi-lang-2027"


def test_a_made_address_must_be_free_too():
    ConferenceFactory(slug="na-chi-lang-2027")
    assert "slug" in conference_form(slug="").errors
    assert "slug" in conference_form(slug="", short_name="Admin").errors
    assert "slug" in conference_form(slug="", short_name="你好").errors


@pytest.mark.parametrize("day", ["19/7/2021", "19/07/2021"])
def test_dates_are_taken_as_vietnamese_write_them(day):
    form = conference_form(starts_at=f"{day} 08:00", ends_at=f"{day} 11:30")
    assert form.is_valid(), form.errors
    assert form.cleaned_data["starts_at"] == datetime(2021, 7, 19, 1, tzinfo=UTC)


@pytest.mark.parametrize("day", ["7/19/2021", "31/2/2021", "hôm nay", ""])
def test_other_dates_are_refused_with_a_message(day):
    assert "starts_at" in conference_form(starts_at=f"{day} 08:00").errors


def test_dates_are_shown_as_vietnamese_write_them(admin_client):
    page = admin_client.get(f"/admin/conference/conference/{ConferenceFactory().pk}/change/").content.decode()
    assert re.search(r'name="starts_at_0" value="(19/0?7/2027)"', page)
    assert re.search(r'name="starts_at_1" value="08:00', page)


def test_a_summary_stays_a_summary():
    assert "summary" in conference_form(summary="x" * 601).errors


@pytest.mark.parametrize("name", ["a\x00b", "a\x07b", "a\u202eb"])
def test_control_characters_in_a_name_are_refused(name):
    assert "name" in conference_form(name=name).errors


def test_names_are_stored_composed_and_on_one_line():
    form = conference_form(name=unicodedata.normalize("NFD", "Hội nghị Chi Lăng"), purpose="Một\r\n\r\nHai")
    assert form.is_valid(), form.errors
    assert form.cleaned_data["name"] == "Hội nghị Chi Lăng"
    assert form.cleaned_data["purpose"] == "Một\n\nHai"


# --- search -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["chi lang", "CHI LĂNG", "chi lăng", "lang na", "na-chi", "dong bac"])
def test_search_in_the_administration_needs_no_accents(admin_client, query):
    wanted = ConferenceFactory(name="Hội nghị Đông Bắc", short_name="Na Chi Lăng", slug="na-chi-lang")
    ConferenceFactory(name="Hội nghị khác")
    found = admin_client.get("/admin/conference/conference/", {"q": query}).context["cl"].result_list
    assert list(found) == [wanted]


@pytest.mark.parametrize("query", ["%", "_", "khong co", "'", "\\"])
def test_signs_with_a_meaning_elsewhere_are_searched_for_as_they_are(admin_client, query):
    ConferenceFactory(short_name="Na Chi Lăng")
    assert admin_client.get("/admin/conference/conference/", {"q": query}).context["cl"].result_count == 0


def test_what_is_searched_follows_the_name():
    conference = ConferenceFactory(short_name="Cũ")
    conference.short_name = "Điểm mới"
    conference.save(update_fields=["short_name"])
    assert "diem moi" in Conference.objects.get(pk=conference.pk).search_text
    assert fold("  ĐIỂM   Cầu ") == "diem cau"


# --- duplicating ------------------------------------------------------------------------------------------------------


@pytest.fixture
def edition_2021() -> Conference:
    """The conference of 2021 with all that hangs on it."""
    start = datetime(2021, 7, 19, 1, 0, tzinfo=UTC)
    organiser = OrganiserFactory()
    conference = ConferenceFactory(
        slug="na-2021",
        name="Hội nghị na Chi Lăng năm 2021",
        short_name="Na Chi Lăng 2021",
        purpose="Mục đích",
        summary="Tóm tắt",
        preparation="Mang mẫu",
        starts_at=start,
        ends_at=start + timedelta(hours=3, minutes=30),
        registration_opens_at=datetime(2021, 7, 9, 1, 0, tzinfo=UTC),
        registration_closes_at=datetime(2021, 7, 18, 10, 0, tzinfo=UTC),
        doors_open_minutes=45,
        organisers=[organiser],
    )
    signs = {"superior": "Bộ", "signer_title": "Chủ tịch", "signer_name": "Lê Ký"}
    Partner.objects.create(conference=conference, name="UBND", role="host", duty="Chủ trì", position=1, **signs)
    ProgrammeItem.objects.create(
        conference=conference, title="Khai mạc", starts_at=start, ends_at=start + timedelta(minutes=15), speaker="BTC"
    )
    ProgrammeItem.objects.create(conference=conference, title="Bế mạc", starts_at=start + timedelta(hours=3))
    old = Province.objects.valid_on(date(2021, 7, 19))
    for position, name in enumerate(("Lạng Sơn", "Bắc Giang")):
        point = BridgePointFactory(
            conference=conference, name=f"Điểm {name}", province=old.get(name=name), is_hub=not position
        )
        Connection.objects.create(bridge_point=point, web_url="https://hop.vidu.example/", password="bi-mat")
        CoordinatorFactory(bridge_point=point)
        registered(point, now=conference.registration_opens_at)
    conference.reminder_rules.filter(amount=60).delete()
    return conference


def duplicate(conference: Conference, start: datetime = START, **changes) -> Conference:
    fields = {"slug": "na-2027", "name": "Hội nghị 2027", "short_name": "Na 2027", "starts_at": start, "now": NOW}
    return duplicating.duplicate(conference=conference, **{**fields, **changes})


def test_a_copy_takes_everything_but_people_and_join_details(edition_2021):
    copy = duplicate(edition_2021)
    for name in ("summary", "purpose", "preparation", "doors_open_minutes", "contact_name", "contact_email"):
        assert getattr(copy, name) == getattr(edition_2021, name), name
    said = ("name", "role", "duty", "superior", "signer_title", "signer_name")
    assert list(copy.partners.values_list(*said)) == [("UBND", "host", "Chủ trì", "Bộ", "Chủ tịch", "Lê Ký")]
    assert list(copy.organisers.all()) == list(edition_2021.organisers.all())
    assert [p.name for p in copy.bridge_points.all()] == ["Điểm Lạng Sơn", "Điểm Bắc Giang"]
    assert [p.is_hub for p in copy.bridge_points.all()] == [True, False]
    assert [p.coordinators.count() for p in copy.bridge_points.all()] == [1, 1]
    assert [(r.amount, r.unit) for r in copy.reminder_rules.all()] == [(7, "days"), (1, "days"), (10, "minutes")]
    assert not copy.registrations.exists()
    assert {p.seats_taken for p in copy.bridge_points.all()} == {0}
    for connection in Connection.objects.filter(bridge_point__conference=copy):
        assert (connection.web_url, connection.password) == ("", "")


def test_a_copy_is_tentative_and_not_public(edition_2021):
    copy = duplicate(edition_2021)
    assert (copy.is_published, copy.is_tentative, copy.cancelled_at, copy.scheduled_at) == (False, True, None, NOW)


def test_a_copy_keeps_the_local_hours(edition_2021):
    copy = duplicate(edition_2021)
    assert copy.ends_at - copy.starts_at == timedelta(hours=3, minutes=30)
    assert copy.registration_opens_at == datetime(2027, 7, 9, 1, 0, tzinfo=UTC)
    assert copy.registration_closes_at == datetime(2027, 7, 18, 10, 0, tzinfo=UTC)
    first, last = copy.programme.all()
    assert (first.starts_at, first.ends_at) == (START, START + timedelta(minutes=15))
    assert last.starts_at == START + timedelta(hours=3)


def test_a_copy_at_another_hour_moves_the_programme_with_the_start(edition_2021):
    afternoon = START + timedelta(hours=6)
    copy = duplicate(edition_2021, afternoon)
    assert copy.programme.first().starts_at == afternoon
    assert copy.registration_closes_at == datetime(2027, 7, 18, 10, 0, tzinfo=UTC)


def test_a_copy_has_the_provinces_of_its_own_date(edition_2021):
    lang_son, bac_giang = (p.province for p in duplicate(edition_2021).bridge_points.all())
    assert lang_son in Province.objects.valid_on(date(2027, 7, 19))
    assert bac_giang is None


def test_a_copy_within_the_same_time_keeps_its_provinces(edition_2021):
    start = datetime(2022, 7, 19, 1, 0, tzinfo=UTC)
    names = [p.province.name for p in duplicate(edition_2021, start).bridge_points.all()]
    assert names == ["Lạng Sơn", "Bắc Giang"]


def test_the_original_is_not_touched(edition_2021):
    duplicate(edition_2021)
    edition_2021.refresh_from_db()
    assert edition_2021.registrations.count() == 2
    assert edition_2021.programme.count() == 2
    assert Connection.objects.filter(password="bi-mat").count() == 2


@pytest.mark.parametrize("slug", ["admin", "na-2021", "có dấu"])
def test_a_copy_needs_a_free_address_and_leaves_nothing_behind_without(edition_2021, slug):
    with pytest.raises(ValidationError):
        duplicate(edition_2021, slug=slug)
    assert Conference.objects.count() == 1


def test_the_suggestion_is_the_same_day_and_hour_in_the_next_year_to_come(edition_2021):
    suggestion = DuplicateForm.suggestion(edition_2021, NOW)
    assert suggestion["starts_at"].isoformat() == "2027-07-19T08:00:00+07:00"
    assert suggestion["short_name"] == "Na Chi Lăng 2027"
    assert suggestion["slug"] == "na-chi-lang-2027"
    assert DuplicateForm.suggestion(edition_2021, END)["starts_at"].year == 2028


def test_the_suggestion_for_the_29th_of_february_is_the_day_before():
    start = datetime(2024, 2, 29, 1, 0, tzinfo=UTC)
    conference = ConferenceFactory.build(starts_at=start)
    suggestion = DuplicateForm.suggestion(conference, datetime(2024, 3, 1, tzinfo=UTC))["starts_at"]
    assert (suggestion.year, suggestion.month, suggestion.day) == (2025, 2, 28)


def test_an_organiser_duplicates_in_one_action(client, edition_2021):
    organiser = edition_2021.organisers.get()
    with time_machine.travel(NOW, tick=False):
        client.force_login(organiser)
        chosen = client.post(
            "/admin/conference/conference/",
            {"action": "duplicate_selected", "_selected_action": [edition_2021.pk]},
        )
        page = client.get(chosen["Location"])
        assert page.status_code == 200
        done = client.post(chosen["Location"], filled_in(page))
    copy = Conference.objects.get(slug="na-chi-lang-2027")
    assert done["Location"] == f"/admin/conference/conference/{copy.pk}/change/"
    assert copy.starts_at == START
    assert organiser in copy.organisers.all()


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"starts_at_0": "x"}, "starts_at"),
        ({"slug": "admin"}, "slug"),
        ({"slug": "na-2021"}, "slug"),
        ({"name": ""}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"short_name": "你好", "slug": ""}, None),
    ],
)
def test_a_bad_answer_to_duplicating_is_explained(admin_client, edition_2021, changes, wrong):
    address = f"/admin/conference/conference/{edition_2021.pk}/duplicate/"
    response = admin_client.post(address, filled_in(admin_client.get(address), **changes))
    assert response.status_code == 200
    if wrong:
        assert wrong in response.context["form"].errors
    assert response.context["form"].errors
    assert Conference.objects.count() == 1


def test_an_organiser_does_not_lock_himself_out(client, edition_2021):
    organiser = edition_2021.organisers.get()
    client.force_login(organiser)
    address = f"/admin/conference/conference/{edition_2021.pk}/change/"
    response = client.post(address, filled_in(client.get(address), organisers=[]))
    assert response.status_code == 302, response.context["errors"]
    assert organiser in edition_2021.organisers.all()


def test_the_list_of_a_conference_leads_to_its_points_and_registrations(admin_client, edition_2021):
    page = admin_client.get("/admin/conference/conference/").content.decode()
    for name in ("bridges/bridgepoint", "registrations/registration", "attendance/attendance"):
        link = f"/admin/{name}/?conference__id__exact={edition_2021.pk}"
        assert link in page
        assert admin_client.get(link).status_code == 200


def test_the_history_is_written_as_people_read_it(admin_client):
    conference = ConferenceFactory(is_tentative=False, registration_closes_at=None)
    conference.is_tentative = True
    conference.registration_closes_at = datetime(2027, 7, 9, 1, 0, tzinfo=UTC)
    conference.save()
    page = admin_client.get(f"/admin/conference/conference/{conference.pk}/history/").content.decode()
    assert "08:00 9/7/2027" in page
    for raw in ("False", "True", "None", "2027-07-09"):
        assert raw not in page, raw


@pytest.fixture
def planned() -> Conference:
    """A conference of three hours with a deadline the day before and two entries."""
    conference = ConferenceFactory(registration_closes_at=START - timedelta(days=1))
    for hour in (0, 1):
        ProgrammeItem.objects.create(
            conference=conference, title=f"Mục {hour}", starts_at=START + timedelta(hours=hour),
            ends_at=START + timedelta(hours=hour, minutes=30) if hour else None,
        )  # fmt: skip
    return conference


def send(client, conference: Conference, *, follow: bool = False, **changes):
    """The answer to the form of ``conference`` with ``changes``."""
    address = f"/admin/conference/conference/{conference.pk}/change/"
    with time_machine.travel(NOW, tick=False):
        client.force_login(UserFactory(is_staff=True, is_superuser=True))
        return client.post(address, filled_in(client.get(address), **changes), follow=follow)


def move(client, conference: Conference, **changes) -> Conference:
    answer = send(client, conference, **changes)
    assert answer.status_code == 302, answer.context["errors"]
    return Conference.objects.get(pk=conference.pk)


def test_a_conference_moves_as_a_whole_when_only_its_start_is_changed(client, planned):
    moved = move(client, planned, starts_at_0="21/7/2027")
    two_days = timedelta(days=2)
    assert (moved.starts_at, moved.ends_at) == (planned.starts_at + two_days, planned.ends_at + two_days)
    assert moved.registration_closes_at == planned.registration_closes_at + two_days
    assert [(item.starts_at, item.ends_at) for item in moved.programme.all()] == [
        (START + two_days, None),
        (START + two_days + timedelta(hours=1), START + two_days + timedelta(hours=1, minutes=30)),
    ]


def test_of_an_empty_programme_nothing_is_said_when_the_start_moves(client, planned):
    planned.programme.all().delete()
    page = send(client, planned, follow=True, starts_at_0="21/7/2027").content.decode()
    assert "đã dời theo giờ bắt đầu." in page
    assert "mục của chương trình" not in page


def test_a_conference_moves_back_as_it_was(client, planned):
    move(client, planned, starts_at_0="21/7/2027")
    back = move(client, planned, starts_at_0="19/7/2027")
    times = ("starts_at", "ends_at", "registration_closes_at")
    assert [getattr(back, name) for name in times] == [getattr(planned, name) for name in times]
    assert back.programme.first().starts_at == START


def test_a_deadline_that_would_have_passed_is_asked_about(client, planned):
    close = {"starts_at_0": "1/7/2027", "starts_at_1": "12:00"}
    asked = send(client, planned, **close)
    assert asked.status_code == 200
    assert "registration_closes_at" in asked.context["adminform"].errors
    assert Conference.objects.get(pk=planned.pk).registration_closes_at == planned.registration_closes_at
    emptied = move(client, planned, **close, registration_closes_at_0="", registration_closes_at_1="")
    assert emptied.registration_closes_at is None
    assert emptied.ends_at - emptied.starts_at == planned.ends_at - planned.starts_at


def test_registration_that_has_closed_stays_closed_when_the_conference_moves(client, planned):
    Conference.objects.filter(pk=planned.pk).update(registration_closes_at=NOW - timedelta(days=1))
    moved = move(client, planned, starts_at_1="09:00")
    assert moved.registration_closes_at == NOW - timedelta(days=1)


def test_who_changes_start_and_end_is_taken_at_his_word_and_the_programme_comes_along(client, planned):
    moved = move(client, planned, starts_at_0="21/7/2027", ends_at_0="21/7/2027", ends_at_1="17:00")
    assert moved.ends_at == datetime(2027, 7, 21, 10, 0, tzinfo=UTC)
    assert moved.registration_closes_at == planned.registration_closes_at + timedelta(days=2)
    assert moved.programme.first().starts_at == START + timedelta(days=2)


def test_an_entry_that_gets_another_title_moves_along_and_one_with_another_time_does_not(client, planned):
    changes = {"programme-0-title": "Khai mạc", "programme-1-starts_at_0": "21/7/2027", "programme-1-ends_at_0": ""}
    moved = move(client, planned, starts_at_0="21/7/2027", **changes, **{"programme-1-ends_at_1": ""})
    assert [(item.title, item.starts_at) for item in moved.programme.all()] == [
        ("Khai mạc", START + timedelta(days=2)),
        ("Mục 1", START + timedelta(days=2, hours=1)),
    ]


def test_the_programme_that_does_not_move_is_said(client, planned):
    answer = send(client, planned, follow=True, starts_at_1="07:30", moves_along=None)
    assert Conference.objects.get(pk=planned.pk).programme.first().starts_at == START
    assert "Chương trình vẫn giữ nguyên" in answer.content.decode()


def _says_outside(answer) -> bool:
    return "mục chương trình nằm ngoài giờ hội nghị" in answer.content.decode()


def test_a_conference_that_ends_before_its_programme_is_saved_and_said(client, planned):
    assert _says_outside(send(client, planned, follow=True, ends_at_1="09:15"))
    assert Conference.objects.get(pk=planned.pk).ends_at == START + timedelta(hours=1, minutes=15)
    assert not _says_outside(send(client, planned, follow=True, ends_at_1="09:30"))


def test_an_entry_that_ends_after_its_conference_is_saved_and_said(client, planned):
    late = {"programme-1-ends_at_1": "11:01"}
    assert _says_outside(send(client, planned, follow=True, **late))
    removed = move(client, planned, **late, **{"programme-1-DELETE": "on"})
    assert removed.programme.count() == 1


def test_a_programme_that_lies_outside_does_not_keep_anybody_from_other_changes(client, planned):
    ProgrammeItem.objects.filter(title="Mục 1").update(ends_at=START + timedelta(hours=9))
    assert move(client, planned, short_name="Na 2027").short_name == "Na 2027"


def test_a_deadline_that_is_asked_about_is_asked_about_once(client, planned):
    soon = timezone.localtime(NOW + timedelta(minutes=12))
    asked = send(client, planned, starts_at_0=f"{soon:%d/%m/%Y}", starts_at_1=f"{soon:%H:%M}")
    (error,) = asked.context["adminform"].errors["registration_closes_at"]
    assert "tức là đã qua" in error
