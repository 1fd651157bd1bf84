"""Whose request it is: limits count by the visitor's address, and nobody chooses theirs."""

import pytest
from allauth.account.adapter import get_adapter

from common import rate_limits
from common.client_address import client_address
from tests.support.site_settings import settings_with

CLAIMED = "203.0.113.5, 198.51.100.9"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (None, CLAIMED, "127.0.0.1"),
        (0, CLAIMED, "127.0.0.1"),
        (1, CLAIMED, "198.51.100.9"),
        (2, CLAIMED, "203.0.113.5"),
        # Whoever asks the inner proxy itself comes through fewer.
        (3, CLAIMED, "203.0.113.5"),
        (1, "198.51.100.9:4711", "198.51.100.9"),
        (1, "[2001:DB8::1]:443", "2001:db8::1"),
        (1, "2001:db8::1", "2001:db8::1"),
        # As a proxy that listens on IPv6 names those who come by IPv4.
        (1, "::ffff:203.0.113.7", "203.0.113.7"),
        (1, "[::ffff:203.0.113.7]:4711", "203.0.113.7"),
        (1, "unknown", ""),
    ],
)
def test_the_address_is_the_one_that_the_outermost_trusted_proxy_saw(rf, settings, proxies, forwarded, address):
    settings.TRUSTED_PROXIES = proxies
    assert client_address(rf.get("/", HTTP_X_FORWARDED_FOR=forwarded)) == address


def test_whoever_sends_a_header_of_their_own_is_limited_all_the_same(rf, settings):
    settings.TRUSTED_PROXIES = 1
    settings.REQUESTS_PER_HOUR = {"register": 2}
    tries = [rf.post("/", HTTP_X_FORWARDED_FOR=f"192.0.2.{number}, 198.51.100.9") for number in range(3)]
    assert [rate_limits.is_too_much(request, "register") for request in tries] == [False, False, True]


def test_visitors_by_ipv4_behind_a_proxy_that_listens_on_ipv6_are_counted_one_by_one(rf, settings):
    settings.TRUSTED_PROXIES = 1
    settings.REQUESTS_PER_HOUR = {"register": 1}
    tries = [rf.post("/", HTTP_X_FORWARDED_FOR=f"::ffff:203.0.113.{number}") for number in (7, 8, 7)]
    assert [rate_limits.is_too_much(request, "register") for request in tries] == [False, False, True]


def test_a_proxy_that_names_nobody_does_not_make_one_visitor_of_all(rf, settings, caplog):
    settings.TRUSTED_PROXIES = 1
    settings.REQUESTS_PER_HOUR = {"register": 1}
    assert [rate_limits.is_too_much(rf.post("/"), "register") for _ in range(3)] == [False] * 3
    assert "No X-Forwarded-For" in caplog.text


@pytest.mark.parametrize(
    ("proxies", "given", "counted_by"),
    [
        (1, {"HTTP_X_FORWARDED_FOR": "203.0.113.5, 198.51.100.9"}, "198.51.100.9"),
        (1, {}, "unknown"),
        (2, {"HTTP_X_FORWARDED_FOR": "198.51.100.9"}, "198.51.100.9"),
        (0, {"REMOTE_ADDR": ""}, "unknown"),
    ],
)
def test_signing_in_is_counted_by_the_same_address_and_never_breaks(rf, settings, proxies, given, counted_by):
    settings.TRUSTED_PROXIES = proxies
    assert get_adapter().get_client_ip(rf.post("/", **given)) == counted_by


@pytest.mark.parametrize(
    ("environment", "proxies"),
    [
        ({}, None),
        ({"BEHIND_PROXY": "1"}, 1),
        ({"BEHIND_PROXY": "0"}, None),
        ({"TRUSTED_PROXIES": "2"}, 2),
        ({"TRUSTED_PROXIES": "2", "BEHIND_PROXY": "1"}, 2),
        ({"TRUSTED_PROXIES": "0", "BEHIND_PROXY": "1"}, 0),
    ],
)
def test_the_number_of_proxies_is_a_setting_and_the_earlier_name_still_means_one(environment, proxies):
    found = settings_with(**environment)
    assert found["TRUSTED_PROXIES"] == proxies
    # What nobody sets must not be believed: a visitor could say of plain HTTP that it is HTTPS.
    assert ("SECURE_PROXY_SSL_HEADER" in found) is bool(proxies)
