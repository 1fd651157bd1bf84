"""What one may register for: a conference with its open points, its questions and products.

For a post it is kept for ``PAGE_CACHE_SECONDS``, as old as the page from which the post comes may be anyway. Whatever
is kept can only speed up a registration: who is refused is refused on fresh data, and whether conference and point
still take registrations is read under the row lock. All posts of these seconds share it: nobody changes it or draws it.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from secrets import token_hex
from typing import Any

from django.conf import settings
from django.core.cache import caches

from bridges.models import BridgePoint
from common.one_at_a_time import one_at_a_time
from conference.models import Conference, Product
from registrations.forms.registration import RegistrationForm
from registrations.models import Question


@dataclass(frozen=True)
class Offer:
    """A published conference and what its form offers; ``is_fresh`` unless it was kept."""

    conference: Conference
    points: list[BridgePoint]
    questions: list[Question]
    products: list[Product]
    is_fresh: bool = True

    @property
    def for_form(self) -> dict[str, Any]:
        """The arguments of ``RegistrationForm`` that it answers."""
        names = ("conference", "points", "questions", "products")
        return {name: getattr(self, name) for name in names}

    @cached_property
    def checking_form(self) -> type[RegistrationForm]:
        """What checks forms for it, of those without invitation."""
        return RegistrationForm.only_checked({}, **self.for_form)


#: By address what was kept last, with the mark under which the cache lets it be used.
_kept: dict[str, tuple[str, Offer]] = {}
#: Beyond so many they are read anew: a process that lives for months sees the forms of many conferences.
_MOST = 32


def read_offer(slug: str) -> Offer:
    """What the conference ``slug`` offers now. Four queries.

    Raises:
        Conference.DoesNotExist: there is no published one.
    """
    conference = Conference.objects.published().get(slug=slug)
    return Offer(
        conference,
        list(conference.bridge_points.filter(is_open=True).select_related("province")),
        list(conference.questions.filter(is_active=True)),
        list(conference.products.all()),
    )


def recent_offer(slug: str) -> Offer:
    """What the conference ``slug`` offered at most ``PAGE_CACHE_SECONDS`` ago.

    Raises:
        Conference.DoesNotExist: there was no published one.
    """
    if kept := _kept_offer(slug):
        return kept
    with one_at_a_time(_key(slug)):
        return _kept_offer(slug) or _read_and_keep(slug)


def _kept_offer(slug: str) -> Offer | None:
    mark, kept = _kept.get(slug, ("", None))
    # The cache says how long: what it holds itself it would have to unpack for each post.
    return kept if kept is not None and caches["pages"].get(_key(slug)) == mark else None


def _read_and_keep(slug: str) -> Offer:
    offer = read_offer(slug)
    if settings.PAGE_CACHE_SECONDS:
        mark = token_hex(8)
        if len(_kept) >= _MOST:
            _kept.clear()
        _kept[slug] = mark, replace(offer, is_fresh=False)
        caches["pages"].set(_key(slug), mark, settings.PAGE_CACHE_SECONDS)
    return offer


def forget_offer(slug: str) -> None:
    """Have the next post read it afresh."""
    caches["pages"].delete(_key(slug))


def _key(slug: str) -> str:
    return f"offer/{slug}"
