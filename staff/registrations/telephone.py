"""Registering somebody who calls: one short form in the administration."""

from datetime import datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext

from bridges.models import BridgePoint
from registrations import services
from registrations.models import Registration
from registrations.public.submission_key import submission_key
from staff.links import filter_value
from staff.registrations.chosen import render_page
from staff.registrations.telephone_form import TelephoneForm, open_points
from staff.scoped import ScopedAdmin


def add_address(point: BridgePoint) -> str:
    """The form for somebody who calls, with ``point`` chosen."""
    return f"{reverse('admin:registrations_registration_add')}?bridge_point={point.pk}"


def enter(*, form: TelephoneForm, key: str | None, now: datetime) -> Registration:
    """Register what the valid ``form`` says; ``key`` marks it, so that it registers once.

    Raises:
        PointFull: the point is full, and nobody wants to wait; nothing is stored.
        RegistrationRefused: the conference is over.
    """
    point = form.chosen_point
    with transaction.atomic():
        registration = services.register(
            conference=point.conference,
            point=point,
            form=form.registration(),
            submission_key=key,
            now=now,
        )
        if registration.state == Registration.State.WAITLISTED and not form.cleaned_data.get("waitlist"):
            raise services.PointFull(
                gettext(
                    "This bridge point has not enough seats left: choose another, or tick that a place in line will do."
                )
            )
    return registration


def register(model_admin: ScopedAdmin, request: HttpRequest) -> HttpResponse:
    """The form, with the point that the address or the filter of the list names; registers what it says.

    Raises:
        PermissionDenied: the user runs no bridge point.
    """
    if not model_admin.has_add_permission(request):
        raise PermissionDenied
    now = timezone.now()
    point = request.GET.get("bridge_point", "") or filter_value(request, "bridge_point__id__exact")
    form = TelephoneForm(
        request.POST if request.method == "POST" else None,
        initial={"point": point[:20]},
        points=open_points(request.user, now),
    )
    if registration := take(request, form, now):
        return _report_entry(model_admin, request, registration)
    form.focus_first_error()
    return render_page(model_admin, request, "telephone", title=gettext("Register by telephone"), form=form)


def take(request: HttpRequest, form: TelephoneForm, now: datetime) -> Registration | None:
    """Register what was sent in ``form``; None if nothing was, or it cannot be taken: the form says why then."""
    if form.is_unfinished:
        form.leave_unchecked()
        return None
    if not form.is_valid():
        return None
    try:
        return enter(form=form, key=submission_key(request, form), now=now)
    except services.RegistrationRefused as refused:
        is_full = isinstance(refused, services.PointFull) and "waitlist" in form.fields
        form.add_error("waitlist" if is_full else "point", str(refused))
        return None


def _report_entry(model_admin: ScopedAdmin, request: HttpRequest, registration: Registration) -> HttpResponse:
    """Say which number and state the registration has got, and go to its page or to the next caller."""
    model_admin.log_addition(request, registration, [{"added": {}}])
    own = reverse("admin:registrations_registration_change", args=[registration.pk])
    words = format_html(
        '<a href="{}"><strong class="dc-number">{}</strong></a> {}: {}.',
        own,
        registration.number,
        registration.organisation,
        state_words(registration),
    )
    is_seated = registration.state == Registration.State.CONFIRMED
    model_admin.message_user(request, words, messages.SUCCESS if is_seated else messages.WARNING)
    return redirect(add_address(registration.bridge_point) if "_addanother" in request.POST else own)


def state_words(registration: Registration) -> str:
    """Its state, and which place in line it has, if it waits."""
    state = registration.get_state_display()
    if place := registration.place_in_line:
        return gettext("%(state)s, place %(place)d") % {"state": state, "place": place}
    return state
