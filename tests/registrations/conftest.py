"""What several tests of registering begin with."""

import pytest

from common import row_numbers
from registrations.models import Delegate, Organisation, Registration


@pytest.fixture
def numbers_at_hand(db) -> None:
    """The connection holds numbers for what comes, so that nobody asks for them while statements are counted."""
    row_numbers._held.clear()
    row_numbers.take_numbers(Organisation, Registration, Delegate)
