"""Lists and forms of the administration that take what stands in an address for what it is: typed by anybody."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import DataError
from django.db.models import DateTimeField, Field, ManyToManyField, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

if TYPE_CHECKING:
    # What the mixin is mixed into.
    _Admin = admin.ModelAdmin[Any]
else:
    _Admin = object

#: So many digits fit into every column of numbers.
_MAX_DIGITS = 18


def read_number(text: str) -> int | None:
    """The number of a row that stands in ``text``; None if it can be none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS else None


class BrokenValuesMixin(_Admin):
    """For every ModelAdmin: a filter, a suggestion or a chosen row that cannot be is as good as none.

    Django expects these faults while it reads an address, but not from the database, which is asked later.
    """

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        try:
            return super().get_changelist_instance(request)
        except (OverflowError, ValueError, DataError) as error:
            # Django's way with a filter that it does not understand: the list without it.
            raise IncorrectLookupParameters(error) from error

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any], *args: Any) -> HttpResponse | None:
        """Django's answer to an action, but in words if none of the chosen rows is left among those of the user.

        Somebody else may have changed them since the list was drawn, and what is sent may name any row.
        """
        numbers = [read_number(text) for text in request.POST.getlist(ACTION_CHECKBOX_NAME)]
        chosen = queryset
        if request.POST.get("select_across", "0") == "0":
            chosen = queryset.filter(pk__in=[number for number in numbers if number is not None])
        if numbers and (None in numbers or not chosen.exists()):
            words = gettext("None of the rows you chose is in this list any more; nothing was done.")
            self.message_user(request, words, messages.WARNING)
            return None
        return super().response_action(request, queryset, *args)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        given = super().get_changeform_initial_data(request)
        possible = ((name, _read_suggestion(self.model, name, value)) for name, value in given.items())
        return {name: value for name, value in possible if value is not None}


def _read_suggestion(model: type[Model], name: str, value: Any) -> Any:
    """``value`` as the form shows it for the field ``name`` of ``model``; None if it is no value of it."""
    try:
        field = model._meta.get_field(name)
        if isinstance(field, ManyToManyField):
            return [number for number in value if read_number(number) is not None]
        read = field.to_python(value) if isinstance(field, Field) else value
    except FieldDoesNotExist:
        return value
    except (ValidationError, OverflowError):
        return None
    # A date and a time stand in two boxes, which take no text.
    return read if isinstance(field, DateTimeField) else value
