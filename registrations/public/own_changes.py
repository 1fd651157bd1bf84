"""What a registrant does from their own page: correcting, moving, cancelling, erasing.

A mailed link never acts by itself: GET shows, POST acts.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.signed_in import staff_of
from common import rate_limits
from registrations import services
from registrations.forms.own_page import CorrectionForm, DelegateRows
from registrations.forms.parts import Problem
from registrations.models import Erasure, Question, Registration
from registrations.public.language import switches_language
from registrations.public.own_registration import (
    answers_of,
    delegates_of,
    may_change,
    points_with_seats,
    registration_of,
)
from registrations.public.people_rows import take_people

State = Registration.State


def _questions(registration: Registration) -> list[Question]:
    return list(registration.conference.questions.filter(is_active=True))


@never_cache
@rate_limits.limit_posts("change")
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, token: str) -> HttpResponse:
    """The points with seats; one press moves there or changes nothing."""
    registration = registration_of(request, token)
    can_move = may_change(registration) and registration.state in (State.CONFIRMED, State.WAITLISTED)
    if not can_move:
        messages.error(request, gettext("This registration cannot be moved any more."))
        return redirect(registration)
    points = points_with_seats(registration)
    if request.method != "POST":
        return render(request, "registrations/move.html", {**_head(registration), "points": points})
    point = next((p for p in points if str(p.pk) == request.POST.get("point")), None)
    if point is None:
        messages.error(request, gettext("This bridge point has not enough seats left. Nothing was changed."))
        return redirect("registrations:move", token)
    try:
        services.move(registration=registration, point=point, now=timezone.now(), seen=request.POST.get("seen", ""))
    except services.StandsElsewhere:
        # Another page has taken seats since, or the waitlist has moved on: those are not given up unasked.
        context = {**_head(registration_of(request, token)), "other": point}
        return render(request, "registrations/move_again.html", context, status=409)
    except services.PointFull:
        messages.error(request, gettext("Somebody else was faster: the seats there are taken. Nothing was changed."))
        return redirect("registrations:move", token)
    except services.RegistrationRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(
            request, gettext("You have your seats at the new bridge point: %(point)s.") % {"point": point.name}
        )
    return redirect(registration)


@never_cache
@rate_limits.limit_posts("change")
@require_http_methods(["GET", "HEAD", "POST"])
@switches_language
def correct(request: HttpRequest, token: str) -> HttpResponse:
    """Organisation, contact person, interests and answers, to be corrected."""
    registration = registration_of(request, token)
    if not may_change(registration):
        return _too_late(request, registration)
    form = CorrectionForm(
        request.POST if request.method == "POST" else None,
        registration=registration,
        questions=_questions(registration),
        answers=answers_of(registration),
    )
    if form.is_unfinished:
        form.leave_unchecked()
    elif form.is_bound and form.is_valid():
        try:
            corrected = services.correct(
                registration=registration,
                organisation=form.organisation_data(),
                contact=form.contact(),
                same=form.is_same,
                interests=form.changed_interests(),
                answers=form.answers(),
                now=timezone.now(),
            )
        except services.PersonInDoubt:
            form.ask_who()
        except services.RegistrationRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, gettext("The corrections are stored."))
            return _back_to(request, corrected, token)
    context = {**_head(registration), "form": form}
    return render(request, "registrations/correct.html", context, status=422 if form.all_problems else 200)


@never_cache
@rate_limits.limit_posts("change")
@require_http_methods(["GET", "HEAD", "POST"])
@switches_language
def people(request: HttpRequest, token: str) -> HttpResponse:
    """Who comes: correct, add, remove; all of it or nothing."""
    registration = registration_of(request, token)
    if not may_change(registration):
        return _too_late(request, registration)
    rows = DelegateRows(
        request.POST if request.method == "POST" else None,
        [q for q in _questions(registration) if q.asked == Question.Asked.DELEGATE],
        delegates_of(registration),
        answers_of(registration),
    )
    problems: list[Problem] = []
    if request.method == "POST":
        changed, problems = take_people(
            rows,
            request.POST,
            registration,
            lambda: services.change_people(
                registration=registration, people=rows.changes(), known=rows.known, now=timezone.now()
            ),
        )
        if changed is not None:
            messages.success(request, gettext("The list of delegates is stored."))
            return _back_to(request, changed, token)
    context = {**_head(registration), "rows": rows, "problems": problems}
    return render(request, "registrations/people.html", context, status=422 if problems else 200)


def _back_to(request: HttpRequest, registration: Registration, token: str) -> HttpResponse:
    """The way to the page of ``registration``, whose link was ``token`` until now."""
    if registration.token != token:
        words = gettext(
            "Somebody else is the contact person now. The old link to this page no longer works; the new one is on its"
            " way to them."
        )
        messages.info(request, words)
    return redirect(registration)


def _head(registration: Registration) -> dict[str, Any]:
    return {
        "registration": registration,
        "conference": registration.conference,
        "point": registration.bridge_point,
    }


def _too_late(request: HttpRequest, registration: Registration) -> HttpResponse:
    messages.error(request, gettext("This registration cannot be changed any more."))
    return redirect(registration)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks once more, POST cancels."""
    registration = registration_of(request, token)
    if request.method != "POST":
        return render(request, "registrations/cancel.html", _head(registration))
    try:
        services.cancel(registration=registration, now=timezone.now())
    except services.RegistrationRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, gettext("The registration is cancelled."))
    return redirect(registration)


@rate_limits.limit_posts("resend")
@require_POST
def resend(request: HttpRequest, token: str) -> HttpResponse:
    """Send the messages about this registration again."""
    registration = registration_of(request, token)
    if services.resend(registration=registration, now=timezone.now()):
        messages.success(request, gettext("The messages are on their way again."))
    else:
        messages.info(request, gettext("There is nothing left to send about this registration."))
    return redirect(registration)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks once more, POST erases everything personal; the links are dead from then on."""
    registration = registration_of(request, token)
    if _is_of_staff(request, registration):
        words = gettext(
            "You are signed in as staff: organisers erase personal data in the administration, where it says who did."
        )
        messages.error(request, words)
        return redirect("admin:registrations_registration_change", registration.pk)
    if request.method != "POST":
        return render(request, "registrations/erase.html", _head(registration))
    # Staff who run something else may be the registrant, or hold a link that is not theirs: the report names them.
    services.erase(registration=registration, way=Erasure.Way.REGISTRANT, now=timezone.now(), by=staff_of(request))
    return redirect("registrations:erased")


def _is_of_staff(request: HttpRequest, registration: Registration) -> bool:
    """Whether somebody is signed in who runs ``registration``.

    Also if it has their address: they can write there what they like, and the report would name the registrant.
    """
    user = staff_of(request)
    return user is not None and Registration.objects.run_by(user).filter(pk=registration.pk).exists()


@require_safe
def erasure_done(request: HttpRequest) -> HttpResponse:
    """That it is done; the page knows nothing about anybody."""
    return render(request, "registrations/erased.html")
