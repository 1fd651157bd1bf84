"""Who the histories name where no request makes a change."""

from types import SimpleNamespace

import pytest
from simple_history.models import HistoricalRecords

from accounts.authors import changes_by


def author() -> object:
    return getattr(HistoricalRecords.context, "request", "nobody")


@pytest.mark.parametrize("outer", [None, SimpleNamespace(pk=1)])
def test_one_block_in_another_leaves_the_author_of_the_outer_one(outer):
    with changes_by(outer):
        before = author()
        with changes_by(None):
            assert author() is None
        assert author() is before
    assert author() == "nobody"
