"""The page of one registration in the workspace: everything about it and its people, and what may be done."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.models import CHANGE
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User, display_name
from accounts.signed_in import user_of
from bridges.seat_words import seat_counts_words
from common.fields import CleanTextFormMixin
from conference.only_post import without_page
from messaging import person_messages
from messaging.person_messages import Line
from outbox.channel_names import channel_name
from outbox.models import Message
from registrations import messages as registration_messages
from registrations import services
from registrations.models import Answer, Delegate, OfficeNote, Question, Registration
from registrations.services.common import lock_with_point
from reports import numbers
from staff.registrations.page_fields import attendance_words, consent_words, decision_words
from staff.registrations.record_history import events_of
from staff.registrations.table_actions import page_address
from staff.registrations.what_was_said import interest_words
from staff.workspace import undo
from staff.workspace.access import WORKERS, Workspace, workspace_page
from staff.workspace.matter import log
from staff.workspace.pages import page

State = Registration.State
#: So many of the latest messages of all its people stand there.
_MESSAGES = 40
#: So many addresses are named of those to which something was sent again.
_NAMED = 6


class NoteForm(CleanTextFormMixin, forms.Form):
    """A note of the office."""

    text = forms.CharField(
        label=_("Note"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Please write the note.")},
    )


@dataclass(frozen=True)
class Person:
    """Somebody of the registration: a delegate, what they answered, and the messages that they got."""

    delegate: Delegate
    answers: list[Answer]
    lines: list[Line]

    @property
    def presence(self) -> str:
        """Whether they were there, and since when."""
        return attendance_words(self.delegate)


def find(workspace: Workspace, pk: int) -> Registration:
    """The registration, if the user runs it.

    Raises:
        Http404: they do not.
    """
    related = "organisation__province", "bridge_point", "conference", "invitation", "decided_by"
    found = numbers.registrations(workspace.scope).select_related(*related).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@workspace_page(*WORKERS)
@require_safe
def registration(request: HttpRequest, workspace: Workspace, pk: int) -> HttpResponse:
    """The page."""
    return _draw(request, workspace, find(workspace, pk), NoteForm())


def _draw(request: HttpRequest, workspace: Workspace, found: Registration, form: NoteForm) -> HttpResponse:
    if found.erased_at:
        return page(request, workspace, "registrations/erased", title=found.number, tab="people", registration=found)
    now = timezone.now()
    return page(
        request,
        workspace,
        "registrations/record",
        title=str(found.organisation),
        tab="people",
        status=422 if form.errors else 200,
        registration=found,
        is_ahead=services.is_ahead(found, now),
        place=found.place_in_line,
        room=seat_counts_words(found.bridge_point),
        decision=decision_words(found) if found.decided_at else "",
        consent=consent_words(found),
        interests=[interest_words(one) for one in found.interests.select_related("product")],
        notes=[(note, display_name(note.by) if note.by else "") for note in found.office_notes.select_related("by")],
        has_questions=found.conference.questions.filter(is_active=True, asked=Question.Asked.ORGANISATION).exists(),
        note_form=form,
        events=events_of(found),
        addresses={name: page_address(name, [found.pk], workspace.url("registration", found.pk)) for name in _ASKED},
        **_people(found),
    )


#: What has a page of its own that asks first.
_ASKED = ("accept", "decline", "promote", "move", "cancel", "renew", "erase")


def _people(found: Registration) -> dict[str, Any]:
    """Its people with what each answered and got, what the organisation answered, and what a lone contact got."""
    delegates = list(found.delegates.as_entered().select_related("attendance"))
    answers = list(found.answers.select_related("question"))
    # The messages ask for the delegates once more otherwise.
    found._prefetched_objects_cache = {"delegates": delegates}  # type: ignore[attr-defined]
    told = person_messages.of_registration(found, now=timezone.now(), at_most=_MESSAGES)
    lines = {one.delegate.pk if one.delegate else None: one.lines for one in told}
    people = [
        Person(one, [answer for answer in answers if answer.delegate_id == one.pk], lines.get(one.pk, []))
        for one in delegates
    ]
    return {
        "people": people,
        "answers": [answer for answer in answers if answer.delegate_id is None],
        "contact_lines": lines.get(None, []),
    }


@without_page
@workspace_page(*WORKERS)
@require_POST
def add_note(request: HttpRequest, workspace: Workspace, pk: int) -> HttpResponse:
    """Store what the office notes about it."""
    found, form = find(workspace, pk), NoteForm(request.POST)
    if found.erased_at or not form.is_valid():
        return _draw(request, workspace, found, form)
    OfficeNote.objects.create(
        registration=found, text=form.cleaned_data["text"], at=timezone.now(), by=user_of(request)
    )
    messages.success(request, gettext("The note is stored."))
    return redirect(f"{workspace.url('registration', pk)}#notes")


@workspace_page(*WORKERS)
@require_POST
def delete_note(request: HttpRequest, workspace: Workspace, pk: int, note: int) -> HttpResponse:
    """Delete a note, if the user wrote it or organises the conference; it can be taken back."""
    notes = find(workspace, pk).office_notes.filter(pk=note)
    if not workspace.is_organiser:
        notes = notes.filter(by=user_of(request))
    row, back = notes.first(), f"{workspace.url('registration', pk)}#notes"
    if row is None:
        raise Http404
    row.delete()
    facts = {"registration": pk, "words": row.text, "at": row.at.isoformat(), "by": row.by_id}
    undo.offer(request, workspace, gettext("The note is deleted."), "office_note", back=back, **facts)
    return redirect(back)


@undo.undoable("office_note", *WORKERS)
def _put_note_back(
    request: HttpRequest, workspace: Workspace, registration: int, words: str, at: str, by: int | None
) -> None:
    found = numbers.registrations(workspace.scope).filter(pk=registration, erased_at=None).first()
    if found is None:
        raise undo.NotUndone(gettext("It is no longer there."))
    # Locked, so that the button brings the note back once, however often it is pressed.
    lock_with_point(found.pk)
    author = User.objects.filter(pk=by or 0).first()
    note = {"registration": found, "text": words, "at": datetime.fromisoformat(at), "by": author}
    if OfficeNote.objects.filter(**note).exists():
        raise undo.NotUndone(gettext("The note is back already."))
    OfficeNote.objects.create(**note)


@workspace_page(*WORKERS)
@require_POST
def resend(request: HttpRequest, workspace: Workspace, pk: int) -> HttpResponse:
    """Send the messages about it once more, and say what goes where."""
    found, now = find(workspace, pk), timezone.now()
    if services.resend(registration=found, now=now, by_staff=True):
        log(request, found, CHANGE, gettext("Messages sent again."))
        messages.success(request, _sent_words(found))
    else:
        words = gettext("There is nothing left to send: the registration is cancelled, declined or over.")
        messages.warning(request, words)
    return redirect("workspace:registration", workspace.conference.slug, pk)


def _sent_words(found: Registration) -> str:
    """Over which channels and where the messages go that were sent again just now."""
    persons = registration_messages.persons(found, list(found.delegates.all()))
    recent = timezone.now() - services.RESEND_PAUSE
    rows = Message.objects.filter(person__in=persons, key__contains="/resend-", created_at__gt=recent).order_by("pk")
    ways = list(dict.fromkeys(f"{channel_name(row.channel)} → {row.address}" for row in rows))
    if not ways:
        return gettext("The messages are on their way again.")
    named = "; ".join(ways[:_NAMED])
    if len(ways) > _NAMED:
        named = gettext("%(named)s and %(count)d more") % {"named": named, "count": len(ways) - _NAMED}
    return gettext("On their way again: %(ways)s.") % {"ways": named}
