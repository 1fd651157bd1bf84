"""What the page of a row's history says of each version: what has changed, in words."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.contrib.admin.utils import display_for_field
from django.utils.text import capfirst
from django.utils.translation import gettext
from simple_history.models import DeletedObject
from simple_history.template_utils import HistoricalRecordContextHelper


class ChangesInWords(HistoricalRecordContextHelper):
    """What has changed, as the rest of the administration writes it: times of here, yes and no, names of choices."""

    def context_for_delta_changes(self, delta: Any) -> list[dict[str, Any]]:
        """The changes that somebody can see: a browser writes line ends in its own way, which is no change."""
        changes = [change for change in delta.changes if same_lines(change.old) != same_lines(change.new)]
        shown = super().context_for_delta_changes(replace(delta, changes=changes))
        # A moment that differs by seconds reads the same; of two points with one name it matters that they are two.
        relations = {capfirst(field.verbose_name) for field in self.model._meta.fields if field.is_relation}
        return [one for one in shown if one["old"] != one["new"] or one["field"] in relations]

    def prepare_delta_change_value(self, change: Any, value: Any) -> Any:
        field = self.model._meta.get_field(change.field)
        if isinstance(value, bool):
            return gettext("yes") if value else gettext("no")
        if isinstance(value, DeletedObject) and value.pk is None:
            # Nothing was chosen; the library takes it for something deleted.
            return "–"
        if field.is_relation:
            return super().prepare_delta_change_value(change, value)
        return display_for_field(value, field, "–")


def same_lines(value: Any) -> Any:
    """What two values have in common that read the same: of a text its lines without what ends them."""
    return [line.rstrip() for line in value.strip().splitlines()] if isinstance(value, str) else value


def mark_empty(records: Sequence[Any]) -> None:
    """Set ``is_empty`` on each of ``records``: a version in which nothing has changed and for which no reason is given.

    Of the last on a page it is not known what has changed: it is shown.
    """
    for record in records:
        changes = getattr(record, "history_delta_changes", None)
        record.is_empty = changes == [] and record.history_type == "~" and not record.history_change_reason
