"""Two people at one page of the administration: its forms, its tables of rows below a form, and what is saved of them.

What a form does by itself, ``common.edit_conflicts`` and ``common.edited_rows`` say. Here stand who changed something
meanwhile and when, rows that were added or deleted meanwhile, and admin classes that write nothing where nothing was
changed.
"""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import flatten_fieldsets
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.forms.utils import ErrorDict
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from accounts.models import User, display_name
from common.edit_conflicts import THEIRS, Change, choice_between, moment_words, shorten
from common.edited_rows import MergingModelForm
from common.fields import CleanTextFormMixin

#: So far back it is looked who changed something.
_VERSIONS = 50


def change_from_history(row: Model, name: str) -> Change | None:
    """Who gave the column ``name`` of ``row`` its present value, and when, as far as its history says."""
    history: Any = getattr(type(row), "history", None)
    if history is None or name not in {field.name for field in history.model._meta.fields}:
        return None
    attname = cast(Any, row._meta.get_field(name)).attname
    since = None
    versions = history.filter(**{row._meta.pk.attname: row.pk}).select_related("history_user")
    for version in versions.order_by("-history_id")[:_VERSIONS]:
        if getattr(version, attname) != getattr(row, attname):
            break
        since = version
    return Change(_name_of(since.history_user), since.history_date) if since else None


def change_from_log(page_of: Model, what: str) -> Change | None:
    """Who last changed something called ``what`` on the page of ``page_of``, as far as the administration's log says.

    ``what``: the untranslated name of a model whose rows stand on that page.
    """
    content_type = ContentType.objects.get_for_model(page_of)
    log = LogEntry.objects.filter(content_type=content_type, object_id=str(page_of.pk)).select_related("user")
    for entry in log.order_by("-action_time", "-pk")[:_VERSIONS]:
        if what in _models_in(entry.change_message):
            return Change(_name_of(entry.user), entry.action_time)
    return None


def _models_in(change_message: str) -> set[str]:
    """The names of the models whose rows a message of the log speaks of."""
    try:
        parts = json.loads(change_message)
    except ValueError:
        return set()
    details = (detail for part in parts if isinstance(part, dict) for detail in part.values())
    return {str(detail["name"]) for detail in details if isinstance(detail, dict) and "name" in detail}


def _name_of(user: User | None) -> str:
    return display_name(user) if user else gettext("Somebody who was not signed in")


class StaffModelForm(CleanTextFormMixin, MergingModelForm):
    """The form of a row, on a page of its own or in a table below another."""

    #: The row on whose page this one stands; None if that is its own.
    page_of: Model | None = None
    #: Whether somebody has deleted the row since it was drawn.
    is_gone = False
    #: Whether the row can come back from this page.
    can_be_added_again = True
    _asks_about_row = False

    def last_change(self, name: str) -> Change | None:
        return change_from_history(self.instance, name) or self._last_change_of_page()

    def _last_change_of_page(self) -> Change | None:
        with override(None):
            what = str(self.instance._meta.verbose_name)
        return change_from_log(self.page_of, what) if self.page_of is not None and self.page_of.pk else None

    # --- a row that is gone -------------------------------------------------------------------------------------------

    @property
    def _row_choice(self) -> str:
        return self.add_prefix("row-keep")

    @property
    def is_added_again(self) -> bool:
        """Whether the row is gone, and its reader, asked, wants it back."""
        is_answered = self._row_choice in self.data and self.data[self._row_choice] != THEIRS
        return self.is_gone and self.can_be_added_again and is_answered

    def merge(self) -> None:
        if not self.is_gone:
            super().merge()

    def full_clean(self) -> None:
        super().full_clean()
        if not self.is_gone or self.is_added_again:
            return
        self._errors = ErrorDict()
        if self.has_changed() and self._row_choice not in self.data:
            self._asks_about_row = True
            self.add_error(None, self._gone_words())

    def _gone_words(self) -> str:
        if not self.can_be_added_again:
            return gettext("This line has been deleted meanwhile. Press the button again to store the rest.")
        if change := self._last_change_of_page():
            words = gettext("%(who)s deleted this line at %(when)s. Choose what stays, and press the button again.")
            return words % {"who": change.who, "when": moment_words(change.at)}
        return gettext("Meanwhile somebody has deleted this line. Choose what stays, and press the button again.")

    def choice(self, name: str) -> SafeString | str:
        if not self._asks_about_row or self.fields[name].widget.is_hidden:
            return super().choice(name)
        # With the first field that is seen.
        self._asks_about_row = False
        if not self.can_be_added_again:
            return format_html('<input type="hidden" name="{}" value="{}">', self._row_choice, THEIRS)
        return choice_between(self._row_choice, gettext("Add the line again"), gettext("Leave it deleted"))


if TYPE_CHECKING:
    # The stubs leave out what Django lets formsets override.
    class _InlineFormSet(forms.BaseInlineFormSet):
        model: Any
        _pk_field: Any

        def _construct_form(self, i: int, **kwargs: Any) -> Any: ...
        def _existing_object(self, pk: Any) -> Any: ...

else:
    _InlineFormSet = forms.BaseInlineFormSet


class StaffInlineFormSet(_InlineFormSet):
    """Rows below a form: those that were added meanwhile stay, those that were deleted meanwhile do not come back."""

    def _construct_form(self, i: int, **kwargs: Any) -> Any:
        is_new = i >= self.initial_form_count()
        adopted = self._row_added_meanwhile() if is_new and self.is_bound else None
        if adopted is not None:
            kwargs["instance"] = adopted
        form = super()._construct_form(i, **kwargs)
        if isinstance(form, StaffModelForm):
            form.page_of = self.instance
            if adopted is not None:
                form.was_drawn_empty()
                form.fields[self._pk_field.name].initial = None
            if self.is_bound and not is_new and form.instance._state.adding:
                self._let_go(form)
        return form

    def _row_added_meanwhile(self) -> Model | None:
        """Where a page has one such row: the one that somebody added after this page was drawn."""
        return next(iter(self.get_queryset()), None) if self.fk.unique and not self.initial_form_count() else None

    def _let_go(self, form: StaffModelForm) -> None:
        form.is_gone = True
        form.empty_permitted = True
        form.carry_drawn(form._read_stored())
        # Its number names nothing any more.
        name = self._pk_field.name
        number = form.data.get(form.add_prefix(name))
        form.fields[name] = forms.CharField(required=False, widget=forms.HiddenInput, initial=number)

    def _existing_object(self, pk: Any) -> Any:
        # A table that shows a part of the rows may show another part by now.
        found = super()._existing_object(pk)
        if found is None and pk is not None and self.instance.pk:
            found = self.model._default_manager.filter(pk=pk, **{self.fk.name: self.instance}).first()
        return found

    def get_queryset(self) -> Any:
        # The pages of the administration pair the forms with these; rows may have come and gone since they were drawn.
        if self.is_bound and "forms" in self.__dict__:
            return [form.instance for form in self.initial_forms]
        return super().get_queryset()

    def clean(self) -> None:
        super().clean()
        for form in self.deleted_forms:
            if isinstance(form, StaffModelForm) and not form.is_gone and (names := form.changed_meanwhile()):
                raise ValidationError(_changed_words(form, names))

    def save_new_objects(self, commit: bool = True) -> Any:
        added = super().save_new_objects(commit)
        for form in self.initial_forms:
            if getattr(form, "is_added_again", False) and form not in self.deleted_forms:
                added.append(self.save_new(form, commit=commit))
        return added


def _changed_words(form: StaffModelForm, names: list[str]) -> str:
    """That a row that is to be deleted was changed meanwhile, and how."""
    values = (f"{form.fields[name].label}: {shorten(form.words_now(name))}" for name in names)
    facts = {"row": str(form.instance), "values": "; ".join(values)}
    words = _("“%(row)s” was changed meanwhile (%(values)s). Press the button again to delete it all the same.")
    return words % facts


class MergingAdmin(admin.ModelAdmin):
    """A ModelAdmin that writes what was changed, and nothing where nothing was."""

    form = StaffModelForm

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change and getattr(form, "writes_part", False):
            form.save_changed()
        elif change and getattr(request, "brings_back", False):
            # What the page of the earlier version does not show stays as it is.
            shown = [field for field in obj._meta.concrete_fields if field.name in form.fields]
            stored = type(obj)._base_manager.get(pk=obj.pk)
            # The form knows only what was changed in the earlier version before it was sent.
            changed = {field.name for field in shown if getattr(stored, field.attname) != getattr(obj, field.attname)}
            cast(Any, request).brought_back = changed
            obj.save(update_fields=[field.name for field in shown])
        else:
            super().save_model(request, obj, form, change)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        if getattr(request, "brought_back", None):
            message = gettext("Earlier version brought back.")
        # Django hands in an empty list where the form was sent as it was drawn.
        if not message:
            cast(Any, request).nothing_changed = True
            return None
        return super().log_change(request, obj, message)

    def message_user(
        self, request: HttpRequest, message: Any, level: int | str = messages.INFO, *args: Any, **kwargs: Any
    ) -> None:
        if level == messages.SUCCESS and getattr(request, "nothing_changed", False):
            level, message = messages.INFO, _("Nothing was changed: everything stays as it is stored.")
        super().message_user(request, message, level, *args, **kwargs)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        focus_first_error(context)
        return super().render_change_form(request, context, *args, **kwargs)


def focus_first_error(context: dict[str, Any]) -> None:
    """Let the cursor stand in the first field with an error, on a page of the administration that is drawn later."""
    page = context["adminform"]
    forms_in_order = [(page.form, flatten_fieldsets(page.fieldsets))]
    for formset in context.get("inline_admin_formsets", ()):
        forms_in_order += [(form, list(form.fields)) for form in formset.formset.forms]
    for form, names in forms_in_order:
        if focus_in(form, names):
            return


def focus_in(form: forms.BaseForm, names: Iterable[str]) -> bool:
    """Let the cursor stand in the first of the fields ``names`` of ``form`` that has an error; returns if one has."""
    if not form.is_bound or not form.errors:
        return False
    seen = [name for name in names if name in form.fields and not form.fields[name].widget.is_hidden]
    # Of a row that is gone, the whole line is in question.
    wrong = seen if getattr(form, "is_gone", False) else [name for name in seen if name in form.errors]
    if wrong:
        wrong_input(form[wrong[0]]).attrs["autofocus"] = True
    return bool(wrong)


def wrong_input(bound: forms.BoundField) -> Any:
    """The part of the widget of ``bound`` in which somebody types: of several the first that was not understood.

    Where each part was understood, what they say together is wrong, and it is the first.
    """
    field, widget = bound.field, bound.field.widget
    if not isinstance(widget, forms.MultiWidget):
        return widget
    parts = getattr(field, "fields", ())
    for part, value, shown in zip(parts, bound.data or (), widget.widgets, strict=False):
        if not _is_understood(part, value):
            return shown
    return widget.widgets[0]


def _is_understood(part: forms.Field, value: Any) -> bool:
    if value in part.empty_values:
        return False
    try:
        part.clean(value)
    except ValidationError:
        return False
    return True
