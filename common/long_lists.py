"""Pages of lists that may have a hundred thousand rows."""

from typing import TYPE_CHECKING, Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

if TYPE_CHECKING:
    # Generic in the stubs alone.
    _Paginator = Paginator[Any]
else:
    _Paginator = Paginator


class LongPaginator(_Paginator):
    """Finds the numbers of the rows of a page first, and fetches only those with all that belongs to them.

    Otherwise the database would put together every row before the page, to throw it away. A page of the second half is
    counted from the end. For rows of a model in a total order, without annotations: what is annotated here is lost.
    """

    def page(self, number: int | str) -> "Page[Any]":
        """The page; its rows are a queryset.

        Raises:
            InvalidPage: there is no such page.
        """
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        return Page(self._rows(first, min(first + self.per_page, self.count)), number, self)

    def _rows(self, first: int, last: int) -> QuerySet[Any]:
        found: Any = self.object_list
        from_the_end = slice(self.count - last, self.count - first)
        keys = found[first:last] if first <= self.count // 2 else found.reverse()[from_the_end]
        rows: QuerySet[Any] = found.model._default_manager.filter(pk__in=keys.values("pk")).order_by(*_order(found))
        rows.query.select_related = found.query.select_related
        return rows


def _order(rows: QuerySet[Any]) -> tuple[Any, ...]:
    """By what ``rows`` are ordered."""
    return tuple(rows.query.order_by) or tuple(rows.model._meta.ordering)
