"""Which domains look like a slip of the finger, and which are somebody's."""

import pytest

from common.mail_domains import meant_by


@pytest.mark.parametrize(
    ("domain", "meant"),
    [
        ("gmial.com", "gmail.com"),
        ("gmai.com", "gmail.com"),
        ("gamil.com", "gmail.com"),
        ("gmaill.com", "gmail.com"),
        ("gnail.com", "gmail.com"),
        ("gmail.con", "gmail.com"),
        ("gmail.co", "gmail.com"),
        ("gmail.com.vn", "gmail.com"),
        ("gmial.con", "gmail.com"),
        ("Gmail.Con", "gmail.com"),
        ("yaho.com", "yahoo.com"),
        ("yahooo.com", "yahoo.com"),
        ("yahoo.con", "yahoo.com"),
        ("yahoo.com.vm", "yahoo.com.vn"),
        ("yaho.com.vn", "yahoo.com.vn"),
        ("hotmai.com", "hotmail.com"),
        ("homtail.com", "hotmail.com"),
        ("outlok.com", "outlook.com"),
        ("outlook.cm", "outlook.com"),
        ("iclod.com", "icloud.com"),
        ("live.con", "live.com"),
    ],
)
def test_a_domain_that_is_nearly_right_is_asked_about(domain, meant):
    assert meant_by(f"An.Le@{domain}") == f"An.Le@{meant}"


@pytest.mark.parametrize(
    "domain",
    [
        "gmail.com", "googlemail.com", "yahoo.com", "yahoo.com.vn", "yahoo.co.uk", "yahoo.fr", "ymail.com",
        "hotmail.com",
        "hotmail.fr", "outlook.com", "outlook.com.vn", "outlook.fr", "icloud.com", "cloud.com", "me.com", "live.com",
        "line.com", "love.com", "life.com", "mail.com", "email.com", "zmail.com", "gmx.com", "proton.me", "vnpt.vn",
        "mail.ru", "bacninh.gov.vn", "gmail.example", "sendo.vn", "example.com", "GMAIL.COM", "",
    ],
)  # fmt: skip
def test_nothing_is_said_about_a_domain_that_may_be_right(domain):
    assert meant_by(f"an@{domain}") == ""


@pytest.mark.parametrize("text", ["", "gmial.com", "@gmial.com", "an"])
def test_nothing_is_said_about_what_is_no_address(text):
    assert meant_by(text) == ""
