"""What several threads ask for at the same moment is made by one of them."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import ResolverMatch

from common import one_at_a_time as module
from common.one_at_a_time import one_at_a_time
from common.page_cache import kept_page
from conference.kept_pages import KeptPagesMiddleware

_THREADS = 4


def all_at_once(work) -> list:
    """What ``work`` returns in each of ``_THREADS`` threads that begin together."""
    gate = threading.Barrier(_THREADS)
    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(lambda _: (gate.wait(), work())[1], range(_THREADS)))


@pytest.mark.usefixtures("kept_pages")
@pytest.mark.parametrize(("is_kept", "drawn"), [(True, 1), (False, _THREADS)])
def test_a_page_that_all_threads_are_asked_for_at_once_is_drawn_by_one(is_kept, drawn):
    done = []

    def view(request):
        done.append(request)
        time.sleep(0.05)
        response = HttpResponse("page")
        response.headers["Content-Type"] = "text/plain"
        return response

    if is_kept:
        view = kept_page()(view)

    def site(request):
        request.resolver_match = ResolverMatch(view, (), {})
        return view(request)

    middleware = KeptPagesMiddleware(site)
    answers = all_at_once(lambda: middleware(RequestFactory().get("/na/")).content)
    assert answers == [b"page"] * _THREADS
    # What is not kept, each draws for itself, once who came first is through.
    assert len(done) == drawn


def test_different_things_wait_for_nobody():
    inside = threading.Barrier(_THREADS, timeout=5)
    numbers = iter(range(_THREADS))

    def work() -> bool:
        with one_at_a_time(next(numbers)):
            inside.wait()
        return True

    assert all_at_once(work) == [True] * _THREADS


def test_somebody_who_hangs_or_fails_holds_up_nobody(monkeypatch):
    monkeypatch.setattr(module, "_AT_MOST", 0.05)
    with one_at_a_time("page"), ThreadPoolExecutor(1) as pool:

        def work() -> bool:
            with one_at_a_time("page"):
                return True

        assert pool.submit(work).result(5)
    with pytest.raises(ValueError, match="broken"), one_at_a_time("page"):
        raise ValueError("broken")
    assert module._made_now == {}
