"""The personal join page."""

from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlencode

from csp.decorators import csp_update
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from accounts.signed_in import is_proven
from attendance import services
from attendance.desk import already_words, clerk_of, desk_for, runs, unproven_words, why_closed
from attendance.services import JoinPhase
from bridges.lines import line_in_use
from bridges.models import BridgePoint
from bridges.shown import ConferenceShown, PointShown, conference_shown, point_shown
from common.frames import draw
from common.lookups import LookUp, columns
from common.page_cache import kept_by_nobody
from registrations import qr
from registrations.calendar import invitation
from registrations.models import Delegate
from registrations.public.language import speak_language_of
from registrations.services import MARK, note_opened
from registrations.tokens import fingerprint


def _map_url(point: BridgePoint) -> str:
    """Where a map shows ``point``: a plain link that the visitor may follow; the page itself asks no other host."""
    if point.latitude is not None and point.longitude is not None:
        query = f"{point.latitude},{point.longitude}"
    else:
        query = ", ".join(part for part in (point.address or point.name, str(point.province or "")) if part)
    return "https://www.google.com/maps/search/?" + urlencode({"api": 1, "query": query})


# What no page of a delegate says. Of 135 columns each costs the web process as much as half a line of Python; a new one
# is fetched, and one that is asked for here all the same costs a statement of its own.
_UNSAID = {
    "": "search_text sort_name mobile list_order",
    "registration": "search_text submission_key seats holds_seats queue_number contact_name contact_email contact_phone"
    " contact_position consent_version consented_at consent_way invitation reason decided_by erased_at",
    "registration__organisation": "search_text kind tax_code province",
    "registration__conference": "search_text summary purpose needs_approval holds_seats erased_at",
    "registration__bridge_point": "search_text host_name is_hub seats is_open approval line_test position seats_taken"
    " seats_reserved waiting_count queue_tail",
    "registration__bridge_point__province": "code valid_from valid_to latitude longitude sort_name",
    "registration__bridge_point__connection": "technician_name technician_phone technician_email",
}


def _of_link(token_hash: str) -> QuerySet[Delegate]:
    """The delegate with this hash of their token, what they are registered for, and whether they have come.

    Without texts of other pages. One statement, which PostgreSQL plans once: one more table costs it less than asking.
    """
    registration = "registration"
    return (
        Delegate.objects.filter(token_hash=token_hash)
        .select_related("attendance", f"{registration}__conference", f"{registration}__organisation")
        .select_related(f"{registration}__bridge_point__province", f"{registration}__bridge_point__connection")
        .select_related(f"{registration}__bridge_point__spare_line")
        .defer(*columns(_UNSAID))
        .order_by()
    )


_BY_LINK = LookUp(_of_link)


# The address is the key: who knows it may press, and whose cookies come along says nothing. For staff they do.
@csrf_exempt
@kept_by_nobody
# The button's answer is a redirect to the meeting room, which Chromium counts as part of the form's action.
# Its types know only views that take nothing but the request.
@csp_update({"form-action": ["https:", "http:"]})  # type: ignore[arg-type]
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows where and when, POST records attendance and leads to the room as it is now."""
    now = timezone.now()
    delegate = _BY_LINK.first(fingerprint(token))
    if delegate is None:
        raise Http404("No delegate has this link.")
    delegate.was_found_by(token)
    registration = delegate.registration
    speak_language_of(registration, request)
    if delegate.is_contact:
        note_opened(registration=registration, mark=request.GET.get(MARK, ""), now=now)
    phase = services.join_phase(registration, now)
    clerk = clerk_of(request, delegate)
    if request.method == "POST":
        if clerk and runs(clerk, registration.bridge_point):
            return _serve(request, clerk, delegate, now)
        if phase is not JoinPhase.CANCELLED:
            return _press(request, delegate, now)
    return _page(request, delegate, phase, clerk, now)


class _Shared(NamedTuple):
    """What the page says to everybody who takes part at the same point."""

    conference: ConferenceShown
    point: PointShown
    #: What the link leads to, see ``JoinPhase``.
    phase: str
    state: str
    preparation: tuple[str, ...]
    map_url: str
    has_come: bool
    can_press: bool
    #: How to connect: label and value.
    details: tuple[tuple[str, str], ...]
    instructions: str
    #: Whether the page leads to questions and votes.
    takes_questions: bool


def _page(
    request: HttpRequest, delegate: Delegate, phase: JoinPhase, clerk: User | None, now: datetime
) -> HttpResponse:
    """The page of ``delegate`` in ``phase``; staff ``clerk``, if there is one, see the desk on it."""
    registration = delegate.registration
    # Before the desk opens nobody can have come.
    can_have_come = phase is not JoinPhase.CANCELLED and now >= services.desk_opens_at(registration.conference)
    record = services.record_of(delegate) if can_have_come else None
    since = timezone.localtime(record.checked_in_at) if record is not None and record.checked_in_at else None
    own = {
        "name": delegate.full_name,
        "position": delegate.position,
        "organisation": registration.organisation.name,
        "number": registration.number,
        "qr": qr.address(delegate.join_url) if phase in (JoinPhase.BEFORE, JoinPhase.OPEN) else "",
        "now": timezone.localtime(now).isoformat(),
        "since": f"{since:%H:%M}" if since else "",
        # The link to the registration cancels it: it is the contact person's.
        "registration_url": registration.get_absolute_url() if delegate.is_contact else "",
    }
    desk = {"desk": desk_for(request, clerk, delegate, now) if clerk else None}
    waits = registration.state in (registration.State.WAITLISTED, registration.State.REQUESTED)
    status = 410 if phase is JoinPhase.CANCELLED and not waits else 200
    return draw(request, "attendance/join.html", _shared(delegate, phase, record is not None), own, desk, status)


def _shared(delegate: Delegate, phase: JoinPhase, has_come: bool) -> _Shared:
    registration, conference = delegate.registration, delegate.registration.conference
    point = registration.bridge_point
    # How to get into the room is shown while one can join only.
    room = line_in_use(point) if phase is JoinPhase.OPEN else None
    return _Shared(
        conference=conference_shown(conference),
        point=point_shown(point),
        phase=phase.value,
        state=registration.state,
        preparation=tuple(line for line in conference.preparation.splitlines() if line.strip()),
        map_url=_map_url(point) if point.is_place else "",
        has_come=has_come,
        can_press=room is not None and bool(room.web_url),
        details=tuple(room.shown_details()) if room is not None else (),
        instructions=room.instructions if room is not None else "",
        takes_questions=conference.takes_questions and phase in (JoinPhase.OPEN, JoinPhase.OVER),
    )


def _press(request: HttpRequest, delegate: Delegate, now: datetime) -> HttpResponse:
    """Record that the delegate joins, and lead them to the room; back to their page if there is no way in."""
    room = None if "desk" in request.POST else line_in_use(delegate.registration.bridge_point)
    if room is not None and room.web_url:
        try:
            services.record(delegate=delegate, now=now)
        except services.NotOpen:
            messages.info(request, gettext("The room is not open now. This page tells when it opens."))
        else:
            return redirect(room.web_url)
    return redirect("attendance:join", token=delegate.token)


@csrf_protect
def _serve(request: HttpRequest, clerk: User, delegate: Delegate, now: datetime) -> HttpResponse:
    """Check the delegate in at the desk, or take that back. Staff never join in the name of a delegate."""
    if not is_proven(request, clerk):
        messages.error(request, unproven_words())
    elif "undo" in request.POST:
        try:
            services.undo_check_in(delegate=delegate, by=clerk, now=now)
        except services.TooLateToUndo:
            messages.error(request, gettext("This can be taken back for a minute only, by whoever did it."))
        else:
            messages.success(request, gettext("%(name)s is not checked in any more.") % {"name": delegate.full_name})
    elif "desk" in request.POST:
        _check_in(request, clerk, delegate, now)
    return redirect("attendance:join", token=delegate.token)


def _check_in(request: HttpRequest, clerk: User, delegate: Delegate, now: datetime) -> None:
    try:
        done = services.check_in(delegate=delegate, by=clerk, now=now)
    except services.NotOpen:
        messages.error(request, why_closed(delegate.registration, now))
        return
    if done.is_first:
        messages.success(request, gettext("%(name)s is checked in.") % {"name": delegate.full_name})
    else:
        messages.warning(request, already_words(delegate, done.attendance, now))


def _delegate_of(token: str) -> Delegate:
    delegate = _BY_LINK.first(fingerprint(token))
    if delegate is None:
        raise Http404("No delegate has this link.")
    return delegate


@never_cache
@require_safe
def picture(request: HttpRequest, token: str) -> HttpResponse:
    """The QR code as a picture to be saved, while it opens a door."""
    delegate = _delegate_of(token)
    if services.join_phase(delegate.registration, timezone.now()) not in (JoinPhase.BEFORE, JoinPhase.OPEN):
        raise Http404("Nobody is received any more.")
    name = f"ma-qr-{delegate.registration.number}.png"
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(qr.png(delegate.join_url, scale=12), content_type="image/png", headers=disposition)


@never_cache
@require_safe
def calendar_file(request: HttpRequest, token: str) -> HttpResponse:
    """The entry for the delegate's calendar; the link in it is their own."""
    delegate = _delegate_of(token)
    if services.join_phase(delegate.registration, timezone.now()) not in (JoinPhase.BEFORE, JoinPhase.OPEN):
        raise Http404("There is nothing to come to.")
    text = invitation(delegate.registration, delegate.join_url, method="PUBLISH")
    disposition = {"Content-Disposition": 'attachment; filename="hoi-nghi.ics"'}
    return HttpResponse(text, content_type="text/calendar; charset=utf-8", headers=disposition)
