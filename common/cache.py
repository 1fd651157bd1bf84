"""The cache: Redis, and the memory of the process while Redis does not answer.

What is cached may be lost. But sign-in counts its tries in the cache, and takes an answer that does not come for "too
many": without Redis nobody could sign in.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.core.cache import cache
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django_redis.cache import RedisCache
from django_redis.exceptions import ConnectionInterrupted
from redis.exceptions import RedisError

# Counts each key once more; a new one ends after ARGV[1] seconds.
_COUNT = """
local counts = {}
for place, key in ipairs(KEYS) do
  counts[place] = redis.call('INCR', key)
  if counts[place] == 1 then redis.call('EXPIRE', key, ARGV[1]) end
end
return counts
"""


def count_each(keys: Sequence[str], *, seconds: int) -> list[int]:
    """Count each of ``keys`` once more, in their order; how often each has been counted since it was new.

    A key is new ``seconds`` after it was. Redis is asked once, however many there are.
    """
    in_redis: Callable[..., list[int]] | None = getattr(cache, "count_each", None)
    return in_redis(keys, seconds=seconds) if in_redis else _count_one_by_one(cache, keys, seconds)


def _count_one_by_one(kept_in: BaseCache, keys: Sequence[str], seconds: int) -> list[int]:
    return [1 if kept_in.add(key, 1, timeout=seconds) else kept_in.incr(key) for key in keys]


def _either(name: str) -> Callable[..., Any]:
    """The method ``name`` of Redis' client, or of the memory."""

    def method(self: "RedisOrMemory", *args: Any, **kwargs: Any) -> Any:
        try:
            return getattr(self.client, name)(*args, **kwargs)
        except ConnectionInterrupted:
            return getattr(self._memory, name)(*args, **kwargs)

    return method


class RedisOrMemory(RedisCache):
    """Redis as usual. While it is away each process counts and keeps for itself, and forgets when it ends."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._memory = LocMemCache("while-redis-is-away", {"TIMEOUT": params.get("TIMEOUT", 300)})

    get = _either("get")
    get_many = _either("get_many")
    set = _either("set")
    set_many = _either("set_many")
    add = _either("add")
    delete = _either("delete")
    incr = _either("incr")
    touch = _either("touch")

    def count_each(self, keys: Sequence[str], *, seconds: int) -> list[int]:
        """As the function of that name."""
        try:
            found: list[int] = self.client.get_client().eval(
                _COUNT, len(keys), *(str(self.client.make_key(key)) for key in keys), seconds
            )
        except RedisError:
            return _count_one_by_one(self._memory, keys, seconds)
        return found
