"""Two people at one page of the administration: neither undoes what the other has stored, on any page."""

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import models
from django.test import Client

from bridges.models import BridgePoint, Connection, Coordinator
from common.edited_rows import MergingModelForm
from conference.models import Conference, Partner, Product, ProgrammeItem
from messaging.models import Rule
from outbox.models import Message
from registrations.models import Invitation, Question
from staff.edit_conflicts import StaffInlineFormSet
from tests.support.factories import (
    START,
)
from tests.support.html_forms import filled_in
from tests.support.two_people import change

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]


def stored() -> dict[str, list[dict[str, Any]]]:
    """Everything in the database but who is signed in."""
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values())
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and model._meta.label != "sessions.Session"
    }


# --- every page -------------------------------------------------------------------------------------------------------


def changeable() -> list[admin.ModelAdmin]:
    return [page for page in admin.site._registry.values() if page.model is not Message and not is_read_only(page)]


def is_read_only(page: admin.ModelAdmin) -> bool:
    return "change" not in getattr(page, "organiser_may", {"change"})


#: Columns whose values hang together with others, or that say which other row is meant.
LEFT = {"slug", "kind", "timing", "text", "unit", "route", "asked", "choices", "code", "language", "is_hub"}


def another(field: models.Field, value: Any) -> Any:
    """A value of ``field`` other than ``value`` that every form takes; ``value`` itself where there is none."""
    kind = field.get_internal_type()
    if field.choices or field.name in LEFT or field.is_relation or isinstance(value, list):
        return value
    if "phone" in field.name:
        return "+84912999888"
    if isinstance(field, models.EmailField | models.URLField):
        return "ban.khac@vidu.example" if isinstance(field, models.EmailField) else "https://hop.vidu.example/khac"
    others = {
        "BooleanField": lambda: not value,
        "DateTimeField": lambda: value and value + timedelta(days=1),
        "DateField": lambda: value and value + timedelta(days=1),
        "CharField": lambda: "Khác",
        "TextField": lambda: "Khác,\nvà khác nữa",
        "FloatField": lambda: 21.5,
    }
    if kind in others:
        return others[kind]()
    return (value or 0) + 1 if "Integer" in kind else value


def change_by_hand(form: Any) -> set[str]:
    """Give the row of ``form`` other values in what it shows, past every form; returns what has changed."""
    row = form.instance
    if not row.pk:
        return set()
    shown = {name for name, field in form.fields.items() if not field.disabled}
    columns = {field.name: field for field in row._meta.concrete_fields if field.name in shown}
    values = {name: another(field, getattr(row, name)) for name, field in columns.items()}
    changed = {name: value for name, value in values.items() if value != getattr(row, name)}
    type(row)._base_manager.filter(pk=row.pk).update(**changed)
    return set(changed)


@pytest.fixture
def every_row(world) -> dict[type[models.Model], models.Model]:
    """A row of every kind that the administration changes, with rows of every kind below it."""
    conference = Conference.objects.get(pk=world.names["conference"])
    point = BridgePoint.objects.get(pk=world.names["point"])
    conference.contact_phone = "+84912000111"
    conference.registration_closes_at = START - timedelta(days=1)
    conference.save()
    Partner.objects.create(conference=conference, name="Sở Công Thương", role="host", duty="Chủ trì")
    Product.objects.create(conference=conference, name="Na")
    ProgrammeItem.objects.create(conference=conference, starts_at=START, title="Khai mạc")
    Question.objects.create(conference=conference, text="Đi bằng gì?", help_text="Xe")
    Invitation.objects.filter(pk=world.names["invitation"]).update(bridge_point=point)
    rule = Rule.objects.filter(conference=conference).first() or Rule.objects.create(conference=conference)
    rule.points.set([point])
    Connection.objects.filter(bridge_point=point).update(
        password="MatKhauCu", meeting_id="111", technician_phone="+84912000112", instructions="Bấm\nvào"
    )
    return {
        Conference: conference,
        BridgePoint: point,
        **{
            page.model: page.model._default_manager.order_by("pk").first()
            for page in changeable()
            if page.model not in (Conference, BridgePoint)
        },
    }


@pytest.fixture
def superuser(world) -> Client:
    return world.client("superuser")


def test_every_form_and_table_of_the_administration_merges(rf, world):
    request = rf.get("/")
    request.user = world.users["superuser"]
    for page in changeable():
        assert issubclass(page.form, MergingModelForm), page
        assert not page.list_editable, page
        for inline in page.inlines:
            assert issubclass(inline.form, MergingModelForm), inline
            assert issubclass(inline.formset, StaffInlineFormSet), inline


@pytest.mark.parametrize("model", [page.model for page in changeable()], ids=lambda model: model.__name__)
def test_a_form_sent_as_it_was_drawn_writes_nothing(superuser, every_row, model):
    address = change(every_row[model])
    drawn = superuser.get(address)
    before = stored()
    answer = superuser.post(address, filled_in(drawn))
    assert answer.status_code == 302, answer.context and answer.context["errors"]
    assert stored() == before


@pytest.mark.parametrize("model", [page.model for page in changeable()], ids=lambda model: model.__name__)
def test_a_stale_form_that_changes_nothing_writes_nothing(superuser, every_row, model):
    address = change(every_row[model])
    drawn = superuser.get(address)
    tables = [formset.formset for formset in drawn.context["inline_admin_formsets"]]
    changed = change_by_hand(drawn.context["adminform"].form)
    assert changed
    for table in tables:
        # Coordinators are appointed and dismissed, never changed.
        for form in table.initial_forms if table.model is not Coordinator else ():
            assert change_by_hand(form), table
    before = stored()
    answer = superuser.post(address, filled_in(drawn))
    assert answer.status_code == 302, (answer.context["errors"], answer.context["adminform"].form.changed_data)
    assert stored() == before
