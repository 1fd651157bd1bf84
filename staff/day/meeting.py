"""Phòng họp trực tuyến: who was in the meeting, by point; whom its names mean; the lists of it; Zoom's calls."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.models import CHANGE
from django.core.paginator import Paginator
from django.db.models import Count, Max, Min, Q, QuerySet, Value
from django.db.models.functions import Concat
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from attendance import meeting as stays
from attendance.meeting_calls import hook_of, renew_link, set_secret
from attendance.meeting_numbers import numbers_of
from attendance.models import MeetingHook, MeetingStay
from lists.meeting.matching import Means
from lists.models import ImportJob
from staff.day.board import points_of
from staff.day.meeting_forms import SecretForm, WhoForm, people_for
from staff.day.subtabs import day_page
from staff.edit_conflicts import focus_in
from staff.workspace.access import ORGANISERS, WORKERS, Workspace, workspace_page
from staff.workspace.matter import log

_PER_PAGE = 50
_MOST_LISTS = 20
#: By which the names are chosen, in this order.
_KINDS = (
    (Means.OPEN, _("Not matched")),
    (Means.PERSON, _("Delegates")),
    (Means.ROOM, _("Devices of rooms")),
    (Means.NOBODY, _("Not delegates")),
)


def _of_kind(means: str) -> Q:
    """The times of names that mean ``means``; whom nobody is left for is open."""
    lost = Q(means=Means.PERSON, delegate=None) | Q(means=Means.ROOM, room=None)
    return Q(means=Means.OPEN) | lost if means == Means.OPEN else Q(means=means) & ~lost


def _names(workspace: Workspace, means: str) -> QuerySet[MeetingStay, Any]:
    """The names that mean ``means``, each once: how often, from when to when, and the number of one of its times."""
    rows = MeetingStay.objects.filter(_of_kind(means), conference=workspace.conference).exclude(name="")
    return (
        rows.order_by()
        .values("name", "email", "delegate__full_name", "room__name", "room__short_name", "means", "way")
        .annotate(number=Min("pk"), times=Count("pk"), begin=Min("joined_at"), until=Max("left_at"))
        .order_by("name", "number")
    )


def _counts(workspace: Workspace) -> dict[str, int]:
    """How many names in the meeting there are of each meaning. One query."""
    rows = MeetingStay.objects.filter(conference=workspace.conference).exclude(name="").order_by()
    name = Concat("name", Value("|"), "email")
    counts = {f"{means}_names": Count(name, distinct=True, filter=_of_kind(means)) for means, _label in _KINDS}
    found = rows.aggregate(**counts)
    return {means.value: found[f"{means}_names"] for means, _label in _KINDS}


@workspace_page(*WORKERS)
@require_GET
def meeting(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Who was in the meeting; a coordinator sees the numbers of their points."""
    points = points_of(workspace)
    numbers = numbers_of(points)
    return day_page(
        request,
        workspace,
        "day/meeting",
        title=gettext("Online meeting"),
        here="meeting",
        rows=[(point, numbers[point.pk]) for point in points],
        is_organiser=workspace.is_organiser,
        **(_of_organiser(request, workspace) if workspace.is_organiser else {}),
    )


def _of_organiser(request: HttpRequest, workspace: Workspace) -> dict[str, Any]:
    """The names, the lists and Zoom's calls."""
    counts = _counts(workspace)
    shown = request.GET.get("show", "")
    if shown not in Means.values:
        shown = next((means.value for means, _label in _KINDS if counts[means]), Means.OPEN.value)
    lists = ImportJob.objects.filter(conference=workspace.conference, kind=ImportJob.Kind.MEETING)
    return {
        "shown": shown,
        "kinds": [(means.value, label, counts[means]) for means, label in _KINDS],
        "has_names": any(counts.values()),
        "names": Paginator(_names(workspace, shown), _PER_PAGE).get_page(request.GET.get("p")),
        "lists": lists.without_rows().select_related("by")[:_MOST_LISTS],
        "hook": MeetingHook.objects.filter(conference=workspace.conference).first(),
    }


@workspace_page(*ORGANISERS)
@require_http_methods(["GET", "HEAD", "POST"])
def meeting_who(request: HttpRequest, workspace: Workspace, number: int) -> HttpResponse:
    """Say whom a name in the meeting means."""
    mine = MeetingStay.objects.filter(conference=workspace.conference).exclude(name="")
    stay = mine.select_related("delegate", "room").filter(pk=number).first()
    if stay is None:
        raise Http404
    stay.conference = workspace.conference
    query = request.GET.get("q", "")[:100]
    people = people_for(stay, query, request.POST.get("who", ""))
    form = WhoForm(stay, people, request.POST.copy() if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and (answer := _choose(request, workspace, stay, form)):
        return answer
    focus_in(form, list(form.fields))
    return day_page(
        request,
        workspace,
        "day/meeting_who",
        title=stay.name,
        here="meeting",
        status=422 if form.is_bound else 200,
        stay=stay,
        form=form,
        query=query,
        nobody_found=bool(query) and not people.found,
    )


def _choose(request: HttpRequest, workspace: Workspace, stay: MeetingStay, form: WhoForm) -> HttpResponse | None:
    """Store what the valid ``form`` says; None if it cannot be, which the form says then."""
    choice = form.choice()
    try:
        times = stays.choose(stay=stay, choice=choice, by=workspace.user, now=timezone.now())
    except stays.NotChosen as reason:
        form.add_error("who", str(reason))
        return None
    # Without the name: the log outlives the people.
    words = gettext("A name in the meeting was matched by hand: %(means)s") % {"means": choice.means.label}
    log(request, workspace.conference, CHANGE, words)
    said = ngettext(
        "Stored, for %(count)d time in the meeting. The next list is matched in the same way.",
        "Stored, for %(count)d times in the meeting. The next list is matched in the same way.",
        times,
    )
    messages.success(request, said % {"count": times})
    return redirect(f"{workspace.url('meeting')}?show=open#names")


@workspace_page(*ORGANISERS)
@require_http_methods(["GET", "HEAD", "POST"])
def meeting_zoom(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """The address for Zoom's calls, and the secret with which it signs them."""
    hook = hook_of(conference=workspace.conference)
    if "renew" in request.POST:
        return _renew_zoom(request, workspace)
    stops = "stop" in request.POST
    form = SecretForm(request.POST if request.method == "POST" and not stops else None)
    if stops or form.is_valid():
        secret = "" if stops else form.cleaned_data["secret"]
        set_secret(conference=workspace.conference, secret=secret, by=workspace.user)
        words = gettext("Zoom’s calls: no longer taken") if stops else gettext("Zoom’s calls: secret token entered")
        log(request, workspace.conference, CHANGE, words)
        asks = gettext("Saved. Now press Validate at Zoom; this page says when Zoom has confirmed the address.")
        messages.success(request, gettext("Saved.") if stops else asks)
        return redirect(workspace.url("meeting_zoom"))
    focus_in(form, list(form.fields))
    return day_page(
        request,
        workspace,
        "day/meeting_zoom",
        title=gettext("Zoom’s calls"),
        here="meeting",
        status=422 if form.is_bound else 200,
        form=form,
        hook=hook,
    )


def _renew_zoom(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Another address for Zoom's calls in place of the one that the page showed."""
    version = request.POST["renew"]
    is_number = version.isascii() and version.isdecimal() and len(version) < 10
    if is_number and renew_link(conference=workspace.conference, version=int(version)):
        log(request, workspace.conference, CHANGE, gettext("Zoom’s calls: address withdrawn, a new one made"))
        words = gettext("The old address takes no more calls. Enter the new one at Zoom, and press Validate there.")
        messages.success(request, words)
    else:
        messages.warning(request, gettext("Meanwhile somebody has made another address: it stands below."))
    return redirect(workspace.url("meeting_zoom"))
