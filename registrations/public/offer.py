"""What one may register for: a conference with its open points, its questions and products.

For a post it is kept for ``PAGE_CACHE_SECONDS``, as old as the page from which the post comes may be anyway. Whatever
is kept can only speed up a registration: who is refused is refused on fresh data, and whether conference and point
still take registrations is read under the row lock.
"""

from dataclasses import dataclass

from django.conf import settings
from django.core.cache import caches

from bridges.models import BridgePoint
from conference.models import Conference, Product
from registrations.models import Question


@dataclass(frozen=True)
class Offer:
    """A published conference and what its form offers; ``is_fresh`` unless it was kept."""

    conference: Conference
    points: list[BridgePoint]
    questions: list[Question]
    products: list[Product]
    is_fresh: bool = True


def read_offer(slug: str) -> Offer:
    """What the conference ``slug`` offers now. Four queries.

    Raises:
        Conference.DoesNotExist: there is no published one.
    """
    conference = Conference.objects.published().get(slug=slug)
    return Offer(
        conference,
        list(conference.bridge_points.filter(is_open=True)),
        list(conference.questions.filter(is_active=True)),
        list(conference.products.all()),
    )


def recent_offer(slug: str) -> Offer:
    """What the conference ``slug`` offered at most ``PAGE_CACHE_SECONDS`` ago.

    Raises:
        Conference.DoesNotExist: there was no published one.
    """
    # The cache answers a copy of its own to each, so that nobody changes another's.
    if found := caches["pages"].get(_key(slug)):
        return Offer(*found, is_fresh=False)
    offer = read_offer(slug)
    if settings.PAGE_CACHE_SECONDS:
        parts = (offer.conference, offer.points, offer.questions, offer.products)
        caches["pages"].set(_key(slug), parts, settings.PAGE_CACHE_SECONDS)
    return offer


def forget_offer(slug: str) -> None:
    """Have the next post read it afresh."""
    caches["pages"].delete(_key(slug))


def _key(slug: str) -> str:
    return f"offer/{slug}"
