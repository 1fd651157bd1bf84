"""Filters beside the lists of the administration."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from conference.models import Conference

#: So many rows are offered to choose from.
MOST = 100


class RelatedFilter(admin.RelatedOnlyFieldListFilter):
    """What the rows of a list belong to: a conference, a bridge point.

    A link that names one filters by it, whatever else is in the list: Django's own filter is left out, together with
    what the link says, where there is nothing to choose between.
    """

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[Any]:
        """Of conferences those nearest to today: nobody reads a thousand, and the others link to their lists."""
        if field.remote_field.model is not Conference:
            return list(super().field_choices(field, request, model_admin))
        now, half = timezone.now(), MOST // 2
        named = model_admin.get_queryset(request).order_by().values(self.field_path)
        found = Conference.objects.filter(pk__in=named)
        near = [*reversed(found.upcoming(now)[:half]), *found.archive(now)[:half]]
        return [(conference.pk, str(conference)) for conference in near]

    def __init__(self, field: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(field, request, *args, **kwargs)
        self.lookup_choices = self._with_chosen(self.lookup_choices, field, request)

    def has_output(self) -> bool:
        return bool(self.used_parameters) or super().has_output()

    def _with_chosen(self, choices: Any, field: Any, request: HttpRequest) -> list[tuple[Any, Any]]:
        """``choices``, and what is chosen where it is not among them: nothing of it is in the list yet."""
        offered = list(choices)
        known = {str(pk) for pk, _label in offered}
        missing = [pk for pk in self.lookup_val or () if pk.isdecimal() and len(pk) < 19 and pk not in known]
        manager = field.remote_field.model._default_manager
        if not missing or not hasattr(manager.all(), "run_by"):
            return offered
        rows: QuerySet[Any] = manager.run_by(request.user).filter(pk__in=missing)
        return offered + [(row.pk, str(row)) for row in rows]
