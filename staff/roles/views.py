"""Who may do what in a conference: named by e-mail address, withdrawn in one press."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.models import CHANGE
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop, ngettext
from django.views.decorators.http import require_POST

from accounts.inviting import give_rights
from accounts.models import User, display_name
from bridges import services as bridges
from bridges import withdrawing
from bridges.models import BridgePoint, Coordinator
from conference import roles
from staff.roles import people
from staff.roles.forms import COORDINATOR, LEADER, ORGANISER, DeputyForm, InviteForm
from staff.workspace import undo
from staff.workspace.access import ORGANISERS, WORKERS, Role, Workspace, workspace_page
from staff.workspace.matter import log
from staff.workspace.pages import form_page, page
from staff.workspace.undo import NotUndone, undoable

#: What the log calls a role: untranslated names, which it says in the language of its reader.
_IN_LOG = {
    ORGANISER: gettext_noop("organiser"),
    COORDINATOR: gettext_noop("coordinator"),
    LEADER: gettext_noop("leader"),
}
_DEPUTY_IN_LOG = gettext_noop("deputy coordinator")


def _log(request: HttpRequest, workspace: Workspace, what: str, role: str, user: User, where: str = "") -> None:
    """Note that a role was given ("added") or withdrawn ("deleted"), with the conference."""
    who = display_name(user) + (f" ({where})" if where else "")
    log(request, workspace.conference, CHANGE, [{what: {"name": role, "object": who}}])


# --- the page of the organisers ---------------------------------------------------------------------------------------


@workspace_page(*ORGANISERS)
def roles_page(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Everybody with a role in the conference; POST names somebody."""
    points = workspace.conference.bridge_points.all()
    data = request.POST if request.method == "POST" else None
    form = InviteForm(data, points=points, initial={"role": ORGANISER})
    if form.is_bound and form.is_valid():
        _name(request, workspace, form.cleaned_data)
        return redirect(workspace.url("roles"))
    return _draw(request, workspace, form)


def _draw(request: HttpRequest, workspace: Workspace, form: InviteForm) -> HttpResponse:
    points = people.points(workspace.conference, workspace.user)
    return form_page(
        request,
        workspace,
        "roles/page",
        title=gettext("Who may do what"),
        tab="settings",
        form=form,
        organisers=people.organisers(workspace),
        points=points,
        without=[point.label for point in points if not point.coordinators],
        leaders=people.leaders(workspace),
    )


def _name(request: HttpRequest, workspace: Workspace, data: dict[str, Any]) -> None:
    who = {"email": data["email"], "name": data["name"], "by": workspace.user, "now": timezone.now()}
    role, where = data["role"], ""
    with transaction.atomic():
        if role == COORDINATOR:
            where = data["point"].label
            is_new = _is_no_coordinator(data["point"], data["email"])
            user = bridges.appoint(point=data["point"], **who).user
        elif role == LEADER:
            user, is_new = roles.name_leader(conference=workspace.conference, **who)
        else:
            user, is_new = roles.name_organiser(conference=workspace.conference, **who)
        if is_new:
            _log(request, workspace, "added", _IN_LOG[role], user, where)
    _say_named(request, user, is_new=is_new)


def _is_no_coordinator(point: BridgePoint, email: str) -> bool:
    """Whether the person is none at ``point`` yet, or a deputy only."""
    user = email.strip().lower()
    return not Coordinator.objects.filter(bridge_point=point, user__email=user, deputy_of=None).exists()


def _say_named(request: HttpRequest, user: User, *, is_new: bool) -> None:
    if is_new:
        words = gettext("%(who)s has the role now. A mail to %(email)s says how to sign in.")
        messages.success(request, words % {"who": display_name(user), "email": user.email})
    else:
        messages.info(request, gettext("%(who)s has this role already.") % {"who": display_name(user)})


# --- withdrawing ------------------------------------------------------------------------------------------------------


@workspace_page(*ORGANISERS)
def withdraw(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Withdraw the role that was pressed; who withdraws their own is asked first, for they lose the way back."""
    kind, _, number = request.POST.get("who", "").partition("/")
    if request.method != "POST" or not number.isdecimal() or len(number) > 18:
        return redirect(workspace.url("roles"))
    ways = {ORGANISER: _withdraw_organiser, LEADER: _withdraw_leader, COORDINATOR: _withdraw_coordinator}
    if kind not in ways:
        raise Http404
    return ways[kind](request, workspace, int(number)) or redirect(workspace.url("roles"))


def _withdraw_organiser(request: HttpRequest, workspace: Workspace, number: int) -> HttpResponse | None:
    user = get_object_or_404(workspace.conference.organisers, pk=number)
    is_self = user == workspace.user and not user.is_superuser
    others = roles.active_organisers(workspace.conference).exclude(pk=user.pk)
    if is_self and others.exists() and request.POST.get("sure") != "yes":
        title = gettext("Withdraw your own role?")
        return page(request, workspace, "roles/own", title=title, tab="settings", user_number=user.pk)
    try:
        lost = withdrawing.withdraw_organiser(conference=workspace.conference, user=user)
    except roles.LastOrganiser:
        words = gettext("%(who)s is the only organiser who can sign in. Name another one first.")
        messages.error(request, words % {"who": display_name(user)})
        return None
    _log(request, workspace, "deleted", _IN_LOG[ORGANISER], user)
    if is_self:
        messages.success(request, gettext("You no longer organise this conference."))
        return redirect("home" if "is_staff" in lost else "workspace:conferences")
    words = _withdrawn(user) + _kept(user)
    undo.offer(request, workspace, words, "organiser", back=workspace.url("roles"), user=user.pk, lost=lost)
    return None


def _kept(user: User) -> str:
    """A sentence about the right that an administrator gave, which no withdrawal takes; empty where there is none."""
    if user.is_superuser or not user.is_organiser or user.organiser_by_role:
        return ""
    return " " + gettext("They may still create conferences: an administrator gave them that right.")


def _withdrawn(user: User) -> str:
    return gettext("The role of %(who)s is withdrawn.") % {"who": display_name(user)}


@undoable("organiser", *ORGANISERS)
def _organiser_again(request: HttpRequest, workspace: Workspace, user: int, lost: list[str]) -> None:
    person = _let_in(user)
    if "is_organiser" in lost:
        give_rights(user=person, as_organiser=True)
    if not person.is_organiser:
        raise NotUndone(gettext("The account was changed meanwhile."))
    workspace.conference.organisers.add(person)
    _log(request, workspace, "added", _IN_LOG[ORGANISER], person)


def _let_in(number: int) -> User:
    """The user with this number, in the administration again if the withdrawal closed it to them."""
    person = User.objects.filter(pk=number, is_active=True).exclude(email=None).first()
    if person is None:
        raise NotUndone(gettext("The account was changed meanwhile."))
    give_rights(user=person, as_organiser=False)
    return person


def _withdraw_leader(request: HttpRequest, workspace: Workspace, number: int) -> None:
    user = get_object_or_404(workspace.conference.leaders, pk=number)
    withdrawing.withdraw_leader(conference=workspace.conference, user=user)
    _log(request, workspace, "deleted", _IN_LOG[LEADER], user)
    undo.offer(request, workspace, _withdrawn(user), "leader", back=workspace.url("roles"), user=user.pk)


@undoable("leader", *ORGANISERS)
def _leader_again(request: HttpRequest, workspace: Workspace, user: int) -> None:
    person = _let_in(user)
    workspace.conference.leaders.add(person)
    _log(request, workspace, "added", _IN_LOG[LEADER], person)


def _withdraw_coordinator(request: HttpRequest, workspace: Workspace, number: int) -> None:
    rows = Coordinator.objects.filter(bridge_point__conference=workspace.conference)
    withdraw_row(request, workspace, get_object_or_404(rows, pk=number), workspace.url("roles"))


@transaction.atomic
def withdraw_row(request: HttpRequest, workspace: Workspace, row: Coordinator, back: str) -> None:
    """Withdraw a coordinator with their deputies, or a deputy, and offer on the page ``back`` to name them again."""
    user, point, number = row.user, row.bridge_point, row.pk
    above = row.deputy_of.user_id if row.deputy_of else None
    deputies = withdrawing.withdraw_coordinator(coordinator=row)
    _log(request, workspace, "deleted", _name_in_log(above), user, point.label)
    for deputy in deputies:
        _log(request, workspace, "deleted", _DEPUTY_IN_LOG, deputy, point.label)
    words = _withdrawn(user)
    if deputies:
        more = ngettext("So is that of %(count)d deputy.", "So are those of %(count)d deputies.", len(deputies))
        words = f"{words} {more % {'count': len(deputies)}}"
    facts = {"point": point.pk, "number": number, "user": user.pk, "above": above}
    below = [deputy.pk for deputy in deputies]
    undo.offer(request, workspace, words, "coordinator", back=back, deputies=below, **facts)


def _name_in_log(above: int | None) -> str:
    return _IN_LOG[COORDINATOR] if above is None else _DEPUTY_IN_LOG


@undoable("coordinator", *WORKERS)
def _coordinator_again(
    request: HttpRequest,
    workspace: Workspace,
    point: int,
    number: int,
    user: int,
    above: int | None,
    deputies: list[int],
) -> None:
    if above is None and not workspace.is_organiser:
        raise NotUndone(gettext("This can no longer be undone."))
    place = workspace.conference.bridge_points.filter(pk=point).first()
    superior = Coordinator.objects.filter(bridge_point=point, user=above, deputy_of=None).first() if above else None
    if place is None or (above and superior is None):
        raise NotUndone(gettext("It is no longer there."))
    # With its old number: mails that have been planned name it by that.
    row, _ = Coordinator.objects.get_or_create(
        bridge_point=place, user=_let_in(user), defaults={"pk": number, "deputy_of": superior}
    )
    _log(request, workspace, "added", _name_in_log(above), row.user, place.label)
    for one in deputies:
        deputy, _ = Coordinator.objects.get_or_create(
            bridge_point=place, user=_let_in(one), defaults={"deputy_of": row}
        )
        _log(request, workspace, "added", _DEPUTY_IN_LOG, deputy.user, place.label)


# --- the page of a coordinator ----------------------------------------------------------------------------------------


def _own_points(workspace: Workspace) -> QuerySet[BridgePoint]:
    """The points that the user coordinates, and not as a deputy."""
    mine = Coordinator.objects.filter(user=workspace.user, deputy_of=None).values("bridge_point")
    return workspace.conference.bridge_points.filter(pk__in=mine)


@workspace_page(Role.COORDINATOR)
def deputies(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """The deputies of a coordinator; POST names one. A deputy names nobody."""
    points = _own_points(workspace)
    numbers = [point.pk for point in points]
    if not numbers:
        raise Http404
    data = request.POST if request.method == "POST" else None
    first = numbers[0] if len(numbers) == 1 else None
    form = DeputyForm(data, points=points, initial={"point": first})
    if form.is_bound and form.is_valid():
        _name_deputy(request, workspace, form.cleaned_data)
        return redirect(workspace.url("deputies"))
    return form_page(
        request,
        workspace,
        "roles/deputies",
        title=gettext("Deputies"),
        tab="my_point",
        form=form,
        points=people.points(workspace.conference, workspace.user, numbers),
    )


def _name_deputy(request: HttpRequest, workspace: Workspace, data: dict[str, Any]) -> None:
    point, email = data["point"], data["email"].strip().lower()
    is_new = not Coordinator.objects.filter(bridge_point=point, user__email=email).exists()
    above = Coordinator.objects.get(bridge_point=point, user=workspace.user)
    now = timezone.now()
    with transaction.atomic():
        if is_new:
            row = bridges.appoint(
                point=point, email=email, name=data["name"], now=now, deputy_of=above, by=workspace.user
            )
            _log(request, workspace, "added", _DEPUTY_IN_LOG, row.user, point.label)
        else:
            row = Coordinator.objects.select_related("user").get(bridge_point=point, user__email=email)
    _say_named(request, row.user, is_new=is_new)


@workspace_page(Role.COORDINATOR)
@require_POST
def withdraw_deputy(request: HttpRequest, workspace: Workspace, pk: int) -> HttpResponse:
    """Withdraw one of the deputies that the user has named."""
    mine = Coordinator.objects.filter(
        deputy_of__user=workspace.user, deputy_of__deputy_of=None, bridge_point__conference=workspace.conference
    )
    withdraw_row(request, workspace, get_object_or_404(mine, pk=pk), workspace.url("deputies"))
    return redirect(workspace.url("deputies"))
