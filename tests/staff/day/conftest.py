"""The pages of the day: somebody signed in who runs a conference."""

import pytest

from conference.models import Conference
from tests.support.factories import ConferenceFactory, OrganiserFactory


@pytest.fixture
def organiser(client):
    """Who runs the conference, signed in at ``client``."""
    user = OrganiserFactory()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return user


@pytest.fixture
def conference(organiser) -> Conference:
    """What they run."""
    return ConferenceFactory(organisers=[organiser])
