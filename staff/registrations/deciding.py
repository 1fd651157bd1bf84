"""Accepting, declining and promoting out of turn: actions of the list, and the pages that ask first.

Coordinators accept and decline at their own points. Who overtakes others is the organisers' business.
"""

from datetime import datetime

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from bridges.models import BridgePoint
from bridges.seat_words import seat_counts_words
from registrations import services
from registrations.models import Registration
from staff.registrations.chosen import (
    apply_to_each,
    fields_changed,
    filter_organised,
    keep_possible,
    load_chosen,
    redirect_back,
    redirect_to_page,
    render_question,
    report_refused,
)
from staff.registrations.forms import OutOfTurnForm, ReasonForm
from staff.scoped import ScopedAdmin

State = Registration.State


# --- actions of the list ----------------------------------------------------------------------------------------------


@admin.action(description=_("Accept the chosen requests"), permissions=["change"])
def accept_selected(model_admin: ScopedAdmin, request: HttpRequest, queryset: QuerySet) -> None:
    """Accept without asking: what is accepted can still be cancelled."""
    rows = queryset.select_related("organisation", "bridge_point", "conference").order_by("created_at", "id")
    _accept(model_admin, request, list(rows))


@admin.action(description=_("Decline the chosen requests …"), permissions=["change"])
def decline_selected(model_admin: ScopedAdmin, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
    """To the page that asks for the reason."""
    return redirect_to_page(model_admin, request, queryset, "decline")


@admin.action(description=_("Promote out of turn …"), permissions=["organise"])
def promote_selected(model_admin: ScopedAdmin, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
    """To the page that asks for the reason, with those of the user's own conferences."""
    organised = filter_organised(queryset, request)
    if not organised.exists():
        words = gettext("Only the organisers of the conference may do this.")
        model_admin.message_user(request, words, messages.WARNING)
        return None
    return redirect_to_page(model_admin, request, organised, "promote")


# --- pages ------------------------------------------------------------------------------------------------------------


def accept(model_admin: ScopedAdmin, request: HttpRequest, ids: str) -> HttpResponse:
    """GET asks once more, POST accepts."""
    chosen = load_chosen(model_admin, request, ids)
    if request.method == "POST":
        _accept(model_admin, request, chosen)
        return redirect_back(request, chosen)
    return render_question(
        model_admin,
        request,
        chosen,
        title=gettext("Accept"),
        explanation=gettext(
            "Each request gets the seats that it holds or that are free; otherwise it goes to the end of the"
            " waitlist. Its people are told."
        ),
        button=gettext("Accept"),
    )


def decline(model_admin: ScopedAdmin, request: HttpRequest, ids: str) -> HttpResponse:
    """Asks for the reason and declines; what cannot be declined is said first."""
    chosen = load_chosen(model_admin, request, ids)
    if request.method != "POST":
        possible = keep_possible(model_admin, request, chosen, services.refusal_of_decision)
        if not possible:
            return redirect_back(request, chosen)
        chosen = possible
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        _decline(model_admin, request, chosen, form.cleaned_data["reason"])
        return redirect_back(request, chosen)
    return render_question(
        model_admin,
        request,
        chosen,
        form=form,
        title=gettext("Decline"),
        explanation=gettext("Seats that a request holds go to those first on the waitlist. Its people are told."),
        button=gettext("Decline and tell them"),
        is_harsh=True,
    )


def promote(model_admin: ScopedAdmin, request: HttpRequest, ids: str) -> HttpResponse:
    """Asks for the reason and lets registrations overtake those before them; what cannot be is said first."""
    chosen = load_chosen(model_admin, request, ids, by_organisers=True)
    if request.method != "POST":
        possible = keep_possible(model_admin, request, chosen, _refusal_of_promotion)
        if not possible:
            return redirect_back(request, chosen)
        chosen = possible
    chosen.sort(key=lambda registration: (registration.queue_number is None, registration.queue_number))
    form = OutOfTurnForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        _promote(model_admin, request, chosen, form.cleaned_data["reason"])
        return redirect_back(request, chosen)
    return render_question(
        model_admin,
        request,
        chosen,
        form=form,
        title=gettext("Promote out of turn"),
        explanation=gettext(
            "Each registration gets its seats although others stand before it, or stays where it is if they are"
            " not free. Its people are told; those who wait are not."
        ),
        button=gettext("Promote"),
    )


# --- what they do, and how they report it -----------------------------------------------------------------------------


def _accept(model_admin: ScopedAdmin, request: HttpRequest, chosen: list[Registration]) -> None:
    outcome = apply_to_each(model_admin, request, chosen, services.accept, by=request.user, log=fields_changed("state"))
    if seated := [registration for registration in outcome.done if registration.state == State.CONFIRMED]:
        words = ngettext(
            "%(count)d registration accepted: it has its seats.",
            "%(count)d registrations accepted: they have their seats.",
            len(seated),
        )
        model_admin.message_user(request, words % {"count": len(seated)}, messages.SUCCESS)
    if waiting := [registration for registration in outcome.done if registration.state == State.WAITLISTED]:
        words = ngettext(
            "%(count)d registration accepted, but its seats are not free: it is on the waitlist (%(which)s).",
            "%(count)d registrations accepted, but their seats are not free: they are on the waitlist (%(which)s).",
            len(waiting),
        )
        names = "; ".join(map(str, waiting))
        model_admin.message_user(request, words % {"count": len(waiting), "which": names}, messages.WARNING)
    report_refused(model_admin, request, outcome)


def _decline(model_admin: ScopedAdmin, request: HttpRequest, chosen: list[Registration], reason: str) -> None:
    log = gettext("Declined: %(reason)s") % {"reason": reason}
    outcome = apply_to_each(model_admin, request, chosen, services.decline, by=request.user, reason=reason, log=log)
    if count := len(outcome.done):
        words = ngettext("%(count)d registration declined.", "%(count)d registrations declined.", count)
        model_admin.message_user(request, words % {"count": count}, messages.SUCCESS)
    report_refused(model_admin, request, outcome)


def _promote(model_admin: ScopedAdmin, request: HttpRequest, chosen: list[Registration], reason: str) -> None:
    log = gettext("Promoted out of turn: %(reason)s") % {"reason": reason}
    outcome = apply_to_each(model_admin, request, chosen, _promote_one, by=request.user, reason=reason, log=log)
    if outcome.done:
        words = ngettext(
            "%(which)s: promoted out of turn; it has its seats.",
            "%(which)s: promoted out of turn; they have their seats.",
            len(outcome.done),
        )
        model_admin.message_user(request, words % {"which": "; ".join(map(str, outcome.done))}, messages.SUCCESS)
    report_refused(model_admin, request, outcome)


def _promote_one(*, registration: Registration, by: User, reason: str, now: datetime) -> Registration:
    """Promote ``registration``; if its point is full, the refusal says how many seats there are and are needed."""
    try:
        return services.promote_out_of_turn(registration=registration, by=by, reason=reason, now=now)
    except services.PointFull as full:
        point = BridgePoint.objects.get(pk=registration.bridge_point_id)
        raise services.PointFull(f"{full} {_seats_words(registration, point)}") from full


def _seats_words(registration: Registration, point: BridgePoint) -> str:
    """How many seats ``registration`` needs, and how many its ``point`` has."""
    needed = ngettext("It needs %(count)d seat", "It needs %(count)d seats", registration.seats)
    return f"{needed % {'count': registration.seats}} ({point.label}: {seat_counts_words(point)})."


def _refusal_of_promotion(*, registration: Registration, now: datetime) -> str:
    words = services.refusal_of_promotion(registration=registration, now=now)
    if not words or registration.state != State.WAITLISTED:
        return words
    return f"{words} {_seats_words(registration, registration.bridge_point)}"
