"""One matter, one form, one save: what each small form of the workspace does in the same way.

The form writes the fields that its reader changed and no others; what two have changed is asked about
(``common.edited_rows``). What was stored stands in the log of the administration, with who did it.
"""

from collections.abc import Callable
from datetime import datetime, time
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.admin.utils import construct_change_message
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.text import Truncator, capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext, override

from accounts.signed_in import user_of
from staff.edit_conflicts import focus_in
from staff.workspace.access import Workspace
from staff.workspace.pages import form_page, page
from staff.workspace.sent_twice import note_stored, stored_before

#: Of a value that has changed so much is noted.
_MOST_OF_A_VALUE = 80


def log(request: HttpRequest, row: Model, flag: int, message: Any) -> None:
    """Write into the log of the administration that the user did ``flag`` (ADDITION, CHANGE, DELETION) to ``row``.

    ``message``: in words, or as ``construct_change_message`` makes it.
    """
    rows = type(row)._base_manager.filter(pk=row.pk) if flag != DELETION else [row]
    LogEntry.objects.log_actions(user_of(request).pk, rows, flag, change_message=message, single_object=True)


def log_form(request: HttpRequest, form: Any, formsets: Any = (), *, is_new: bool = False) -> None:
    """The same for ``form`` and the tables of rows below it, after they were saved.

    A row that stands on the page of another is logged there, as a change of it.
    """
    message: Any = construct_change_message(form, list(formsets), is_new)
    page_of = getattr(form, "page_of", None)
    if page_of is None:
        log(request, form.instance, ADDITION if is_new else CHANGE, message)
        return
    with override(None):
        facts: dict[str, Any] = {"name": str(form.instance._meta.verbose_name), "object": str(form.instance)}
        if not is_new:
            facts["values"] = [_before_and_after(form, name) for name in form.changed_data if name in form.fields]
    log(request, page_of, CHANGE, [{what: detail | facts for what, detail in part.items()} for part in message])


def edit_matter(
    request: HttpRequest,
    workspace: Workspace,
    *,
    make_form: Callable[[Any], Any],
    title: str,
    tab: str,
    back: str = "",
    after_save: Callable[[Any], str | None] | None = None,
    template: str = "workspace/matter",
    **context: Any,
) -> HttpResponse:
    """Draw a form about one matter, and store what was changed in it.

    ``make_form``: makes the form, a ``StaffModelForm``, from what was sent (None: nothing was). ``after_save``: called
    with the form in the same transaction, where something was changed; if it returns an address, that is where to go.
    ``back``: where to go otherwise, by default the same page. An answer with errors has the status 422, and the cursor
    in the first field that has one.
    """
    data = request.POST if request.method == "POST" else None
    with transaction.atomic():
        form = make_form(data)
        if form.is_bound and form.is_valid():
            return _store(request, form, back or request.get_full_path(), after_save)
    return form_page(request, workspace, template, title=title, tab=tab, form=form, **context)


def _store(
    request: HttpRequest, form: Any, address: str, after_save: Callable[[Any], str | None] | None
) -> HttpResponse:
    is_new = form.instance._state.adding
    if is_new and (stored := stored_before(request, type(form.instance))):
        messages.info(request, gettext("This was sent twice; it is stored once."))
        return redirect(stored.address)
    form.save()
    if is_new or form.has_changed():
        log_form(request, form, is_new=is_new)
        messages.success(request, gettext("Saved."))
        if after_save:
            address = after_save(form) or address
    else:
        messages.info(request, gettext("Nothing was changed: everything stays as it is stored."))
    if is_new:
        note_stored(request, form.instance, address)
    return redirect(address)


def edit_rows(
    request: HttpRequest,
    workspace: Workspace,
    *,
    make_formset: Callable[[Any], forms.BaseInlineFormSet],
    title: str,
    tab: str,
    back: str = "",
    after_save: Callable[[Any], None] | None = None,
    say_saved: Callable[[Any, str], None] | None = None,
    template: str = "workspace/rows",
    **context: Any,
) -> HttpResponse:
    """The same for a table of rows that is typed in one go; ``make_formset`` makes a ``StaffInlineFormSet``.

    ``say_saved``: called with the formset and the words that it is saved, for a message with a way back.
    """
    data = request.POST if request.method == "POST" else None
    with transaction.atomic():
        formset = make_formset(data)
        if formset.is_bound and formset.is_valid():
            formset.save()
            return _stored_rows(request, formset, back or request.get_full_path(), after_save, say_saved)
    any(focus_in(form, list(form.fields)) for form in formset.forms)
    status = 422 if formset.is_bound else 200
    return page(request, workspace, template, title=title, tab=tab, status=status, formset=formset, **context)


def _stored_rows(
    request: HttpRequest,
    formset: Any,
    address: str,
    after_save: Callable[[Any], None] | None,
    say_saved: Callable[[Any, str], None] | None,
) -> HttpResponse:
    if formset.new_objects or formset.changed_objects or formset.deleted_objects:
        log(request, formset.instance, CHANGE, _rows_message(formset))
        if say_saved:
            say_saved(formset, gettext("Saved."))
        else:
            messages.success(request, gettext("Saved."))
        if after_save:
            after_save(formset)
    else:
        messages.info(request, gettext("Nothing was changed: everything stays as it is stored."))
    return redirect(address)


def _rows_message(formset: Any) -> list[dict[str, Any]]:
    """What was done to rows, as Django notes it, with what stood before and stands now in those that were changed."""
    message: list[dict[str, Any]] = construct_change_message(forms.Form(), [formset], False)
    forms_of = {form.instance.pk: form for form in formset.initial_forms}
    changed = [part["changed"] for part in message if "changed" in part]
    with override(None):
        for part, (row, _names) in zip(changed, formset.changed_objects, strict=True):
            form = forms_of[row.pk]
            names = [name for name in form.changed_data if name in form.fields and name != "DELETE"]
            part["values"] = [_before_and_after(form, name) for name in names]
    return message


def _before_and_after(form: Any, name: str) -> list[str]:
    bound = form[name]
    label = str(capfirst(bound.label))
    return [label, _as_words(bound.field, bound.initial), _as_words(bound.field, form.cleaned_data.get(name))]


def _as_words(field: forms.Field, value: Any) -> str:
    shown = field.prepare_value(value)
    if shown in (None, ""):
        return "–"
    if isinstance(shown, bool):
        return "✓" if shown else "–"
    if isinstance(shown, datetime):
        return f"{localtime(shown):%H:%M, %d/%m/%Y}"
    if isinstance(shown, time):
        return f"{shown:%H:%M}"
    chosen = dict(getattr(field, "choices", ())).get(shown, shown)
    return Truncator(str(chosen)).chars(_MOST_OF_A_VALUE)
