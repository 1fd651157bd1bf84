"""The number that boards ask for."""

import pytest

from conference.models import day_version, raise_day_version
from tests.support.factories import ConferenceFactory

pytestmark = pytest.mark.django_db


def test_a_day_on_which_nothing_has_happened_stands_at_0() -> None:
    assert day_version(ConferenceFactory().pk) == 0


def test_each_change_makes_another_number_for_this_conference_alone() -> None:
    conference, other = ConferenceFactory(), ConferenceFactory()
    seen = []
    for _change in range(3):
        raise_day_version(conference.pk)
        seen.append(day_version(conference.pk))
    assert seen == [1, 2, 3]
    assert day_version(other.pk) == 0
