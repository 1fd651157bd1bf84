"""The seats of a point in words: what organisers and visitors read."""

import pytest
from django.utils import translation

from bridges.models import BridgePoint
from bridges.seat_words import offer_words, seat_counts_words, seats_left_words


def point(seats: int | None, taken: int = 0, reserved: int = 0, waiting: int = 0) -> BridgePoint:
    return BridgePoint(seats=seats, seats_taken=taken, seats_reserved=reserved, waiting_count=waiting)


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("there", "left", "offered"),
    [
        (point(None, taken=5), "no seat limit", "No seat limit"),
        (point(5, taken=4), "1 seat left", "1 seat left"),
        (point(5, taken=1, reserved=2), "2 seats left", "2 seats left"),
        (point(5, taken=5), "full", "Full: you join the waitlist"),
        (point(5, taken=3, waiting=1), "full", "Full: you join the waitlist"),
    ],
)
def test_the_seats_that_are_left(there, left, offered):
    assert (seats_left_words(there), offer_words(there)) == (left, offered)


def test_seats_that_are_kept_for_the_reader():
    assert offer_words(point(5, taken=5), 1) == "1 seat kept for you"
    assert offer_words(point(5, taken=2, reserved=2), 2) == "2 seats kept for you and other guests"
    assert offer_words(point(None), 2) == "No seat limit"


@pytest.mark.parametrize(
    ("there", "words"),
    [
        (point(None, taken=3), "3 taken, no seat limit"),
        (point(10, taken=3), "3 taken, 7 free"),
        (point(10, taken=8, reserved=4, waiting=2), "8 taken, 4 kept for invitations, 0 free, 2 on the waitlist"),
    ],
)
def test_how_the_seats_are_counted_for_organisers(there, words):
    assert seat_counts_words(there) == words
