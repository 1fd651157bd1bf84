"""Redis goes away: what counts in the cache goes on counting, in the process."""

import pytest
from django.core.cache import cache
from django.test import Client

from common.cache import count_each
from tests.chaos.servers import free_port
from tests.support.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _redis_is_away(settings) -> None:
    settings.CACHES = {
        **settings.CACHES,
        "default": {
            "BACKEND": "common.cache.RedisOrMemory",
            "LOCATION": f"redis://127.0.0.1:{free_port()}/0",
            "OPTIONS": {"IGNORE_EXCEPTIONS": True, "SOCKET_CONNECT_TIMEOUT": 0.5},
        },
    }
    for key in ("a", "n"):
        cache.delete(key)


def test_what_is_kept_is_found_again():
    cache.set("a", 1)
    assert cache.get("a") == 1
    assert not cache.add("a", 2)
    cache.delete("a")
    assert cache.get("a", "nothing") == "nothing"
    assert cache.add("n", 0)
    assert cache.incr("n") == 1
    cache.set_many({"a": 3})
    assert cache.get_many(["a", "b"]) == {"a": 3}


def test_each_is_counted_in_its_order():
    assert count_each(["a", "n", "a"], seconds=60) == [1, 1, 2]
    assert count_each(["a"], seconds=60) == [3]
    assert count_each([], seconds=60) == []


def test_people_sign_in_and_whoever_guesses_is_stopped_all_the_same():
    user = UserFactory(email="a@vidu.example")
    user.set_password("dung-mat-khau-1")
    user.save()
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    typed = {"login": user.email, "password": "dung-mat-khau-1"}
    assert Client().post("/accounts/login/", typed).status_code == 302
    guesser = Client(REMOTE_ADDR="192.0.2.7")
    answers = {guesser.post("/accounts/login/", typed | {"password": f"sai-{n}"}).status_code for n in range(40)}
    assert 429 in answers
