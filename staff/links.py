"""Addresses of lists of the administration that are filtered to a conference or a bridge point."""

from collections.abc import Callable
from functools import partial

from django.db.models import Model
from django.urls import reverse


def list_link(name: str, lookup: str) -> Callable[[Model], str]:
    """Makes the address of the admin list ``name`` filtered to an object by ``lookup``, for columns of links."""

    def address(name: str, lookup: str, obj: Model) -> str:
        return f"{reverse(name)}?{lookup}={obj.pk}"

    return partial(address, name, lookup)
