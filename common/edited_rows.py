"""Forms about rows of the database that two people may change at the same time: they write what was changed."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.db import transaction
from django.forms.models import model_to_dict
from django.http import Http404

from common.edit_conflicts import MergingForm, digest_of

# The stubs give a type argument to Django's class, which has none.
if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[Any]
else:
    _ModelForm = forms.ModelForm


class MergingModelForm(MergingForm, _ModelForm):
    """A form about a row of the database. Saved, it writes the columns that its reader has changed, and no other."""

    #: Whether it puts together what two have changed; an earlier version that is brought back replaces everything.
    merges = True
    #: Whether a form for a new row carries what it is drawn with: where somebody else may make the same row meanwhile.
    carries_new = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_new = self.instance._state.adding
        if self.merges and (not self.is_new or self.carries_new):
            self.carry_drawn(self._read_stored() if kwargs.get("initial") else dict(self.initial))

    def _read_stored(self) -> dict[str, Any]:
        return model_to_dict(self.instance, self._meta.fields, self._meta.exclude)

    def was_drawn_empty(self) -> None:
        """Count as drawn for a new row, although ``instance`` is one that somebody has made meanwhile."""
        if self.add_prefix("drawn") not in self.data:
            empty = model_to_dict(type(self.instance)(), self._meta.fields, self._meta.exclude)
            self.drawn = {name: digest_of(name, self.fields[name], empty.get(name)) for name in self._carried_names()}

    @property
    def writes_part(self) -> bool:
        """Whether only a part of the row is written."""
        return self.merges and not self.is_new

    def full_clean(self) -> None:
        if self.is_bound and self.writes_part:
            self._read_anew()
        super().full_clean()

    def _read_anew(self) -> None:
        """Read the row under a lock if it is about to be changed: whoever stores at the same moment is seen as well."""
        rows = type(self.instance)._base_manager
        if not transaction.get_connection(rows.db).in_atomic_block or not self.has_changed():
            return
        fresh = rows.select_for_update(no_key=True).filter(pk=self.instance.pk).first()
        if fresh is None:
            # Deleted in this very moment, after the page had found it.
            raise Http404
        for field in self.instance._meta.concrete_fields:
            value = getattr(fresh, field.attname)
            if value != getattr(self.instance, field.attname):
                setattr(self.instance, field.attname, value)
        if (now := self._read_stored()) != dict(self.stored):
            self.stored = now
            self.__dict__.pop("changed_data", None)

    def _post_clean(self) -> None:
        if not self.writes_part:
            super()._post_clean()  # type: ignore[misc]
            return
        # What its reader has not changed stays in the instance as it was read: neither cleaned nor cut to the minute.
        cleaned = self.cleaned_data
        self.cleaned_data = self._changed_part()
        super()._post_clean()  # type: ignore[misc]
        self.cleaned_data = {name: value for name, value in cleaned.items() if name not in self._errors}

    def _changed_part(self) -> dict[str, Any]:
        changed = set(self.changed_data)
        return {name: value for name, value in self.cleaned_data.items() if name in changed}

    def save(self, commit: bool = True) -> Any:
        if not (commit and self.writes_part):
            return super().save(commit)
        super().save(commit=False)
        self.save_changed()
        self._save_m2m()
        return self.instance

    save.alters_data = True  # type: ignore[attr-defined]

    @property
    def changed_columns(self) -> list[str]:
        """The names of the columns that are written."""
        changed = set(self.changed_data)
        columns = self.instance._meta.concrete_fields
        return [field.name for field in columns if field.name in changed and not field.primary_key]

    def save_changed(self, *also: str) -> None:
        """Write the columns that have changed, if there are any, and with them those called ``also``."""
        if columns := self.changed_columns:
            self.instance.save(update_fields=[*columns, *also])

    def _save_m2m(self) -> None:
        if not self.writes_part:
            super()._save_m2m()  # type: ignore[misc]
            return
        cleaned, self.cleaned_data = self.cleaned_data, self._changed_part()
        super()._save_m2m()  # type: ignore[misc]
        self.cleaned_data = cleaned
