"""Rows that are about to be stored, made in less time than a model takes.

Whoever registers waits for half a dozen of them. ``Model.__init__`` looks at each field for what was given, whether it
was deferred, and what its default is; here that is found out once for a model.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple, TypeVar

from django.db import models
from django.db.models.base import ModelState
from django.db.models.query_utils import DeferredAttribute
from django.db.models.signals import post_init, pre_init

_Row = TypeVar("_Row", bound=models.Model)


class _Plan(NamedTuple):
    """How a row of a model begins."""

    #: By attribute what every row has.
    fixed: dict[str, Any]
    #: By attribute what makes a value for each row: another number, another list.
    made: list[tuple[str, Callable[[], Any]]]
    #: Attributes that are set as they are; others, such as related rows, look after more than themselves.
    plain: frozenset[str]
    #: What else may be given by name: related rows, and fields that look after more than themselves.
    others: frozenset[str]
    #: What the model itself adds to a new row.
    completed: Callable[[Any], None] | None


def new_row(model: type[_Row], **values: Any) -> _Row:
    """The same as ``model(**values)``; of a model with an ``__init__`` of its own, ``complete_new`` does its work.

    Raises:
        TypeError: ``model`` cannot be made so, or has no such field.
    """
    plan = _plan(model)
    row = model.__new__(model)
    held = row.__dict__
    held["_state"] = ModelState()
    held.update(plan.fixed)
    for name, make in plan.made:
        held[name] = values[name] if name in values else make()
    for name, value in values.items():
        if name in plan.plain:
            held[name] = value
        elif name in plan.others:
            setattr(row, name, value)
        else:
            raise TypeError(f"{model._meta.label} has no field {name}.")
    if plan.completed is not None:
        plan.completed(row)
    return row


@cache
def _plan(model: type[models.Model]) -> _Plan:
    _refuse_what_does_more(model)
    fields = model._meta.concrete_fields
    made = [(field.attname, field.default) for field in fields if callable(field.default) and field.has_default()]
    names = {name for name, _make in made}
    plain = frozenset(field.attname for field in fields if type(getattr(model, field.attname)) is DeferredAttribute)
    known = {"pk", *(field.name for field in fields), *(field.attname for field in fields)}
    return _Plan(
        {field.attname: field.get_default() for field in fields if field.attname not in names},
        made,
        plain,
        frozenset(known) - plain,
        getattr(model, "complete_new", None),
    )


def _refuse_what_does_more(model: type[models.Model]) -> None:
    has_own_init = model.__init__ is not models.Model.__init__ and not hasattr(model, "complete_new")
    has_listeners = pre_init.has_listeners(model) or post_init.has_listeners(model)
    if has_own_init or has_listeners or any(field.has_db_default() for field in model._meta.concrete_fields):
        raise TypeError(f"{model._meta.label} does more with a new row: make it as Django does.")
