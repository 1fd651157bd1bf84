"""Two people who work on one bridge point: fixtures to be named in the tests that use them."""

import pytest
from django.db import models
from django.test import Client
from django.urls import reverse

from bridges.models import BridgePoint
from tests.conftest import NOW
from tests.support.factories import (
    BridgePointFactory,
    ConferenceFactory,
    ConnectionFactory,
    CoordinatorFactory,
    OrganiserFactory,
    UserFactory,
    registered,
)
from tests.support.html_forms import filled_in


@pytest.fixture
def organiser():
    return OrganiserFactory(name="Trần Thị Tổ Chức")


@pytest.fixture
def coordinator():
    return UserFactory(is_staff=True, name="Lê Văn Đầu Mối")


@pytest.fixture
def point(organiser, coordinator) -> BridgePoint:
    """A point with people, a connection and a coordinator."""
    conference = ConferenceFactory(organisers=[organiser])
    point = BridgePointFactory(conference=conference, kind="video_room", name="Phòng họp tỉnh", address="Số 1")
    ConnectionFactory(bridge_point=point, meeting_id="111 111", password="MatKhauCu")
    CoordinatorFactory(bridge_point=point, user=coordinator)
    registered(point, now=NOW)
    return point


def change(row: models.Model) -> str:
    """The address of the page on which ``row`` is changed."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def browser(user) -> Client:
    """A browser in which ``user`` has signed in."""
    client = Client()
    client.force_login(user)
    return client


def save(client: Client, row: models.Model, **changes) -> None:
    """Change ``row`` on its page."""
    answer = client.post(change(row), filled_in(client.get(change(row)), **changes))
    assert answer.status_code == 302, answer.context["errors"]
