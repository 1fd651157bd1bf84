"""What is counted by the hour: several at once as each by itself."""

from datetime import timedelta

import pytest
from django.core.cache import cache

from common import rate_limits
from common.cache import count_each
from tests.conftest import NOW

HOUR = timedelta(hours=1)


def test_several_are_counted_in_their_order_and_with_those_that_are_counted_alone():
    assert rate_limits.count("a", NOW) == 1
    assert rate_limits.count_all(["a", "b", "a"], NOW) == [2, 1, 3]
    assert rate_limits.count("a", NOW, often=True) == 4
    assert rate_limits.count_all(["b", "c"], NOW) == [2, 1]
    assert rate_limits.count_all(["a", "b"], NOW + HOUR) == [1, 1]
    assert rate_limits.count_all([], NOW) == []


def test_where_nothing_counts_nobody_is_limited(monkeypatch):
    def down(*args, **kwargs):
        raise ConnectionError("down")

    monkeypatch.setattr(rate_limits, "count_each", down)
    assert rate_limits.count_all(["a", "b"], NOW) == [0, 0]


@pytest.mark.redis
def test_redis_is_asked_once_and_forgets_what_was_counted_when_its_time_is_up():
    client = cache.client.get_client()
    before = client.info("commandstats").get("cmdstat_eval", {}).get("calls", 0)
    assert count_each(["each-1", "each-2", "each-1"], seconds=50) == [1, 1, 2]
    assert client.info("commandstats")["cmdstat_eval"]["calls"] == before + 1
    assert [40 < cache.ttl(key) <= 50 for key in ("each-1", "each-2")] == [True, True]
    assert cache.get_many(["each-1", "each-2", "each-3"]) == {"each-1": 2, "each-2": 1}
