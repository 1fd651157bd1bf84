"""The cache: Redis, and the memory of the process while Redis does not answer.

What is cached may be lost. But sign-in counts its tries in the cache, and takes an answer that does not come for "too
many": without Redis nobody could sign in.
"""

from collections.abc import Callable
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django_redis.cache import RedisCache
from django_redis.exceptions import ConnectionInterrupted


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
