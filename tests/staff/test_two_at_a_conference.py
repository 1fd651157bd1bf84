"""Two people at the page of one conference, the rows below it, and its texts: neither undoes what the other stored."""

from datetime import timedelta

import pytest
from django.urls import reverse

from conference.models import Conference, Partner
from messaging.models import Rule, Template
from tests.support.factories import START, OrganiserFactory
from tests.support.html_forms import filled_in
from tests.support.two_people import browser, change, coordinator, organiser, point, save

__all__ = ["coordinator", "organiser", "point"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]


@pytest.fixture
def conference(point) -> Conference:
    """With two partners and one rule."""
    conference = point.conference
    for number, name in enumerate(("Sở Công Thương", "Hội Nông dân")):
        Partner.objects.create(conference=conference, name=name, role="host", position=number)
    rules = Rule.objects.filter(conference=conference)
    rules.exclude(pk=rules.filter(timing="before").first().pk).delete()
    return conference


@pytest.fixture
def pages(conference, organiser):
    """Two browsers, and the address of the page of the conference."""
    return browser(organiser), browser(organiser), change(conference)


def test_a_stale_page_does_not_bring_an_old_date_back(conference, pages):
    first, second, address = pages
    stale = filled_in(second.get(address))
    save(first, conference, starts_at_0="21/7/2027")
    assert second.post(address, stale | {"summary": "Hai câu"}).status_code == 302
    conference.refresh_from_db()
    assert (conference.starts_at, conference.summary) == (START + timedelta(days=2), "Hai câu")


def test_two_who_move_a_conference_are_asked(conference, pages):
    first, second, address = pages
    stale = filled_in(second.get(address))
    save(first, conference, starts_at_0="21/7/2027")
    asked = second.post(address, stale | {"starts_at_0": "22/7/2027"})
    assert asked.status_code == 200
    assert "08:00 21/7/2027" in asked.content.decode()
    assert second.post(address, filled_in(asked)).status_code == 302
    conference.refresh_from_db()
    assert (conference.starts_at, conference.ends_at) == (START + timedelta(days=3), START + timedelta(days=3, hours=3))


def test_organisers_that_two_people_add_are_asked_about_and_not_lost(conference, organiser, pages):
    first, second, address = pages
    one, other = OrganiserFactory(), OrganiserFactory()
    stale = filled_in(second.get(address))
    save(first, conference, organisers=[organiser.pk, one.pk])
    assert second.post(address, stale | {"summary": "Hai câu"}).status_code == 302
    assert set(conference.organisers.all()) == {organiser, one}
    assert second.post(address, stale | {"organisers": [organiser.pk, other.pk]}).status_code == 200
    assert set(conference.organisers.all()) == {organiser, one}


def test_a_row_added_meanwhile_stays(conference, pages):
    first, second, address = pages
    stale = filled_in(second.get(address))
    save(first, conference, **{"partners-2-name": "VNPT", "partners-2-role": "infrastructure"})
    more = {"partners-2-name": "Hội Phụ nữ", "partners-2-role": "support", "partners-0-duty": "Chủ trì"}
    assert second.post(address, stale | more).status_code == 302
    names = {"Sở Công Thương", "Hội Nông dân", "VNPT", "Hội Phụ nữ"}
    assert set(conference.partners.values_list("name", flat=True)) == names


def test_a_row_deleted_meanwhile_does_not_come_back(conference, pages):
    first, second, address = pages
    stale = filled_in(second.get(address))
    save(first, conference, **{"partners-0-DELETE": "on"})
    assert second.post(address, stale | {"partners-1-duty": "Vận động"}).status_code == 302
    assert list(conference.partners.values_list("name", "duty")) == [("Hội Nông dân", "Vận động")]


def test_a_row_deleted_meanwhile_that_its_reader_has_changed_is_asked_about(conference, pages):
    first, second, address = pages
    stale = filled_in(second.get(address))
    save(first, conference, **{"partners-0-DELETE": "on"})
    asked = second.post(address, stale | {"partners-0-duty": "Chủ trì"})
    assert asked.status_code == 200
    assert "Trần Thị Tổ Chức đã xóa dòng này" in asked.content.decode()
    assert 'name="partners-0-name"' in asked.content.decode().split("autofocus")[0].rsplit("<", 1)[1]
    again = filled_in(asked)
    # Every row is still on the page.
    assert (again["partners-0-duty"], again["partners-1-name"]) == (["Chủ trì"], ["Hội Nông dân"])
    assert second.post(address, again | {"partners-0-row-keep": "theirs"}).status_code == 302
    assert conference.partners.count() == 1
    assert second.post(address, again).status_code == 302
    assert set(conference.partners.values_list("name", "duty")) == {("Sở Công Thương", "Chủ trì"), ("Hội Nông dân", "")}


def test_a_row_that_was_changed_meanwhile_is_not_deleted_unread(conference, pages):
    first, second, address = pages
    stale = filled_in(second.get(address))
    save(first, conference, **{"partners-0-duty": "Chủ trì và chi trả"})
    asked = second.post(address, stale | {"partners-0-DELETE": "on"})
    assert asked.status_code == 200
    assert "Chủ trì và chi trả" in asked.content.decode()
    assert conference.partners.count() == 2
    assert second.post(address, filled_in(asked)).status_code == 302
    assert conference.partners.count() == 1


def test_a_stale_page_leaves_a_rule_as_somebody_has_set_it(conference, pages):
    first, second, address = pages
    rule = Rule.objects.get(conference=conference)
    stale = filled_in(second.get(address))
    save(first, conference, **{"reminder_rules-0-amount": "5", "reminder_rules-0-is_active": None})
    assert second.post(address, stale | {"summary": "Hai câu"}).status_code == 302
    rule.refresh_from_db()
    assert (rule.amount, rule.is_active) == (5, False)
    asked = second.post(address, stale | {"reminder_rules-0-amount": "9"})
    assert asked.status_code == 200
    assert second.post(address, filled_in(asked)).status_code == 302
    rule.refresh_from_db()
    assert (rule.amount, rule.is_active) == (9, False)


def test_a_point_changed_on_its_own_page_is_not_undone_on_that_of_its_conference(point, pages):
    first, second, address = pages
    stale = filled_in(second.get(address))
    save(first, point, seats="33", name="Phòng họp mới")
    assert second.post(address, stale | {"summary": "Hai câu"}).status_code == 302
    point.refresh_from_db()
    assert (point.seats, point.name) == (33, "Phòng họp mới")


def test_saving_without_a_change_is_said(pages):
    client, _second, address = pages
    answer = client.post(address, filled_in(client.get(address)), follow=True)
    assert "Không có gì thay đổi" in answer.content.decode()


# --- a text -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def text(conference) -> Template:
    return Template.objects.create(
        conference=conference, kind="confirmed", channel="email", language="vi", subject="Tin", body="Một\nhai"
    )


@pytest.fixture
def editor(text) -> str:
    return reverse("messaging:text", args=[text.conference_id, text.kind, text.channel, text.language])


def test_a_text_that_two_people_write_is_asked_about(text, editor, pages):
    first, second, _address = pages
    stale = filled_in(second.get(editor))
    first.post(editor, filled_in(first.get(editor)) | {"body": "Một hai ba"})
    assert second.post(editor, stale | {"subject": "Tin mới"}).status_code == 302
    text.refresh_from_db()
    assert (text.subject, text.body) == ("Tin mới", "Một hai ba")
    asked = second.post(editor, stale | {"body": "Bốn năm"})
    page = asked.content.decode()
    assert "Trần Thị Tổ Chức đã lưu “Một hai ba”" in page
    assert 'name="body"' in page.split("autofocus")[0].rsplit("<", 1)[1]
    assert second.post(editor, filled_in(asked)).status_code == 302
    text.refresh_from_db()
    assert (text.subject, text.body) == ("Tin mới", "Bốn năm")


def test_the_first_text_that_two_people_write_at_once_is_asked_about(text, editor, pages):
    text.delete()
    first, second, _address = pages
    stale = filled_in(second.get(editor))
    first.post(editor, filled_in(first.get(editor)) | {"subject": "Tin", "body": "Một hai ba"})
    asked = second.post(editor, stale | {"subject": "Tin", "body": "Bốn năm"})
    assert asked.status_code == 200
    assert Template.objects.get().body == "Một hai ba"
    assert second.post(editor, filled_in(asked)).status_code == 302
    assert Template.objects.get().body == "Bốn năm"


def test_a_text_taken_back_meanwhile_is_asked_about(text, editor, pages):
    first, second, _address = pages
    stale = filled_in(second.get(editor))
    first.post(editor, {"_default": "1"})
    asked = second.post(editor, stale | {"body": "Bốn năm"})
    assert asked.status_code == 200
    assert not Template.objects.exists()
    again = filled_in(asked)
    assert (again["subject"], again["body"]) == (["Tin"], ["Bốn năm"])
    assert second.post(editor, again).status_code == 302
    assert (Template.objects.get().subject, Template.objects.get().body) == ("Tin", "Bốn năm")


def test_a_text_changed_meanwhile_is_not_thrown_away_unread(text, editor, pages):
    first, second, _address = pages
    stale = filled_in(second.get(editor))
    first.post(editor, filled_in(first.get(editor)) | {"body": "Một hai ba"})
    asked = second.post(editor, stale | {"_default": "1"})
    assert asked.status_code == 200
    assert "Một hai ba" in asked.content.decode()
    assert second.post(editor, filled_in(asked) | {"_default": "1"}).status_code == 302
    assert not Template.objects.exists()
