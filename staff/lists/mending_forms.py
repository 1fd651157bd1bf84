"""The forms with which a list is put right in its preview: headings, bridge points, single rows."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms.utils import ErrorDict
from django.utils.translation import gettext, gettext_lazy, ngettext

from common.fields import LineField
from lists import headings, mending
from lists.models import ImportJob
from lists.people.columns import Column, plain
from lists.people.plan import LEFT_OUT
from lists.reading import unknown_field

#: The number of a point that is none.
_NOWHERE = ""
#: Two parts of one name: asked for where the list has them.
_PARTS_OF_NAMES = {"last_name", "first_name"}


def _point_choices(job: ImportJob, empty: str) -> list[tuple[str, str]]:
    points = job.conference.bridge_points.all()
    return [(_NOWHERE, empty), *((str(point.pk), point.label) for point in points)]


def _place_name(text: str) -> str:
    """The name of the field for ``text``, as ``plain`` writes it: words and spaces."""
    return f"place-{text.replace(' ', '-')}"


class SettleForm(forms.Form):
    """What unknown headings mean, and where rows go that name no bridge point, or one that there is not."""

    default_point = forms.ChoiceField(label=gettext_lazy("Bridge point of rows that name none"), required=False)

    def __init__(self, job: ImportJob, data: Any = None) -> None:
        super().__init__(data, label_suffix="")
        self._job = job
        self._add_headings()
        if job.kind == ImportJob.Kind.PEOPLE:
            self._add_places()
        else:
            del self.fields["default_point"]

    def _add_headings(self) -> None:
        unknown, meant = self._job.options.get("unknown") or {}, self._job.options.get("meant") or {}
        taken = self._job.options.get("fields") or []
        columns = [c for c in headings.columns_of(self._job.conference, self._job.kind) if c.field not in taken]
        choices = [("", gettext("not needed")), *((column.field, column.label) for column in columns)]
        for index, heading in unknown.items():
            self.fields[f"heading-{index}"] = forms.ChoiceField(
                label=heading,
                choices=choices,
                required=False,
                initial=meant.get(index, ""),
                help_text=self._example(unknown_field(int(index))),
            )

    def _example(self, field: str) -> str:
        """The first text that stands in the column, to see what it is about."""
        text = next((cells[field] for _line, cells in self._job.rows if cells.get(field)), "")
        return gettext("Such as: %(text)s") % {"text": text[:60]} if text else ""

    def _add_places(self) -> None:
        options = self._job.options
        choices = _point_choices(self._job, gettext("none: such rows are refused"))
        default: Any = self.fields["default_point"]
        default.choices, default.initial = choices, str(options.get("default_point") or "")
        counts = {plain(text): (text, count) for text, count in options.get("lost") or []}
        for text, point in (options.get("places") or {}).items():
            counts.setdefault(text, (text, 0))
            self.initial[_place_name(text)] = str(point)
        for key, (text, count) in counts.items():
            rows = f" ({ngettext('%(count)d row', '%(count)d rows', count) % {'count': count}})" if count else ""
            self.fields[_place_name(key)] = forms.ChoiceField(
                label=f"“{text[:80]}”{rows}", choices=choices, required=False
            )

    def _named(self, prefix: str) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith(prefix)]

    @property
    def heading_fields(self) -> list[forms.BoundField]:
        """One for each heading that is none of ours."""
        return self._named("heading-")

    @property
    def place_fields(self) -> list[forms.BoundField]:
        """One for each text that names no bridge point."""
        return self._named("place-")

    @property
    def is_open(self) -> bool:
        """Whether there is something that nobody has said a word about."""
        options = self._job.options
        unsaid = set(options.get("unknown") or {}) - set(options.get("meant") or {})
        return bool(self.errors or unsaid or options.get("lost") or options.get("without_point"))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        seen: set[str] = set()
        for name, field in [(name, cleaned[name]) for name in cleaned if name.startswith("heading-") and cleaned[name]]:
            if field in seen:
                self.add_error(name, gettext("Another column is this already."))
            seen.add(field)
        return cleaned

    def settled(self) -> mending.Settled:
        """What a valid form says."""
        data = self.cleaned_data
        points = {name[len("place-") :].replace("-", " "): data[name] for name in data if name.startswith("place-")}
        default = data.get("default_point")
        return mending.Settled(
            meant={name.removeprefix("heading-"): data[name] for name in data if name.startswith("heading-")},
            places={text: int(point) if point else None for text, point in points.items()},
            default_point=int(default) if default else None,
        )


class RowForm(forms.Form):
    """One row of a list. It knows what its reader saw, so that it writes no more than they changed."""

    def __init__(self, job: ImportJob, cells: dict[str, str], wrong: Mapping[str, str], data: Any = None) -> None:
        super().__init__(data)
        self._cells = cells
        for column in _columns(job, cells):
            self.fields[column.field] = self._field(job, column)
            self.initial[column.field] = cells.get(column.field, "")
        self.fields[LEFT_OUT] = forms.BooleanField(
            label=gettext("Leave this row out"), required=False, show_hidden_initial=True
        )
        self.initial[LEFT_OUT] = bool(cells.get(LEFT_OUT))
        if data is None:
            self._say(wrong)

    def _field(self, job: ImportJob, column: Column) -> forms.Field:
        common: dict[str, Any] = {"label": str(column.label), "required": False, "show_hidden_initial": True}
        if column.field == "point":
            choices = _point_choices(job, gettext("none, or as chosen for the whole list"))
            known = [(point.label, point.label) for point in job.conference.bridge_points.all()]
            typed = self._cells.get("point", "")
            others = [(typed, gettext("as typed: %(text)s") % {"text": typed})]
            names = [choices[0], *known, *(others if typed and typed not in dict(known) else [])]
            return forms.ChoiceField(choices=names, **common)
        return LineField(max_length=column.length, **common)

    def _say(self, wrong: Mapping[str, str]) -> None:
        """Let each field that is to blame for the refusal say why, before anybody has typed."""
        told = {name: why for name, why in wrong.items() if name in self.fields}
        self._errors = ErrorDict(
            {name: self.error_class([why], field_id=self[name].auto_id) for name, why in told.items()}
        )
        for name in list(told)[:1]:
            self.fields[name].widget.attrs["autofocus"] = True

    def before_and_after(self) -> tuple[dict[str, str], dict[str, str]]:
        """What the reader saw in the fields that they changed, and what they wrote there."""
        before, after = {}, {}
        for name in self.changed_data:
            hidden = self.data.get(self.add_initial_prefix(name), "")
            if name == LEFT_OUT:
                before[name], after[name] = ("1" if hidden == "True" else ""), ("1" if self.cleaned_data[name] else "")
            else:
                before[name], after[name] = hidden, self.cleaned_data[name]
        return before, after


def _columns(job: ImportJob, cells: dict[str, str]) -> list[Column]:
    """The columns of a row that can be mended: all that there are, and parts of names where the list has them."""
    found = set(job.options.get("fields") or []) | set((job.options.get("meant") or {}).values()) | set(cells)
    hidden = _PARTS_OF_NAMES - found
    if "full_name" not in found and not hidden:
        hidden = {"full_name"}
    return [c for c in headings.columns_of(job.conference, job.kind) if c.field not in hidden]
