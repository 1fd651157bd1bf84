"""Who is at each point: each person once, where they are."""

from datetime import timedelta

import pytest

from attendance import services
from attendance.presence import Presence, present_of
from tests.conftest import NOW
from tests.support.doors import Phone, arrival
from tests.support.factories import START, BridgePointFactory, registered

pytestmark = pytest.mark.django_db


def test_everybody_counts_once_and_where_they_are(django_assert_num_queries):
    hall = BridgePointFactory()
    room = BridgePointFactory(conference=hall.conference, kind="video_room")
    empty = BridgePointFactory(conference=hall.conference)
    one, other, elsewhere, late = (registered(hall, now=NOW, number=n).delegates.get() for n in range(4))
    front, back = Phone(hall, START, door="Cửa trước"), Phone(hall, START, door="Cửa sau")
    services.record(delegate=one, now=START)
    services.record(delegate=other, now=START)
    front.send(arrival(one, START), now=START)
    back.send(arrival(one, START + timedelta(minutes=3)), now=START + timedelta(minutes=3))
    Phone(room, START).send(arrival(elsewhere, START), now=START)
    # A trial of the phone the day before.
    front.send(arrival(late, START - timedelta(days=1)), now=START - timedelta(days=1))
    with django_assert_num_queries(1):
        found = present_of([hall, room, empty])
    assert found == {hall.pk: Presence(1, 1), room.pk: Presence(1, 0), empty.pk: Presence()}
    assert found[hall.pk].total == 2
    assert present_of([]) == {}
