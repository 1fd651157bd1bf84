"""Correcting a registration in the workspace: organisation, contact person, answers, what is traded, who comes.

The services, and the questions where two have changed the same, are those of the registrant's own page.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.admin.models import CHANGE
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bridges.models import BridgePoint
from bridges.seat_words import offer_words, seat_counts_words
from registrations import services
from registrations.forms.parts import REDRAWS, Problem
from registrations.models import Question, Registration
from registrations.services.common import lock_with_point
from staff.edit_conflicts import focus_in
from staff.registrations.record import find
from staff.registrations.record_forms import (
    AnswersForm,
    ContactForm,
    InterestsForm,
    OrganisationForm,
    PartForm,
    StaffDelegateRows,
)
from staff.workspace.access import WORKERS, Workspace, workspace_page
from staff.workspace.matter import log
from staff.workspace.pages import page


@dataclass(frozen=True)
class Part:
    """A part of a registration: its form, its heading, what stands in the log, its template."""

    form: type[PartForm]
    title: Any
    logged: Any
    template: str = "registrations/part"


PARTS = {
    "organisation": Part(OrganisationForm, _("Correct the organisation"), _("Organisation corrected")),
    "contact": Part(
        ContactForm, _("Correct the contact person"), _("Contact person corrected"), "registrations/contact"
    ),
    "answers": Part(AnswersForm, _("Correct the answers"), _("Answers corrected")),
    "interests": Part(
        InterestsForm, _("What is sold or looked for"), _("What is sold or looked for corrected"),
        "registrations/interests",
    ),
}  # fmt: skip


def _open(request: HttpRequest, workspace: Workspace, pk: int) -> Registration:
    """The registration, locked with its point where something is sent, so that nobody stores at the same moment.

    Raises:
        Http404: the user does not run it, or it is erased.
    """
    found = find(workspace, pk)
    if request.method == "POST":
        lock_with_point(pk)
        found = find(workspace, pk)
    if found.erased_at:
        raise Http404
    return found


def _questions(registration: Registration) -> list[Question]:
    return list(registration.conference.questions.filter(is_active=True))


def _changeable(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Hands the registration to ``view``, in one transaction; leads back where it can no longer be changed."""

    @workspace_page(*WORKERS)
    def answer(request: HttpRequest, workspace: Workspace, pk: int, **arguments: Any) -> HttpResponse:
        with transaction.atomic():
            registration = _open(request, workspace, pk)
            if services.is_ahead(registration, timezone.now()):
                return view(request, workspace, registration, **arguments)
        messages.error(request, gettext("This registration cannot be changed any more."))
        return redirect("workspace:registration", workspace.conference.slug, pk)

    return answer


@_changeable
def edit(request: HttpRequest, workspace: Workspace, registration: Registration, part: str) -> HttpResponse:
    """One of ``PARTS``."""
    chosen = PARTS[part]
    data = request.POST if request.method == "POST" else None
    answers = list(registration.answers.select_related("question"))
    form = chosen.form(data, registration=registration, questions=_questions(registration), answers=answers)
    if form.is_unfinished:
        form.leave_unchecked()
    elif form.is_bound and form.is_valid() and (done := _store(request, workspace, registration, form, chosen)):
        return done
    focus_in(form, list(form.fields))
    return page(
        request,
        workspace,
        chosen.template,
        title=str(chosen.title),
        tab="people",
        status=422 if form.all_problems else 200,
        form=form,
        problems=form.all_problems,
        registration=registration,
        cancel_url=workspace.url("registration", registration.pk),
    )


def _store(
    request: HttpRequest, workspace: Workspace, registration: Registration, form: PartForm, part: Part
) -> HttpResponse | None:
    """Store what the valid ``form`` says; None: it asks or complains now."""
    token = registration.token
    try:
        corrected = services.correct(registration=registration, now=timezone.now(), **form.values())
    except services.PersonInDoubt:
        form.ask_who()
        return None
    except services.RegistrationRefused as refused:
        form.add_error(None, str(refused))
        return None
    named = [str(capfirst(form.fields[name].label or "")) for name in form.changed_data if name in form.fields]
    log(request, corrected, CHANGE, f"{part.logged}: {', '.join(named)}" if named else str(part.logged))
    messages.success(request, gettext("Saved."))
    return _back(request, workspace, corrected, token)


def _back(request: HttpRequest, workspace: Workspace, registration: Registration, token: str) -> HttpResponse:
    if registration.token != token:
        words = gettext(
            "The contact person may be another one: the old link to the registration is dead, they get a new one."
        )
        messages.info(request, words)
    return redirect("workspace:registration", workspace.conference.slug, registration.pk)


@_changeable
def delegates(request: HttpRequest, workspace: Workspace, registration: Registration) -> HttpResponse:
    """Who comes: corrected, replaced, added, taken off; all of it or nothing."""
    rows = StaffDelegateRows(
        request.POST if request.method == "POST" else None,
        [question for question in _questions(registration) if question.asked == Question.Asked.DELEGATE],
        list(registration.delegates.as_entered()),
        list(registration.answers.select_related("question")),
        registration=registration,
    )
    problems: list[Problem] = []
    if request.method == "POST":
        if not REDRAWS.isdisjoint(request.POST):
            rows.leave_unchecked(request.POST.get("add_row", ""))
        elif rows.is_valid():
            changed, problems = _change_people(registration, rows)
            if changed is not None:
                log(request, changed, CHANGE, gettext("The people who come changed."))
                messages.success(request, gettext("Saved."))
                return _back(request, workspace, changed, registration.token)
        problems += rows.problems()
        any(focus_in(row, list(row.fields)) for row in rows.filled)
    return page(
        request,
        workspace,
        "registrations/delegates",
        title=gettext("Who comes"),
        tab="people",
        status=422 if problems else 200,
        rows=rows,
        problems=problems,
        registration=registration,
        room=seat_counts_words(registration.bridge_point),
        cancel_url=workspace.url("registration", registration.pk),
    )


def _change_people(registration: Registration, rows: StaffDelegateRows) -> tuple[Registration | None, list[Problem]]:
    """Store what valid ``rows`` say; the registration as it is then, or None and why it is not stored."""
    people, known = rows.changes(), rows.known
    try:
        changed = services.change_people(
            registration=registration, people=people, known=known, now=timezone.now(), by_staff=True
        )
    except services.PersonInDoubt as doubt:
        rows.ask_who(doubt.delegates)
    except services.ChangedMeanwhile as meanwhile:
        rows.add_stored(meanwhile.delegates)
        return None, [("", str(meanwhile))]
    except services.PointFull:
        return None, [("", _full_words(registration))]
    except services.RegistrationRefused as refused:
        return None, [("", str(refused))]
    else:
        return changed, []
    return None, []


def _full_words(registration: Registration) -> str:
    point = BridgePoint.objects.get(pk=registration.bridge_point_id)
    words = gettext("There are not enough seats for so many people at this point (%(seats)s). Nothing was changed.")
    return words % {"seats": offer_words(point)}
