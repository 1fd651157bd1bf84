"""The links of screens in a hall: what a page was opened by, looked for once a request."""

from typing import Generic, TypeVar

from django.db.models import Model
from django.http import Http404, HttpRequest

from common.lookups import LookUp
from registrations.tokens import fingerprint

_Row = TypeVar("_Row", bound=Model)


class ScreenLink(Generic[_Row]):
    """Finds the row of ``model``, which has a link and a conference, by the token of that link."""

    def __init__(self, model: type[_Row]) -> None:
        rows = model._default_manager.select_related("conference").order_by()
        self._by_link = LookUp[_Row, str](lambda token_hash: rows.filter(token_hash=token_hash))
        self._name = f"found_{model._meta.model_name}"

    def row(self, request: HttpRequest, token: str) -> _Row:
        """The row with its conference. One query for each ``request``.

        Raises:
            Http404: there is none, or the link was withdrawn.
        """
        found: _Row | None = getattr(request, self._name, None)
        if found is None:
            found = self._by_link.first(fingerprint(token))
            if found is None:
                raise Http404("No screen has this link.")
            setattr(request, self._name, found)
        return found
