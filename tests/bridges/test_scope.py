"""What a staff user may see of a conference: all of it, their own points, or nothing."""

import pytest

from bridges.scope import ConferenceScope
from tests.support.factories import BridgePointFactory, ConferenceFactory, CoordinatorFactory, OrganiserFactory

pytestmark = pytest.mark.django_db


def test_each_sees_what_they_run(django_assert_num_queries):
    organiser = OrganiserFactory()
    conference = ConferenceFactory(organisers=[organiser])
    mine, other = BridgePointFactory(conference=conference), BridgePointFactory(conference=conference)
    coordinator = CoordinatorFactory(bridge_point=mine).user
    BridgePointFactory()
    with django_assert_num_queries(2):
        whole = ConferenceScope.of(organiser, conference, "connection")
    assert (set(whole.points), whole.is_organiser) == ({mine.pk, other.pk}, True)
    part = ConferenceScope.of(coordinator, conference)
    assert (set(part.points), part.is_organiser, part.is_empty) == ({mine.pk}, False, False)
    assert ConferenceScope.of(OrganiserFactory(), conference).is_empty


def test_an_organiser_sees_a_conference_without_points():
    organiser = OrganiserFactory()
    scope = ConferenceScope.of(organiser, ConferenceFactory(organisers=[organiser]))
    assert (scope.points, scope.is_empty) == ({}, False)
