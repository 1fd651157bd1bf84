"""Admin classes that show each staff user their own rows and nothing else.

Which rows, the model's ``run_by(user)`` says; what may be done to them, the role. Everything else is 404:
pages, lists, search, choices of foreign keys, autocomplete, actions and history alike.
"""

from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, cast

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest
from phonenumber_field.modelfields import PhoneNumberField
from simple_history.admin import SimpleHistoryAdmin

from accounts.models import User
from common.fields import PhoneField
from common.search import fold, matching
from conference.models import Conference
from staff.broken_values import BrokenValuesMixin, read_number
from staff.edit_conflicts import MergingAdmin, StaffInlineFormSet, StaffModelForm
from staff.histories import ChangesInWords, mark_empty

if TYPE_CHECKING:
    # What the mixin is mixed into.
    _Admin = admin.options.BaseModelAdmin[Any]
else:
    _Admin = object


def organises(user: User, row: Model) -> bool:
    """Whether ``user`` organises the conference to which ``row`` belongs, or which it is."""
    conference = row.pk if isinstance(row, Conference) else cast(Any, row).conference_id
    return user.is_superuser or Conference.objects.run_by(user).filter(pk=conference).exists()


class ScopedMixin(_Admin):
    """Permissions from roles, rows from ``run_by``.

    A mixin since Django's admins and inlines have no common class of their own that could hold it: ``ScopedAdmin``,
    ``ReadOnlyAdmin`` and every inline of the staff pages ask the same questions in the same way.
    """

    # What a field shows it takes back.
    formfield_overrides: ClassVar[Any] = {PhoneNumberField: {"form_class": PhoneField, "widget": AdminTextInputWidget}}
    #: What an organiser may do with their rows.
    organiser_may: frozenset[str] = frozenset({"view", "add", "change", "delete"})
    #: The same for somebody who runs a bridge point.
    coordinator_may: frozenset[str] = frozenset()

    def role_may(self, user: User, action: str, obj: Model | None = None) -> bool:
        """Whether the role of ``user`` allows ``action`` ("view", "add", "change" or "delete").

        With ``obj`` the role counts by which they see that row: who organises one conference may coordinate a point of
        another, and is no organiser there. Without, it is asked whether any of their roles allows it.
        """
        if action in self.organiser_may and (organises(user, obj) if obj is not None else user.is_organiser):
            return True
        return action in self.coordinator_may and user.coordinated.exists()

    def in_scope(self, user: User, obj: Model) -> bool:
        """Whether ``obj`` is one of the rows of ``user``."""
        rows: QuerySet[Any] = cast(Any, type(obj)._default_manager).run_by(user)
        return rows.filter(pk=obj.pk).exists()

    def _allowed(self, request: HttpRequest, action: str, obj: Model | None) -> bool:
        user = request.user
        if not (user.is_active and user.is_staff):
            return False
        if user.is_superuser:
            return action in self.organiser_may
        # Django asks many times while it draws one page.
        answers = request.__dict__.setdefault("_scope_answers", {})
        key = (type(self), action, type(obj), obj.pk if obj is not None else None)
        if key not in answers:
            saved = obj if obj is not None and obj.pk is not None else None
            answers[key] = self.role_may(user, action, saved) and (saved is None or self.in_scope(user, saved))
        return bool(answers[key])

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._allowed(request, "view", obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._allowed(request, "add", None)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._allowed(request, "change", obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._allowed(request, "delete", obj)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        manager = db_field.remote_field.model._default_manager
        if "queryset" not in kwargs and hasattr(manager.all(), "run_by"):
            kwargs["queryset"] = manager.run_by(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class ScopedInline(ScopedMixin):
    """For every inline of the staff pages: the parent page has checked the row already, so only the role counts.

    Django hands in the row of the parent page, and by that row the role is asked for.
    """

    form: Any = StaffModelForm
    formset: Any = StaffInlineFormSet

    def in_scope(self, user: User, obj: Model) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._allowed(request, "add", obj)


class ScopedAdmin(BrokenValuesMixin, ScopedMixin, SimpleHistoryAdmin, MergingAdmin):
    """A ModelAdmin with history over the rows of the staff user."""

    #: Whether an earlier version can be saved again: not where it would bring old seats, states or drafts back.
    can_revert = True
    object_history_form_template = "staff/version.html"

    def get_historical_record_context_helper(self, request: HttpRequest, historical_record: Any) -> ChangesInWords:
        return ChangesInWords(self.model, historical_record)

    def set_history_delta_changes(self, request: HttpRequest, historical_records: Any, *args: Any, **kw: Any) -> None:
        super().set_history_delta_changes(request, historical_records, *args, **kw)
        mark_empty(historical_records)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: Any = super().get_queryset(request)
        return cast("QuerySet[Any]", rows.run_by(request.user))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> NoReturn:
        raise Http404

    def view_on_site(self, obj: Any) -> str | None:
        """The address of ``obj`` on the site itself; Django's way there does not ask whether the user may see it."""
        return obj.get_absolute_url() if hasattr(obj, "get_absolute_url") else None

    def _require(self, request: HttpRequest, object_id: str) -> None:
        if self.get_object(request, unquote(object_id)) is None:
            raise Http404

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        self._require(request, object_id)
        return super().history_view(request, object_id, extra_context)

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: Any = None
    ) -> Any:
        self._require(request, object_id)
        if read_number(version_id) is None:
            raise Http404
        # The library saves an earlier version for whoever may look at it.
        row = self.get_queryset(request).get(pk=unquote(object_id))
        if request.method == "POST" and not (self.can_revert and self.has_change_permission(request, row)):
            raise PermissionDenied
        cast(Any, request).brings_back = True
        return super().history_form_view(request, object_id, version_id, extra_context)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        if getattr(request, "brings_back", False):
            # An earlier version replaces what is stored as a whole; that is what was asked for.
            return type(form.__name__, (form,), {"merges": False})
        return form

    def revert_disabled(self, request: HttpRequest, obj: Any = None) -> bool:
        return not self.can_revert or super().revert_disabled(request, obj)


class AccentlessSearch:
    """Searches ``search_text``, so that "chi lang" finds "Chi Lăng"; for each admin whose model has that field."""

    # Makes the admin show its search box; the search itself is below.
    search_fields: Any = ("search_text",)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[Any, bool]:
        # Nothing is asked of each row where nobody searches.
        return (queryset.filter(self.search_condition(search_term)) if fold(search_term) else queryset), False

    def search_condition(self, search_term: str) -> Q:
        """What a row must match."""
        return matching(search_term)


class ReadOnlyAdmin(BrokenValuesMixin, ScopedMixin, admin.ModelAdmin):
    """A list without history that staff only look at."""

    organiser_may = frozenset({"view"})
    coordinator_may = frozenset({"view"})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: Any = super().get_queryset(request)
        return cast("QuerySet[Any]", rows.run_by(request.user))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> NoReturn:
        raise Http404
