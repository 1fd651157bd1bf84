"""Two people at the same page: what one of them did not touch stays as the other has stored it."""

from collections.abc import Mapping
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
        carried = [name for name in cleaned if self[name].html_initial_name in self.data] if self.stored else []
        for name in carried:
            bound, field = self[name], self.fields[name]
            kept = "" if self.stored.get(name) is None else field.prepare_value(self.stored[name])
            drawn = field.prepare_value(self.data[bound.html_initial_name])
            if str(kept) == str(drawn):
                continue
            if name not in changed:
                try:
                    cleaned[name] = field.clean(kept)
                except ValidationError:
                    # It was stored under another rule; what was drawn passes.
                    continue
            elif field.has_changed(field.to_python(kept), bound.data):
                self.data = self.data.copy()
                self.data[bound.html_initial_name] = kept
                words = _("Meanwhile somebody has stored “%(value)s” here. Press the button again to store yours.")
                self.add_error(name, words % {"value": _shown(field, kept)})
        return cleaned


def _shown(field: forms.Field, value: Any) -> str:
    choices = {str(key): str(label) for key, label in getattr(field, "choices", ())}
    return choices.get(str(value), str(value)) or "–"
