"""Who runs which bridge points, and what hangs on it."""

import pytest

from attendance import services as attendance
from attendance.models import Attendance
from bridges.models import BridgePoint
from conference.models import Conference
from registrations.models import Delegate, Registration
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

pytestmark = pytest.mark.django_db


class World:
    """Two conferences with two points each, one registration at each point."""

    def __init__(self) -> None:
        self.organiser = OrganiserFactory()
        self.mine, self.other = ConferenceFactory(organisers=[self.organiser]), ConferenceFactory()
        self.points = [BridgePointFactory(conference=c) for c in (self.mine, self.mine, self.other, self.other)]
        for number, point in enumerate(self.points):
            delegate = registered(point, now=NOW, number=number + 1).delegates.get()
            attendance.record(delegate=delegate, now=START)

    def run_by(self, user) -> list[int]:
        """The numbers of the points of ``user``; registrations, delegates and attendance must agree."""
        points = set(BridgePoint.objects.run_by(user))
        for model, path in (
            (Registration, "bridge_point"),
            (Delegate, "registration__bridge_point"),
            (Attendance, "bridge_point"),
        ):
            assert set(model.objects.run_by(user).values_list(path, flat=True)) == {p.pk for p in points}
        return [number for number, point in enumerate(self.points) if point in points]


@pytest.fixture
def world() -> World:
    return World()


def test_a_superuser_runs_everything(world):
    user = UserFactory(is_staff=True, is_superuser=True)
    assert world.run_by(user) == [0, 1, 2, 3]
    assert Conference.objects.run_by(user).count() == 2


def test_an_organiser_runs_the_points_of_his_conferences(world):
    assert world.run_by(world.organiser) == [0, 1]
    assert list(Conference.objects.run_by(world.organiser)) == [world.mine]


def test_an_organiser_of_another_conference_runs_none_of_these(world):
    assert world.run_by(OrganiserFactory()) == []


def test_a_coordinator_runs_his_points_and_no_conference(world):
    user = CoordinatorFactory(bridge_point=world.points[1]).user
    CoordinatorFactory(bridge_point=world.points[2], user=user)
    assert world.run_by(user) == [1, 2]
    assert not Conference.objects.run_by(user).exists()


def test_an_organiser_may_be_coordinator_elsewhere(world):
    CoordinatorFactory(bridge_point=world.points[3], user=world.organiser)
    assert world.run_by(world.organiser) == [0, 1, 3]


def test_who_is_no_longer_organiser_runs_nothing_by_the_old_list(world):
    world.organiser.is_organiser = False
    world.organiser.save()
    assert world.run_by(world.organiser) == []
    assert not Conference.objects.run_by(world.organiser).exists()


def test_a_registrant_runs_nothing(world):
    assert world.run_by(UserFactory()) == []


def test_two_coordinators_of_one_point_do_not_double_it(world):
    for _ in range(2):
        CoordinatorFactory(bridge_point=world.points[0])
    user = CoordinatorFactory(bridge_point=world.points[0]).user
    assert BridgePoint.objects.run_by(user).count() == 1
    assert BridgePoint.objects.run_by(world.organiser).count() == 2
