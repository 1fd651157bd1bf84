"""Correcting the address of somebody whom messages did not reach."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from bridges.models import Connection, Coordinator
from messaging import recipients
from messaging.delivery import resend
from messaging.delivery.counts import Filter
from messaging.delivery.scope import Scope
from registrations.models import Registration
from staff.delivery.forms import AddressForm, TechnicianForm
from staff.delivery.views import delegate_or_404, page, scope_or_404, staff_page


@dataclass
class _Owner:
    """Whose address it is; without ``form`` it cannot be corrected here. ``correct`` answers how many go out again."""

    name: str
    unit: str
    back: str
    form: AddressForm | None = None
    correct: Callable[..., int] | None = None


def _owner(scope: Scope, role: str, number: int, data: Any) -> _Owner:
    list_url = reverse("messaging:people", args=[scope.conference.pk])
    if role == recipients.DELEGATE:
        delegate = delegate_or_404(scope, number)
        return _Owner(
            delegate.full_name,
            delegate.registration.organisation.name,
            reverse("messaging:person", args=[scope.conference.pk, number]),
            AddressForm(data, initial={"email": delegate.email, "phone": delegate.phone}),
            partial(resend.correct_delegate, delegate=delegate),
        )
    if role == recipients.CONTACT:
        rows = Registration.objects.select_related("organisation", "conference").filter(erased_at=None)
        registration = _of_point(scope, rows, number)
        if attending := registration.delegates.filter(is_contact=True).first():
            return _owner(scope, recipients.DELEGATE, attending.pk, data)
        return _Owner(
            registration.contact_name,
            registration.organisation.name,
            f"{list_url}?{Filter(point=str(registration.bridge_point_id)).query()}",
            AddressForm(data, initial={"email": registration.contact_email, "phone": registration.contact_phone}),
            partial(resend.correct_contact, registration=registration),
        )
    if role == recipients.TECHNICIAN:
        connection = _of_point(scope, Connection.objects.select_related("bridge_point"), number)
        now_there = {n: getattr(connection, f"technician_{n}") for n in ("name", "email", "phone")}
        return _Owner(
            connection.technician_name or gettext("technical contact"),
            connection.bridge_point.name,
            f"{list_url}?{Filter(point=str(connection.bridge_point_id)).query()}",
            TechnicianForm(data, initial=now_there),
            partial(resend.correct_technician, connection=connection),
        )
    if role == recipients.COORDINATOR:
        coordinator = _of_point(scope, Coordinator.objects.select_related("user", "bridge_point"), number)
        back = f"{list_url}?{Filter(point=str(coordinator.bridge_point_id)).query()}"
        return _Owner(str(coordinator.user), coordinator.bridge_point.name, back)
    raise Http404


def _of_point(scope: Scope, rows: QuerySet, number: int) -> Any:
    row = rows.filter(pk=number, bridge_point__in=list(scope.points)).first()
    if row is None:
        raise Http404
    return row


@staff_page
def address(request: HttpRequest, pk: int, role: str, number: int) -> HttpResponse:
    """Correct the address of somebody and send there what failed, and how their registration stands."""
    scope = scope_or_404(request, pk)
    owner = _owner(scope, role, number, request.POST if request.method == "POST" else None)
    is_sent = request.method == "POST"
    if is_sent and owner.form is not None and owner.correct is not None and owner.form.is_valid():
        again = owner.correct(**owner.form.cleaned_data, now=timezone.now())
        words = ngettext(
            "Corrected. %(count)d message is on its way again.",
            "Corrected. %(count)d messages are on their way again.",
            again,
        )
        nothing = gettext("Corrected. There was nothing to send again.")
        messages.success(request, words % {"count": again} if again else nothing)
        return redirect(owner.back)
    response = page(request, "address", gettext("Correct the address"), scope, owner=owner, form=owner.form)
    response.status_code = 422 if is_sent else 200
    return response
