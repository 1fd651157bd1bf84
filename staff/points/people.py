"""The people of a bridge point: its coordinators and its technician."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.models import CHANGE
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from accounts.models import display_name
from bridges import services
from bridges.models import BridgePoint, Coordinator
from common.phones import e164_of
from staff.edit_conflicts import focus_in
from staff.points.editing import stored_connection
from staff.points.matters import AppointForm, PhoneForm, TechnicianForm
from staff.points.pages import frame, point_page
from staff.roles.views import withdraw_row
from staff.workspace.access import ORGANISERS, WORKERS, Workspace
from staff.workspace.matter import log, log_form
from staff.workspace.pages import form_page, page


@point_page(*WORKERS)
def people(request: HttpRequest, workspace: Workspace, point: BridgePoint) -> HttpResponse:
    """Who runs the point and who connects it: a list, and two short forms, each with its own button."""
    wanted = request.POST.get("form", "") if request.method == "POST" else ""
    if wanted == "appoint" and not workspace.is_organiser:
        raise Http404
    with transaction.atomic():
        appoint = AppointForm(request.POST if wanted == "appoint" else None, prefix="new")
        technician_data = request.POST if wanted == "technician" else None
        technician = TechnicianForm(technician_data, instance=stored_connection(point, technician_data))
        if appoint.is_valid():
            return _appoint(request, workspace, point, appoint.cleaned_data)
        if technician.is_valid():
            return _save_technician(request, workspace, point, technician)
    return _draw(request, workspace, point, appoint, technician)


def _draw(
    request: HttpRequest, workspace: Workspace, point: BridgePoint, appoint: Any, technician: Any
) -> HttpResponse:
    for form in (appoint, technician):
        focus_in(form, list(form.fields))
    coordinators = list(point.coordinators.select_related("user").order_by("pk"))
    is_one = any(row.user_id == workspace.user.pk and not row.deputy_of_id for row in coordinators)
    return page(
        request,
        workspace,
        "points/people",
        title=point.name,
        status=422 if appoint.is_bound or technician.is_bound else 200,
        coordinators=coordinators,
        may_name_deputies=is_one and not workspace.is_organiser,
        appoint=appoint,
        technician=technician,
        form=appoint if appoint.is_bound else technician,
        **frame(workspace, point, "point_people"),
    )


def _appoint(request: HttpRequest, workspace: Workspace, point: BridgePoint, data: dict[str, Any]) -> HttpResponse:
    # A deputy who is appointed becomes a coordinator.
    had = point.coordinators.filter(deputy_of=None).count()
    phone = e164_of(data["phone"])
    who = {"email": data["email"], "name": data["name"], "phone": phone}
    row = services.appoint(point=point, **who, now=timezone.now(), by=workspace.user)
    if phone and not row.user.phone:
        services.set_phone(coordinator=row, phone=phone)
    facts = {"name": display_name(row.user)}
    if point.coordinators.filter(deputy_of=None).count() > had:
        log(request, point, CHANGE, gettext("Coordinator appointed: %(name)s") % facts)
        messages.success(request, gettext("%(name)s runs this bridge point now.") % facts)
    else:
        messages.info(request, gettext("%(name)s is a coordinator of this bridge point already.") % facts)
    return redirect(workspace.url("point_people", point.pk))


def _save_technician(request: HttpRequest, workspace: Workspace, point: BridgePoint, form: Any) -> HttpResponse:
    if form.has_changed():
        form.save()
        log_form(request, form)
        messages.success(request, gettext("Saved."))
    else:
        messages.info(request, gettext("Nothing was changed: everything stays as it is stored."))
    return redirect(workspace.url("point_people", point.pk))


def _coordinator(point: BridgePoint, number: int) -> Coordinator:
    row = point.coordinators.select_related("user").filter(pk=number).first()
    if row is None:
        raise Http404
    return row


@point_page(*ORGANISERS)
@require_POST
def remove(request: HttpRequest, workspace: Workspace, point: BridgePoint, number: int) -> HttpResponse:
    """Withdraw the point from a coordinator, and from the deputies whom they have named; one press names them again."""
    row = _coordinator(point, number)
    back = workspace.url("point_people", point.pk)
    withdraw_row(request, workspace, row, back)
    return redirect(back)


@point_page(*ORGANISERS)
def phone(request: HttpRequest, workspace: Workspace, point: BridgePoint, number: int) -> HttpResponse:
    """The phone number of a coordinator, unless they have proved one themselves: that is theirs to change."""
    row = _coordinator(point, number)
    if row.user.phone_verified_at:
        raise Http404
    form = PhoneForm(request.POST if request.method == "POST" else None, initial={"phone": row.user.phone})
    if form.is_valid():
        with transaction.atomic():
            if services.set_phone(coordinator=row, phone=e164_of(form.cleaned_data["phone"])):
                log(request, row.user, CHANGE, [{"changed": {"fields": ["Phone"]}}])
        messages.success(request, gettext("Saved."))
        return redirect(workspace.url("point_people", point.pk))
    return form_page(
        request,
        workspace,
        "points/short",
        is_organiser=True,
        title=gettext("Phone of %(name)s") % {"name": display_name(row.user)},
        tab="points",
        form=form,
        cancel_url=workspace.url("point_people", point.pk),
    )
