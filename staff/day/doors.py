"""Đón tiếp: the doors of the points, and the phones at them."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.admin.models import ADDITION, CHANGE, DELETION
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from attendance import devices
from attendance.devices import DoorRefused
from attendance.models import Device, Door
from bridges.models import BridgePoint
from registrations import qr
from staff.day.door_forms import DoorForm, PhoneForm
from staff.day.door_rows import PhoneRow, PointRow, mark_of, phone_row, point_rows
from staff.day.subtabs import day_page
from staff.edit_conflicts import focus_in
from staff.points.pages import point_page
from staff.workspace.access import WORKERS, Workspace, workspace_page
from staff.workspace.matter import log


@workspace_page(*WORKERS)
@require_GET
def doors(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """The doors of the points that the user runs, and the phones at them."""
    return _draw(request, workspace)


@workspace_page(*WORKERS)
@require_GET
def doors_live(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """The phones as they are now; 304 while nothing is otherwise."""
    rows = point_rows(workspace.scope.points.values(), timezone.now())
    if unchanged := get_conditional_response(request, etag=mark_of(rows)):
        return unchanged
    response = render(request, "staff/day/_phones.html", {"rows": rows, "workspace": workspace})
    response["ETag"] = mark_of(rows)
    return response


def _draw(request: HttpRequest, workspace: Workspace, bound: Any = None) -> HttpResponse:
    """The page; ``bound``: a form that came back with mistakes."""
    rows = point_rows(workspace.scope.points.values(), timezone.now())
    chosen = request.GET.get("setup", "")
    for row in rows:
        _add_forms(row, bound)
        row.is_set_up = chosen == str(row.point.pk)
    if bound is not None:
        focus_in(bound, list(bound.fields))
    # Before the first phone there is nothing else to do here.
    is_setting_up = bool(bound) or any(row.is_set_up for row in rows) or not any(row.phones for row in rows)
    return day_page(
        request,
        workspace,
        "day/doors",
        title=gettext("Reception"),
        here="doors",
        status=422 if bound else 200,
        rows=rows,
        mark=mark_of(rows),
        form=bound,
        is_setting_up=is_setting_up,
    )


def _add_forms(row: PointRow, bound: Any) -> None:
    known = [door for door, _count in row.doors]
    row.door_form, row.phone_form = _door_form(row.point), _phone_form(row.point, known)
    if bound is not None and bound.prefix == row.door_form.prefix:
        row.door_form = bound
    elif bound is not None and bound.prefix == row.phone_form.prefix:
        row.phone_form = bound


def _door_form(point: BridgePoint, data: Any = None) -> DoorForm:
    return DoorForm(data, prefix=f"door{point.pk}")


def _phone_form(point: BridgePoint, known: list[Door], data: Any = None) -> PhoneForm:
    return PhoneForm(data, doors=known, prefix=f"phone{point.pk}")


def _set_up(workspace: Workspace, point: BridgePoint) -> str:
    """The address of the page, with the forms of ``point`` open."""
    return f"{workspace.url('doors')}?setup={point.pk}#setup-{point.pk}"


def _place(point: BridgePoint) -> BridgePoint:
    """``point``, if people are received there.

    Raises:
        Http404: nobody is.
    """
    if not point.is_place:
        raise Http404
    return point


@point_page(*WORKERS)
@require_POST
def door_add(request: HttpRequest, workspace: Workspace, point: BridgePoint) -> HttpResponse:
    """A new door."""
    form = _door_form(_place(point), request.POST)
    if form.is_valid():
        try:
            door = devices.add_door(point=point, name=form.cleaned_data["name"])
        except DoorRefused as refusal:
            form.add_error("name", str(refusal))
        else:
            log(request, point, CHANGE, gettext("Door added: %(name)s") % {"name": door.name})
            messages.success(request, gettext("Saved."))
            return redirect(_set_up(workspace, point))
    return _draw(request, workspace, form)


@point_page(*WORKERS)
@require_POST
def door_remove(request: HttpRequest, workspace: Workspace, point: BridgePoint, number: int) -> HttpResponse:
    """Remove a door at which nothing has happened."""
    door = Door.objects.filter(bridge_point=point, pk=number).first()
    if door is None:
        raise Http404
    try:
        devices.remove_door(door=door)
    except DoorRefused as refusal:
        messages.error(request, str(refusal))
    else:
        log(request, point, CHANGE, gettext("Door removed: %(name)s") % {"name": door.name})
        messages.success(request, gettext("“%(name)s” is removed.") % {"name": door.name})
    return redirect(_set_up(workspace, point))


@point_page(*WORKERS)
@require_POST
def phone_add(request: HttpRequest, workspace: Workspace, point: BridgePoint) -> HttpResponse:
    """A phone to be paired: leads to the page with its code."""
    form = _phone_form(point, devices.doors_of(_place(point)), request.POST)
    if not form.is_valid():
        return _draw(request, workspace, form)
    with transaction.atomic():
        door = Door.objects.filter(bridge_point=point, pk=form.cleaned_data["door"]).first()
        door = door or devices.first_door(point)
        device = devices.make_device(
            door=door,
            name=form.cleaned_data["name"],
            role=form.cleaned_data["role"],
            by=workspace.user,
            now=timezone.now(),
        )
        log(request, device, ADDITION, gettext("Made, to be paired"))
    return redirect(workspace.url("phone", device.pk))


def phone_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Makes a view a page of a phone at a point that its user runs; others get 404."""

    @workspace_page(*WORKERS)
    @wraps(view)
    def answer(request: HttpRequest, workspace: Workspace, pk: int) -> HttpResponse:
        mine = Device.objects.filter(bridge_point__in=list(workspace.scope.points))
        device = mine.select_related("conference", "bridge_point", "door").filter(pk=pk).first()
        if device is None:
            raise Http404
        return view(request, workspace, device)

    return answer


@phone_page
@require_GET
def phone(request: HttpRequest, workspace: Workspace, device: Device) -> HttpResponse:
    """The code that pairs a phone and its address, until one has been paired with it."""
    row = phone_row(device, timezone.now())
    address = device.pairing_url if row.may_pair else ""
    code = qr.address(address) if address else ""
    facts: dict[str, Any] = {
        "row": row,
        "device": device,
        "code": code,
        "address": address,
        "mark": _mark_of_phone(row),
    }
    return day_page(request, workspace, "day/phone", title=device.name, here="doors", **facts)


def _mark_of_phone(row: PhoneRow) -> str:
    """An ETag: another one when the phone has been paired, or cannot be any more."""
    return f'"{row.kind}-{int(row.may_pair)}"'


@phone_page
@require_GET
def phone_live(request: HttpRequest, workspace: Workspace, device: Device) -> HttpResponse:
    """How the phone stands, which takes the place of the code: 304 while that is as it was drawn."""
    row = phone_row(device, timezone.now())
    mark = _mark_of_phone(row)
    if unchanged := get_conditional_response(request, etag=mark):
        return unchanged
    response = render(request, "staff/day/_phone.html", {"row": row, "device": device, "workspace": workspace})
    response["ETag"] = mark
    return response


@phone_page
@require_POST
def phone_withdraw(request: HttpRequest, workspace: Workspace, device: Device) -> HttpResponse:
    """Withdraw a phone in one press: it forgets everything when it next asks."""
    if devices.withdraw(device=device, now=timezone.now()):
        log(request, device, DELETION, gettext("Withdrawn"))
        words = gettext("“%(name)s” is withdrawn. It erases its list and its queue as soon as it has network.")
        messages.success(request, words % {"name": device.name})
    return redirect(workspace.url("doors"))
