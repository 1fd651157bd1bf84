"""Two people at the same page: what one of them did not touch stays as the other has stored it."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _


class DrawnField(forms.BoundField):
    """A field that can be asked for what goes back with it: the value with which it was drawn."""

    @property
    def drawn(self) -> SafeString | str:
        """The hidden input of that value, for templates that write the field out themselves."""
        return self.as_hidden(only_initial=True) if self.field.show_hidden_initial else ""


class MergingForm:
    """A form about something stored. Each field carries the value with which it was drawn.

    Who changes nothing in a field leaves it as it is stored now. A field that two have changed is shown with what the
    other stored; sent once more, it is stored as it stands.
    """

    bound_field_class = DrawnField
    #: What is stored now, as the fields are drawn with it; nothing in a row for somebody new.
    stored: Mapping[str, Any] = MappingProxyType({})

    def carry_drawn(self, stored: Mapping[str, Any]) -> None:
        """Have each field that is seen carry what it is drawn with; to be called when all fields are there."""
        self.stored = stored
        for field in self.fields.values():
            field.show_hidden_initial = not field.widget.is_hidden

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        cleaned = self.cleaned_data if cleaned is None else cleaned
        changed = set(self.changed_data)
        for name in self._stored_otherwise(cleaned):
            if name in changed:
                self._refuse_overwriting(name)
            else:
                self._keep_stored(name, cleaned)
        return cleaned

    def _stored_otherwise(self, names: Iterable[str]) -> list[str]:
        """Those of the fields ``names`` that somebody else has stored since they were drawn."""
        if not self.stored:
            return []
        carried = [name for name in names if self[name].html_initial_name in self.data]
        return [name for name in carried if str(self._value_now(name)) != str(self._value_drawn(name))]

    def _value_now(self, name: str) -> Any:
        """What is stored now, as the field ``name`` would be drawn."""
        stored = self.stored.get(name)
        return "" if stored is None else self.fields[name].prepare_value(stored)

    def _value_drawn(self, name: str) -> Any:
        return self.fields[name].prepare_value(self.data[self[name].html_initial_name])

    def _keep_stored(self, name: str, cleaned: dict[str, Any]) -> None:
        """Take what somebody else has stored, unless it was stored under another rule and does not pass now."""
        with suppress(ValidationError):
            cleaned[name] = self.fields[name].clean(self._value_now(name))

    def _refuse_overwriting(self, name: str) -> None:
        """Complain about a field that both have changed; sent once more, it counts as drawn with what is stored now."""
        bound, field, now = self[name], self.fields[name], self._value_now(name)
        if not field.has_changed(field.to_python(now), bound.data):
            return
        self.data = self.data.copy()
        self.data[bound.html_initial_name] = now
        words = _("Meanwhile somebody has stored “%(value)s” here. Press the button again to store yours.")
        self.add_error(name, words % {"value": _value_words(field, now)})


def _value_words(field: forms.Field, value: Any) -> str:
    """``value`` of ``field`` as people see it."""
    choices = {str(key): str(label) for key, label in getattr(field, "choices", ())}
    return choices.get(str(value), str(value)) or "–"
