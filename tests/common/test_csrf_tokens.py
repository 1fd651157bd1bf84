"""Tokens made here are Django's."""

from collections import Counter

import pytest
from django.http import HttpResponse
from django.middleware import csrf
from django.test import RequestFactory

from common.csrf_tokens import _masked, get_token, random_text


def test_django_takes_a_token_with_the_cookie_that_came_with_it():
    middleware = csrf.CsrfViewMiddleware(lambda request: HttpResponse())
    request = RequestFactory().get("/")
    middleware.process_request(request)
    token = get_token(request)
    response = middleware.process_response(request, HttpResponse())
    cookie = response.cookies["csrftoken"].value
    for given, expected in ((token, None), (csrf._mask_cipher_secret(cookie), None), ("a" * 64, 403)):
        post = RequestFactory().post("/", {"csrfmiddlewaretoken": given})
        post.COOKIES["csrftoken"] = cookie
        middleware.process_request(post)
        refusal = middleware.process_view(post, lambda request: HttpResponse(), (), {})
        assert getattr(refusal, "status_code", None) == expected


def test_who_has_a_cookie_keeps_its_secret_and_gets_another_mask_each_time():
    request = RequestFactory().get("/")
    request.META["CSRF_COOKIE"] = secret = random_text()
    tokens = {get_token(request) for _ in range(20)}
    assert len(tokens) == 20
    assert {csrf._unmask_cipher_token(token) for token in tokens} == {secret}
    assert request.META["CSRF_COOKIE_NEEDS_UPDATE"]


@pytest.mark.parametrize("mask", [csrf.CSRF_ALLOWED_CHARS[:32], csrf.CSRF_ALLOWED_CHARS[30:], "9" * 32])
def test_the_secret_lies_under_the_mask_as_django_puts_it(mask, monkeypatch):
    secret = csrf.CSRF_ALLOWED_CHARS[-32:]
    monkeypatch.setattr(csrf, "_get_new_csrf_string", lambda: mask)
    assert _masked(secret, mask) == csrf._mask_cipher_secret(secret)


def test_all_characters_are_as_likely_as_the_others():
    drawn = Counter("".join(random_text() for _ in range(6000)))
    assert set(drawn) == set(csrf.CSRF_ALLOWED_CHARS)
    # 3,097 of each are expected, with a deviation of 55: ten times that is no chance.
    assert all(abs(number - 6000 * 32 / 62) < 550 for number in drawn.values())
