"""The day seen from the main point: a conference, its questions open or not."""

import pytest

from conference.models import Conference
from tests.support.factories import ConferenceFactory
from tests.support.floor import open_floor


@pytest.fixture
def conference() -> Conference:
    """A conference without anything of the day."""
    return ConferenceFactory()


@pytest.fixture
def with_floor(conference) -> None:
    """Everybody may ask at ``conference``."""
    open_floor(conference)
