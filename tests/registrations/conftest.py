"""What several tests of registering begin with."""

import pytest

from common import row_numbers
from registrations.models import Delegate, Organisation, Registration


@pytest.fixture
def numbers_at_hand(db) -> None:
    """The connection holds numbers for registrations to come, so that none are asked for while statements are counted."""
    row_numbers._held.clear()
    row_numbers.take_numbers(Organisation, Registration, Delegate)
