"""Registering somebody who calls: one short form in the administration."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _

from bridges.models import BridgePoint
from registrations import services
from registrations.models import Registration
from registrations.public.submission_key import submission_key
from staff.registrations.deciding import filtered_by
from staff.registrations.telephone_form import TelephoneForm, open_points


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
        if registration.state == Registration.State.WAITLISTED and not form.cleaned_data["waitlist"]:
            raise services.PointFull(
                _("This bridge point has not enough seats left: choose another, or tick that a place in line will do.")
            )
    return registration


class TelephoneMixin:
    """“Add registration” is the form for somebody who calls, at the points that the user runs."""

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        now = timezone.now()
        given = request.GET.get("bridge_point", "") or filtered_by(request, "bridge_point__id__exact")
        form = TelephoneForm(
            request.POST if request.method == "POST" else None,
            initial={"point": given[:20]},
            points=open_points(request.user, now),
        )
        if request.method == "POST" and form.is_valid():
            try:
                registration = enter(form=form, key=submission_key(request, form), now=now)
            except services.RegistrationRefused as refused:
                form.add_error("waitlist" if isinstance(refused, services.PointFull) else "point", str(refused))
            else:
                return self._entered(request, registration)
        context = {
            **self.admin_site.each_context(request),
            "title": _g("Register by telephone"),
            "form": form,
            "opts": self.opts,
        }
        response = TemplateResponse(request, "staff/registrations/telephone.html", context)
        response.status_code = 422 if form.errors else 200
        return response

    def _entered(self, request: HttpRequest, registration: Registration) -> HttpResponse:
        self.log_addition(request, registration, [{"added": {}}])
        state = registration.get_state_display()
        if place := registration.place_in_line:
            state = _g("%(state)s, place %(place)d") % {"state": state, "place": place}
        own = reverse("admin:registrations_registration_change", args=[registration.pk])
        words = format_html(
            '<a href="{}"><strong class="dc-number">{}</strong></a> {}: {}. <a href="{}">{}</a>',
            own,
            registration.number,
            registration.organisation,
            state,
            registration.get_absolute_url(),
            _g("The registrant’s page"),
        )
        is_seated = registration.state == Registration.State.CONFIRMED
        self.message_user(request, words, messages.SUCCESS if is_seated else messages.WARNING)
        if "_addanother" in request.POST:
            return redirect(add_address(registration.bridge_point))
        return redirect(own)
