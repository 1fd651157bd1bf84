"""Actions of lists answer in words when no chosen row is left; the page of an app lists its models."""

from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.contrib.messages import get_messages
from django.test import RequestFactory
from django.urls import reverse
from django.utils.translation import gettext

from registrations.models import Registration
from tests.support.factories import ConferenceFactory
from tests.support.pages import said
from tests.support.world import World

pytestmark = pytest.mark.django_db

ROLES = ("coordinator elsewhere", "organiser elsewhere", "superuser")
#: Rows that are nobody's, and what is no number of a row; rows of others are added.
NOBODYS = (["0", "999999999"], ["9" * 40], ["x", "²", ""])


def actions(world: World, role: str) -> Iterator[tuple[type, str, str]]:
    """Each list that ``role`` may see, its address, and each action that is offered there."""
    request = RequestFactory().get("/")
    request.user = world.users[role]
    for model, model_admin in admin.site._registry.items():
        if not model_admin.has_view_permission(request):
            continue
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for name in model_admin.get_actions(request):
            yield model, address, name


def foreign(world: World, role: str, model: type) -> list[str]:
    """Rows of ``model`` that are none of ``role``'s."""
    rows = model._default_manager.all()
    own = rows.run_by(world.users[role]) if hasattr(rows, "run_by") else rows
    return [str(pk) for pk in rows.exclude(pk__in=own.values("pk")).values_list("pk", flat=True)[:3]]


@pytest.mark.parametrize("across", ["0", "1"])
@pytest.mark.parametrize("role", ROLES)
def test_an_action_on_no_row_answers_in_words(world, role, across):
    client = world.client(role)
    silent, tried = [], 0
    for model, address, name in actions(world, role):
        # A search that finds nothing: what stands in all of the list is no row, too.
        query = "?q=khong-co-ai-ten-the-nay" if across == "1" else ""
        for chosen in (*NOBODYS, foreign(world, role, model) or ["0"]):
            sent = {"action": name, "_selected_action": chosen, "select_across": across, "index": "0"}
            client.cookies.pop("messages", None)
            response = client.post(address + query, sent)
            tried += 1
            words = [str(message) for message in get_messages(response.wsgi_request)]
            if response.status_code != 302 or response.url != address + query or not words:
                silent.append((address, name, chosen, response.status_code, words))
    assert silent == []
    assert tried
    assert Registration.objects.filter(state=Registration.State.CONFIRMED).count() == 2


def test_words_of_an_action_on_nothing_are_read_on_the_list(world):
    sent = {"action": "decline_selected", "_selected_action": [str(world.names["registration"])], "index": "0"}
    response = world.client("coordinator elsewhere").post("/admin/registrations/registration/", sent, follow=True)
    assert said(response) == gettext("None of the rows you chose is in this list any more; nothing was done.")


@pytest.mark.usefixtures("at_now")
@pytest.mark.parametrize("app", ["bridges", "registrations", "conference", "outbox"])
def test_the_page_of_an_app_lists_its_models_and_says_nothing_of_conferences(admin_client, app):
    ConferenceFactory()
    page = admin_client.get(f"/admin/{app}/").content.decode()
    assert f"/admin/{app}/" in page
    assert 'class="model-' in page
    assert "Không có hội nghị nào sắp tới" not in page
    assert 'class="breadcrumbs"' in page
