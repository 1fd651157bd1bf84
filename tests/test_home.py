"""The start page before the first conference, and with some."""

import pytest

from conference.models import Conference
from tests.support import visits
from tests.support.pages import faults

pytestmark = pytest.mark.django_db


def test_home_and_conferences():
    assert not Conference.objects.exists()
    assert {name: wrong for name, page in visits.conferences() if (wrong := faults(page.content.decode()))} == {}
