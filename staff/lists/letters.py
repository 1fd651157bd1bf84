"""The Word file behind the letters of a conference: to download, to replace, to go back. For organisers.

Imported when somebody asks for it (staff/lists/urls.py).
"""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.signed_in import user_of
from conference.models import Conference
from lists.models import LetterTemplate
from lists.papers import checks, documents, letters, uploads
from staff.lists.downloads import page
from staff.lists.papers import docx


class LetterForm(forms.Form):
    """A Word file that can be filled in."""

    file = forms.FileField(
        label=gettext_lazy("Word file (.docx)"),
        widget=forms.ClearableFileInput(attrs={"accept": ".docx"}),
        error_messages={
            "required": gettext_lazy("Please choose a file."),
            "missing": gettext_lazy("Please choose a file."),
            "empty": gettext_lazy("The file is empty."),
        },
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        try:
            # One byte too many is enough to be refused.
            self.checked = uploads.check(file.read(checks.MAX_BYTES + 1))
        except letters.WrongLetter as wrong:
            raise forms.ValidationError(str(wrong)) from wrong
        return file


def _conference(request: HttpRequest, pk: int) -> Conference:
    return get_object_or_404(Conference.objects.run_by(user_of(request)), pk=pk)


def _log(request: HttpRequest, conference: Conference, words: str) -> None:
    LogEntry.objects.log_actions(
        user_id=user_of(request).pk,
        queryset=[conference],
        action_flag=CHANGE,
        change_message=words,
        single_object=True,
    )


def _mark(kept: LetterTemplate | None) -> str:
    """What tells one uploaded file from the next; the site's own is called so."""
    return kept.uploaded_at.isoformat() if kept else "own"


def _replaced_meanwhile(request: HttpRequest, conference: Conference) -> str:
    """That another file is in use by now than that which the page of ``request`` shows; "" if it is the same."""
    if "seen" not in request.POST:
        return ""
    kept = LetterTemplate.objects.filter(conference=conference).select_related("by").defer("content").first()
    if request.POST["seen"] == _mark(kept):
        return ""
    if kept is None:
        return gettext("Meanwhile somebody has gone back to the site's own file. Choose again what is to be used.")
    words = gettext("Meanwhile %(who)s has uploaded “%(name)s”. Choose again what is to be used.")
    return words % {"who": kept.by or gettext("somebody"), "name": kept.name}


@require_http_methods(["GET", "HEAD", "POST"])
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    """Which Word file the letters are made from, what it may hold, and the form for another."""
    conference = _conference(request, pk)
    form = LetterForm(request.POST, request.FILES) if request.method == "POST" else LetterForm()
    if words := _replaced_meanwhile(request, conference):
        form.add_error("file", words)
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["file"].name[-200:]
        values = {"content": form.checked.content, "name": name, "by": request.user, "uploaded_at": timezone.now()}
        with transaction.atomic():
            LetterTemplate.objects.update_or_create(conference=conference, defaults=values)
            _log(request, conference, gettext("Letter in Word: %(name)s") % {"name": name})
        messages.success(request, gettext("Letters are made from this file from now on."))
        if form.checked.lacking:
            names = ", ".join(f"{{{{ {name} }}}}" for name in form.checked.lacking)
            messages.warning(request, gettext("The file does not have %(names)s. Is that meant?") % {"names": names})
        return redirect("lists:letter", pk)
    kept = LetterTemplate.objects.filter(conference=conference).select_related("by").defer("content").first()
    rows = [(f"{{{{ {name} }}}}", meaning) for name, meaning in letters.PLACEHOLDERS.items()]
    facts = {"form": form, "kept": kept, "seen": _mark(kept), "placeholders": rows}
    response = page(request, "letter", gettext("Letter in Word"), conference, **facts)
    response.status_code = 422 if form.errors else 200
    return response


@require_safe
def letter_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The Word file with its placeholders."""
    conference = _conference(request, pk)
    return docx(documents.letter_file(conference), f"mau-giay-moi-{conference.slug}")


@require_POST
def letter_default(request: HttpRequest, pk: int) -> HttpResponse:
    """Go back to the site's own letter. Twice is once."""
    conference = _conference(request, pk)
    if words := _replaced_meanwhile(request, conference):
        messages.warning(request, words)
        return redirect("lists:letter", pk)
    with transaction.atomic():
        deleted, _rows = LetterTemplate.objects.filter(conference=conference).delete()
        if deleted:
            _log(request, conference, gettext("Letter in Word: the site's own"))
    if deleted:
        messages.success(request, gettext("Letters are made from the site's own file again."))
    return redirect("lists:letter", pk)
