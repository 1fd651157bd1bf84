"""Rows that are asked for by one value all the time, such as the link that was opened.

Django takes several times as long to compose a statement over five tables as PostgreSQL to answer it. A ``LookUp``
composes it once for the process, and has PostgreSQL plan it once for the connection.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from django.db import connection, models
from django.db.models.base import ModelState
from django.db.models.lookups import Lookup
from django.db.models.query import get_related_populators
from django.db.models.signals import post_init, pre_init
from phonenumber_field.modelfields import PhoneNumberField

from common.phones import stored_phone
from common.round_trips import RoundTrip

_Row = TypeVar("_Row", bound=models.Model)
_Value = TypeVar("_Value", bound=str | int | list[int])

#: What stands for the value while the statement is composed: no row has it, and no queryset says it by itself.
_SAMPLES: dict[type, Any] = {
    str: "the value of a look-up",
    int: 7_046_029_254_386_353_131,
    list: [7_046_029_254_386_353_131],
}


class Among(Lookup):
    """The condition that a column holds one of ``numbers``: ``filter(Among(F("pk"), numbers))``.

    ``pk__in`` is another statement for each length of its list; this one says the same for all, so that it can be
    composed and planned once.
    """

    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, parameters = self.process_lhs(compiler, connection)
        condition = "= ANY(%s)" if connection.vendor == "postgresql" else "IN (SELECT value FROM json_each(%s))"
        return f"{column} {condition}", (*parameters, _as_sent(self.rhs))


def _as_sent(value: Any) -> Any:
    """``value`` as the driver takes it; SQLite has no lists but those of JSON."""
    return json.dumps(value) if isinstance(value, list) and connection.vendor != "postgresql" else value


def columns(of_rows: Mapping[str, str]) -> list[str]:
    """The names for ``defer``: those of each row, apart by spaces, by its relation; "" is the row itself."""
    return [f"{row}__{name}" if row else name for row, names in of_rows.items() for name in names.split()]


class LookUp(Generic[_Row, _Value]):
    """The rows of the queryset ``compose(value)``, which must differ by nothing but that one value.

    A list of numbers is one value, too: see ``Among``.

    They are as the queryset would give them: with related rows and annotations, without the deferred fields.
    """

    def __init__(self, compose: Callable[[_Value], models.QuerySet[_Row]]) -> None:
        self._compose = compose
        #: The statement, and which of its parameters is the value.
        self._composed: tuple[_Statement[_Row], int] | None = None

    def rows(self, value: _Value, *, after: RoundTrip | None = None) -> list[_Row]:
        """All rows for ``value``. One statement; ``after`` is sent with it."""
        if self._composed is None:
            sample = _SAMPLES[type(value)]
            statement = _Statement(self._compose(sample))
            self._composed = statement, statement.parameters.index(_as_sent(sample))
        statement, place = self._composed
        parameters = [*statement.parameters]
        parameters[place] = _as_sent(value)
        return statement.made_of((after or RoundTrip()).fetch_planned(statement.sql, parameters))

    def first(self, value: _Value, *, after: RoundTrip | None = None) -> _Row | None:
        """The first row for ``value``; None if there is none. One statement; ``after`` is sent with it."""
        return next(iter(self.rows(value, after=after)), None)


def _phone(text: str | None, *_column: Any) -> Any:
    return stored_phone(text)


def _quicker(converter: Any) -> Any:
    """``converter``, which reads the values of a column, or one that gives out the same in less time."""
    return _phone if getattr(converter, "__func__", None) is PhoneNumberField.from_db_value else converter


class _Maker:
    """Makes rows of ``model`` of what the database has, as its own ``from_db`` does in three times as long.

    Django asks for each column whether it was deferred, and sets it as an assignment would. Values that come from the
    database through the converters of their fields are what an assignment leaves. A model that looks after more says
    it in ``has_been_loaded``, or it is left to its ``from_db``.
    """

    def __init__(self, model: type[models.Model]) -> None:
        self._model = model
        self._loaded = getattr(model, "has_been_loaded", None)
        has_usual_init = model.__init__ is models.Model.__init__ or getattr(model, "INIT_IS_FOR_NEW_ROWS", False)
        is_usual = model.from_db.__func__ is models.Model.from_db.__func__  # type: ignore[attr-defined]
        has_listeners = pre_init.has_listeners(model) or post_init.has_listeners(model)
        self._is_quick = has_usual_init and (is_usual or self._loaded is not None) and not has_listeners

    def from_db(self, alias: str, names: Sequence[str], values: Sequence[Any]) -> Any:
        """A row with ``values`` in the fields ``names``; the others are fetched when somebody asks for them."""
        if not self._is_quick:
            return self._model.from_db(alias, names, values)
        row = self._model.__new__(self._model)
        state = ModelState()
        state.adding, state.db = False, alias
        held = row.__dict__
        held["_state"] = state
        held.update(zip(names, values, strict=True))
        if self._loaded is not None:
            self._loaded(row)
        return row


def _make_quickly(populators: Sequence[Any]) -> None:
    """Have those that make related rows make them by a ``_Maker``, on all levels."""
    for populator in populators:
        populator.model_cls = _Maker(populator.model_cls)
        _make_quickly(populator.related_populators)


class _Statement(Generic[_Row]):
    """The text of a statement, and how its answer becomes rows; likewise django.db.models.query.ModelIterable."""

    def __init__(self, queryset: models.QuerySet[_Row]) -> None:
        self._compiler: Any = queryset.query.get_compiler(connection=connection)
        self.sql, parameters = self._compiler.as_sql()
        self.parameters: list[Any] = list(parameters)
        select, kind = self._compiler.select, self._compiler.klass_info
        converters = self._compiler.get_converters([column for column, *_ in select])
        self._converters = {
            place: ([_quicker(one) for one in some], column) for place, (some, column) in converters.items()
        }
        self._maker = _Maker(kind["model"])
        self._first, self._end = kind["select_fields"][0], kind["select_fields"][-1] + 1
        self._names = [column.target.attname for column, *_ in select[self._first : self._end]]
        # The stubs describe Django 6.1, which hands in one argument more.
        self._related = get_related_populators(kind, select, connection.alias)  # type: ignore[call-arg]
        _make_quickly(self._related)
        self._annotations = dict(self._compiler.annotation_col_map or {})

    def made_of(self, answer: Any) -> list[_Row]:
        """The rows whose columns PostgreSQL or SQLite has answered."""
        if self._converters:
            answer = self._compiler.apply_converters(answer, self._converters)
        return [self._row(values) for values in answer]

    def _row(self, values: Sequence[Any]) -> _Row:
        row: _Row = self._maker.from_db(connection.alias, self._names, values[self._first : self._end])
        for related in self._related:
            related.populate(values, row)
        for name, place in self._annotations.items():
            setattr(row, name, values[place])
        return row


class Returned(Generic[_Row]):
    """Rows of ``model`` as a statement of one's own gives them back: it ends with ``RETURNING`` and ``columns``."""

    def __init__(self, model: type[_Row]) -> None:
        self._model = model
        self.columns = ", ".join(f"{model._meta.db_table}.{field.column}" for field in model._meta.concrete_fields)
        self._statement: _Statement[_Row] | None = None

    def rows(self, sql: str, values: Sequence[Any]) -> list[_Row]:
        """The rows that ``sql`` gives back. It is planned anew each time."""
        if self._statement is None:
            self._statement = _Statement(self._model._default_manager.order_by())
        return self._statement.made_of(RoundTrip().fetch(sql, values))
