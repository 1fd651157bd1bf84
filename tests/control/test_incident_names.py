"""Notes of incidents when people are erased."""

from datetime import timedelta

import pytest
from django.utils import timezone

from control import incidents
from control.models import Incident
from registrations.services import erase_due
from registrations.services.erasing import erase
from tests.conftest import NOW
from tests.support.factories import START, BridgePointFactory, registered

pytestmark = pytest.mark.django_db


def test_a_note_that_names_somebody_is_emptied_with_them_and_all_with_everybody():
    point = BridgePointFactory(kind="video_room")
    registration = registered(point, now=NOW)
    name = registration.delegates.get().full_name
    incidents.enter(point=point, note=f"Đã gọi {name.upper()}, micro rè", now=START)
    incidents.enter(point=point, note="Mất điện", now=START + timedelta(minutes=1))
    Incident.objects.update(cause="power")
    elsewhere = incidents.enter(point=BridgePointFactory(), note=name, now=START)
    erase(registration=registration, way="staff", now=timezone.now())
    elsewhere.refresh_from_db()
    assert elsewhere.note == name
    assert sorted(point.incidents.values_list("note", "cause")) == [("", "power"), ("Mất điện", "power")]
    registered(point, now=NOW)
    erase_due(now=point.conference.erased_from)
    assert set(point.incidents.values_list("note", flat=True)) == {""}
