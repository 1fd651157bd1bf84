"""What the forms of this room share: fields that several have, looks, rows that grow."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from textwrap import shorten
from types import new_class
from typing import Any, Self

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import ErrorDict
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from common.fields import LineField, PhoneField, refuse_web_address
from registrations.models import Organisation

#: Where an error stands ("" if it is about the whole form), and what it says.
Problem = tuple[str, str]

KINDS = [("", _("Please choose")), *((value, capfirst(label)) for value, label in Organisation.Kind.choices)]


def name_field(**options: Any) -> LineField:
    """The full name of a person."""
    widget = forms.TextInput(attrs={"autocomplete": "name"})
    fixed = {"label": _("Full name"), "max_length": 150, "widget": widget, "validators": [refuse_web_address]}
    return LineField(**{**fixed, **options})


def position_field(**options: Any) -> LineField:
    """What a person is in their organisation."""
    widget = forms.TextInput(attrs={"autocomplete": "organization-title"})
    fixed = {"label": _("Position"), "max_length": 150, "widget": widget, "validators": [refuse_web_address]}
    return LineField(**{"required": False, **fixed, **options})


def phone_field(**options: Any) -> PhoneField:
    """A phone number as people write it."""
    return PhoneField(
        label=_("Phone"),
        region="VN",
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
        **options,
    )


def tax_code_field() -> LineField:
    """The tax code, which small producers have not."""
    return LineField(
        label=_("Tax code"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


YES, NO = "yes", "no"


def same_person_field() -> forms.ChoiceField:
    """Whether somebody whose name was changed is the same person; drawn where it must be asked."""
    return forms.ChoiceField(
        label=_("The same person or another"),
        choices=[
            (YES, _("Yes, only the details are corrected: the personal link stays.")),
            (NO, _("No, somebody else comes: the old link stops working, and the new person gets one.")),
        ],
        required=False,
        widget=forms.RadioSelect,
    )


def same_person_answer(value: str) -> bool | None:
    """What was answered to ``same_person_field``; None: nothing."""
    return {YES: True, NO: False}.get(value)


#: Buttons that have the page drawn anew, as it was typed: another row, another language.
REDRAWS = frozenset({"add_row", "switch_language"})


class CheckingFields(dict[str, forms.Field]):
    """Complete fields of forms that are checked and not drawn: drawing changes fields, so each form copies its own.

    Copying them takes as long as checking them.
    """

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[str, forms.Field]:
        """What Django gives a form: the same fields, in a dictionary of its own."""
        return dict(self)


class StyledForm(forms.Form):
    """Fields with Bootstrap's classes, errors that know where they stand."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.is_only_checked:
            for field in self.fields.values():
                self._style(field)

    @property
    def is_only_checked(self) -> bool:
        """Whether its fields are complete and shared with other forms."""
        return isinstance(self.base_fields, CheckingFields)

    @classmethod
    def only_checked(cls, *args: Any, **kwargs: Any) -> type[Self]:
        """The class of forms that are checked as the one made with these arguments would be; they must not be drawn."""
        kind: type[Self] = new_class(cls.__name__, (cls,))
        kind.base_fields = CheckingFields(cls(*args, **kwargs).fields)
        return kind

    def _clean_fields(self) -> None:
        """As Django does it; a form that is only checked goes without what would draw its fields."""
        if not self.is_only_checked:
            super()._clean_fields()  # type: ignore[misc]
            return
        for name, field in self.fields.items():
            given = field.widget.value_from_datadict(self.data, self.files, self.add_prefix(name))
            try:
                self.cleaned_data[name] = field.clean(given)
                if clean := getattr(self, f"clean_{name}", None):
                    self.cleaned_data[name] = clean()
            except ValidationError as error:
                self.add_error(name, error)

    @staticmethod
    def _style(field: forms.Field) -> None:
        if not isinstance(field.widget, forms.CheckboxInput | forms.CheckboxSelectMultiple | forms.RadioSelect):
            field.widget.attrs.setdefault("class", "form-control")

    def add_field(self, name: str, field: forms.Field) -> None:
        """One more field, known only at the time."""
        self._style(field)
        self.fields[name] = field

    def leave_unchecked(self) -> None:
        """Show the form as it was typed, without complaints."""
        self._errors = ErrorDict()
        self.cleaned_data = {}

    def problems(self, before: str = "") -> list[Problem]:
        """Every error with its place; ``before`` says whose field it is."""
        if not self.is_bound:
            return []
        found: list[Problem] = [("", f"{before}{error}") for error in self.non_field_errors()]
        for name in self.errors:
            if name in self.fields:
                field = self[name]
                found += [(field.auto_id, f"{before}{_named(field)}{error}") for error in field.errors]
        return found


def _named(field: forms.BoundField) -> str:
    """What stands before an error of ``field`` in the list at the top of a page.

    The label of a box to tick is a whole sentence, and its error says all that is needed.
    """
    if isinstance(field.field, forms.BooleanField):
        return ""
    return f"{shorten(str(field.label), 50, placeholder=' …')}: "


def row_values(data: Mapping[str, Any], prefix: str) -> Iterator[tuple[int, str]]:
    """The number of the row, and the value, of each field ``<prefix>-<number>-<field>`` in ``data``."""
    pattern = re.compile(rf"{re.escape(prefix)}-(\d{{1,3}})-")
    for name in data:
        if name.startswith(prefix) and (match := pattern.match(name)):
            yield int(match[1]), str(data[name])


def filled_rows(data: Mapping[str, Any], prefix: str, make: Callable[..., forms.Form]) -> list[Any]:
    """The rows of ``data`` in which something stands; ``make(data, prefix=…)`` makes one."""
    numbers = {number for number, value in row_values(data, prefix) if value.strip()}
    rows = (make(data, prefix=f"{prefix}-{number}") for number in sorted(numbers))
    return [row for row in rows if row.has_changed()]


def blank_rows(data: Mapping[str, Any], prefix: str) -> int:
    """How many rows of ``data`` have nothing in them."""
    typed: dict[int, str] = {}
    for number, value in row_values(data, prefix):
        typed[number] = typed.get(number, "") + value.strip()
    return sum(not text for text in typed.values())


def empty_row(rows: Iterable[forms.Form], prefix: str, make: Callable[..., forms.Form]) -> Any:
    """One more row under ``rows``, with nothing in it."""
    used = [int(str(row.prefix).rsplit("-", 1)[1]) for row in rows]
    return make(None, prefix=f"{prefix}-{max(used, default=-1) + 1}")
