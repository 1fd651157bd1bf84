"""Addresses of lists of the administration that are filtered to a conference or a bridge point, written and read."""

from collections.abc import Callable
from functools import partial
from urllib.parse import parse_qs

from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse


def list_link(name: str, lookup: str) -> Callable[[Model], str]:
    """Makes the address of the admin list ``name`` filtered to an object by ``lookup``, for columns of links."""

    def address(name: str, lookup: str, obj: Model) -> str:
        return f"{reverse(name)}?{lookup}={obj.pk}"

    return partial(address, name, lookup)


def filter_value(request: HttpRequest, lookup: str) -> str:
    """The value of ``lookup`` in the filter of the list from which the page of ``request`` was opened; "" if none."""
    kept = parse_qs(request.GET.get("_changelist_filters", "")[:2000])
    return kept.get(lookup, [""])[0]
