"""Secrets in the database: readable with the site's key only."""

import pytest

from common import sealing

SECRET = "JBSWY3DPEHPK3PXP"


def test_what_is_sealed_comes_back_and_does_not_show():
    sealed = sealing.seal("mã 1234", "test")
    assert "1234" not in sealed
    assert sealing.unseal(sealed, "test") == "mã 1234"
    assert sealing.seal("mã 1234", "test") != sealed


def test_one_purpose_does_not_open_what_was_sealed_for_another():
    with pytest.raises(sealing.Unreadable):
        sealing.unseal(sealing.seal(SECRET, "test"), "other")


@pytest.mark.parametrize("text", ["", SECRET, "gAAAAA", "mã"])
def test_what_was_never_sealed_is_unreadable(text):
    with pytest.raises(sealing.Unreadable):
        sealing.unseal(text, "test")


def test_another_key_opens_nothing(settings):
    sealed = sealing.seal(SECRET, "test")
    settings.SECRET_KEY = "another-key"
    with pytest.raises(sealing.Unreadable):
        sealing.unseal(sealed, "test")


def test_an_earlier_key_among_the_fallbacks_still_opens(settings):
    sealed = sealing.seal(SECRET, "test")
    assert sealing.is_sealed_with_present_key(sealed, "test")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-key"
    assert sealing.unseal(sealed, "test") == SECRET
    assert not sealing.is_sealed_with_present_key(sealed, "test")


def test_a_fingerprint_is_the_same_each_time_and_another_with_another_key(settings):
    before = sealing.fingerprint("+84912345678", "test")
    assert sealing.fingerprint("+84912345678", "test") == before
    assert len(before) == 32
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-key"
    assert sealing.fingerprint("+84912345678", "test") != before
    assert before in sealing.fingerprints("+84912345678", "test")
