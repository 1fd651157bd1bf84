"""Lists of the administration that a link filters to what they belong to."""

from typing import Any

import pytest
from django.contrib import admin
from django.db.models import ForeignKey, Model

from conference.models import Conference
from staff.filters import RelatedFilter
from tests.support.factories import BridgePointFactory, ConferenceFactory, OrganiserFactory

pytestmark = pytest.mark.django_db


def related_filters() -> list[tuple[type[Model], str, Any]]:
    """Model, column and class of every filter by another row."""
    found = []
    for model, page in admin.site._registry.items():
        for entry in page.list_filter:
            path, filter_class = entry if isinstance(entry, tuple) else (entry, None)
            if "__" not in path and isinstance(model._meta.get_field(path), ForeignKey):
                found.append((model, path, filter_class))
    return found


FILTERS = related_filters()
IDS = [f"{model.__name__} by {path}" for model, path, _class in FILTERS]


@pytest.mark.parametrize(("model", "path", "filter_class"), FILTERS, ids=IDS)
def test_a_link_to_what_has_no_rows_yet_shows_none_of_another(world, model, path, filter_class):
    assert issubclass(filter_class, RelatedFilter)
    client, address = world.client("superuser"), f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    # All that there is belongs to one conference, as at the beginning.
    model.objects.exclude(**{_to_conference(model): world.names["conference"]}).delete()
    empty = _empty(model._meta.get_field(path).related_model)
    everything = client.get(address).context["cl"]
    filtered = client.get(address, {f"{path}__id__exact": empty.pk})
    assert everything.result_count > 0
    assert filtered.context["cl"].result_count == 0
    # And the page says by what it is filtered.
    specs = filtered.context["cl"].filter_specs
    chosen = [choice for spec in specs for choice in spec.choices(filtered.context["cl"]) if choice["selected"]]
    assert str(empty) in [choice["display"].partition(" – ")[0] for choice in chosen]


def _to_conference(model: type[Model]) -> str:
    return "pk" if model is Conference else "conference"


def _empty(model: type[Model]) -> Model:
    if model is Conference:
        return ConferenceFactory()
    if model.__name__ == "BridgePoint":
        return BridgePointFactory()
    return model.objects.create(conference=ConferenceFactory(), name="Hội Phụ nữ")


def test_every_kind_of_list_is_among_them():
    assert {model.__name__ for model, _path, _class in FILTERS} >= {
        "Announcement", "Attendance", "BridgePoint", "Erasure", "Invitation", "Registration",
    }  # fmt: skip


def test_a_foreign_conference_is_not_named(world, client):
    foreign = ConferenceFactory(short_name="Hội nghị kín")
    client.force_login(OrganiserFactory())
    page = client.get("/admin/registrations/registration/", {"conference__id__exact": foreign.pk})
    assert "Hội nghị kín" not in page.content.decode()
