"""Whom a search without accents finds: registrations by their people, and people by their registrations.

What stands in two tables is asked of each by its own index and put together; an OR across both would read them whole.
"""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from common.search import fold, matching
from registrations.models import Delegate, Registration

#: Of words that more rows than this hold, the first page is found sooner by going through the rows than by the index.
COMMON = 2000


def narrow_registrations(rows: QuerySet[Registration], query: str) -> QuerySet[Registration]:
    """Those of ``rows`` that ``registrations`` finds, for a page of a long list. Asks first how to find them."""
    if not _is_common(query):
        return rows.filter(pk__in=registrations(query))
    condition = matching(query)
    of_it = Delegate.objects.order_by().filter(condition, registration=OuterRef("pk"))
    return rows.filter(condition | Q(Exists(of_it)))


def narrow_delegates(rows: QuerySet[Delegate], query: str) -> QuerySet[Delegate]:
    """Likewise those of ``rows`` that ``delegates`` finds."""
    if not _is_common(query):
        return rows.filter(pk__in=delegates(query))
    return rows.filter(matching(query) | matching(query, "registration__search_text"))


def _is_common(query: str) -> bool:
    """Whether very many rows hold all words of ``query``, so that a page of them is full after a few rows."""
    condition = matching(query)
    tables = (Delegate.objects, Registration.objects)
    return any(table.order_by().filter(condition).values("pk")[: COMMON + 1].count() > COMMON for table in tables)


def registrations(query: str) -> QuerySet[Any, Any]:
    """The numbers of those in whose texts, or in the texts of one of whose delegates, all words of ``query`` occur."""
    condition = matching(query)
    mine = Registration.objects.order_by().filter(condition).values("pk")
    return mine.union(Delegate.objects.order_by().filter(condition).values("registration"))


def delegates(query: str) -> QuerySet[Any, Any]:
    """The numbers of those in whose texts, or in those of whose registration, all words of ``query`` occur."""
    return _either(matching(query))


def delegates_by_each_word(query: str) -> Q:
    """The condition that each word of ``query`` occurs in the texts of a delegate or of their registration."""
    # The longest word is the rarest as a rule: the index finds its people, and of these alone the others are asked.
    words = sorted(fold(query).split()[:20], key=len, reverse=True)
    condition = Q()
    for word in words[:1]:
        condition &= Q(pk__in=_either(Q(search_text__contains=word)))
    for word in words[1:]:
        condition &= Q(search_text__contains=word) | Q(registration__search_text__contains=word)
    return condition


def _either(condition: Q) -> QuerySet[Any, Any]:
    """The numbers of delegates who meet ``condition``, or whose registration does."""
    rows = Delegate.objects.order_by()
    theirs = Registration.objects.order_by().filter(condition).values("pk")
    return rows.filter(condition).values("pk").union(rows.filter(registration__in=theirs).values("pk"))
