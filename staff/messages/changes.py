"""Telling people of a change: what the administration asks and says when a conference or a bridge point is saved."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.admin.models import CHANGE
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_noop, ngettext

from accounts.signed_in import user_of
from bridges.models import BridgePoint, Connection
from common.phones import mobile_of
from conference.models import Conference
from messaging import announcements, changed_details, enqueue, notices
from messaging.delivery.scope import scope_of
from messaging.models import KnownTime
from outbox.channel_names import channel_name
from outbox.models import Message
from registrations.models import Registration
from staff.delivery.views import page, staff_page
from staff.workspace.matter import log

#: So many people who cannot be reached are named.
_NAMED = 10
# As the history has them, in the language of its reader.
_TOLD_ALL = gettext_noop("Delegates and technical contact were told of the changed details.")
_TOLD_DELEGATES = gettext_noop("Delegates, too, were told of the changed details.")
_TOLD_TECHNICIAN = gettext_noop("The technical contact alone was told of the changed details.")


def report_notice(request: HttpRequest, conference: Conference) -> None:
    """After a conference was saved: that a notice is on its way, when it leaves, and how it is stopped."""
    known = KnownTime.objects.filter(conference=conference).first()
    if known is not None and known.pending_starts_at is not None:
        waiting = Message.objects.unsent().filter(occasion=known.occasion)
        due = waiting.order_by("due_at").values_list("due_at", flat=True).first()
        if due is not None:
            messages.warning(request, _notice_words(known, waiting.count(), due))
    if notices.is_fixed_date_news(conference, timezone.now()):
        messages.warning(request, fixed_date_warning(conference))


def report_details(request: HttpRequest, conference: Conference, points: Iterable[BridgePoint] | None = None) -> None:
    """After a conference was saved: which of its ``points`` (None: all) have details that their people do not know."""
    ahead = list(conference.bridge_points.all() if points is None else points)
    for point in ahead:
        point.conference = conference
    for point in changed_details.points_with_news(ahead, timezone.now()):
        messages.warning(request, details_warning(request, point))


def fixed_date_warning(conference: Conference) -> SafeString:
    """Says that the date is fixed and people know it as tentative, with the way to tell them."""
    return format_html(
        '{} <a href="{}">{}</a>',
        gettext("The date is no longer tentative, and people do not know yet."),
        reverse("messaging:fixed_date", args=[conference.pk]),
        gettext("Tell them, or not"),
    )


def _notice_words(known: KnownTime, count: int, due: datetime) -> str:
    at = date_format(timezone.localtime(due), "H:i:s")
    words = ngettext(
        "%(count)d message about this leaves at %(time)s.", "%(count)d messages about this leave at %(time)s.", count
    ) % {"count": count, "time": at}
    if known.pending_cancelled:
        return f"{words} {gettext('Take the cancellation back before then, and nothing is sent.')}"
    if known.cancelled:
        return f"{words} {gettext('Cancel it again before then, and nothing is sent.')}"
    return f"{words} {gettext('Set the date back before then, and nothing is sent.')}"


def cancellation_facts(conference: Conference) -> list[str]:
    """For the question before cancelling: who hears of it, and what is withdrawn."""
    facts = _told_facts(conference)
    if _is_told(conference) and (subjects := _waiting_subjects(conference)):
        facts.append(gettext("Messages to people that have not left are withdrawn for good: %(subjects)s") % subjects)
    return facts


def _is_told(conference: Conference) -> bool:
    return conference.is_published and timezone.now() < conference.ends_at


def _told_facts(conference: Conference) -> list[str]:
    """How many people hear that ``conference`` is cancelled, or is not, where, and by which channels."""
    if not _is_told(conference):
        return [gettext("Nobody is told: the conference is not published, or over.")]
    forecast = enqueue.forecast(notices.everybody(conference), guests=notices.invited_guests(conference))
    registrations = Registration.objects.filter(conference=conference).exclude(state=Registration.State.CANCELLED)
    points = registrations.order_by().values("bridge_point").distinct().count()
    reached = forecast.people - forecast.unreachable - forecast.silent
    words = ngettext(
        "%(count)d person is told, counting coordinators, technical contacts and invited guests.",
        "%(count)d people are told, counting coordinators, technical contacts and invited guests.",
        reached,
    )
    where = ngettext(
        "Registrations are at %(count)d bridge point.", "Registrations are at %(count)d bridge points.", points
    )
    return [words % {"count": reached}, where % {"count": points}, *forecast_words(forecast, conference)]


def restoring_facts(conference: Conference) -> list[str]:
    """For the question before a cancellation is taken back: who hears of that."""
    if not notices.is_cancellation_known(conference):
        return [gettext("Nobody is told: nobody has heard of the cancellation yet.")]
    return _told_facts(conference)


def _waiting_subjects(conference: Conference) -> dict[str, str]:
    with transaction.atomic():
        found = announcements.list_waiting(conference)
    return {"subjects": "; ".join(one.title for one in found)} if found else {}


def forecast_words(forecast: enqueue.Forecast, conference: Conference) -> list[str]:
    """Messages by channel, and how many cannot be reached, with the page of ``conference`` that names people."""
    facts = [
        ngettext("By %(channel)s: %(count)d message", "By %(channel)s: %(count)d messages", count)
        % {"channel": channel_name(channel), "count": count}
        for channel, count in forecast.messages.items()
    ]
    if forecast.unreachable:
        words = ngettext(
            "%(count)d person cannot be reached: no usable address.",
            "%(count)d people cannot be reached: no usable address.",
            forecast.unreachable,
        )
        facts.append(
            format_html(
                '{} <a href="{}">{}</a>',
                words % {"count": forecast.unreachable},
                reverse("workspace:unreachable", args=[conference.slug]),
                gettext("People who cannot be reached"),
            )
        )
    if forecast.waiting:
        words = ngettext(
            "%(count)d person gets no SMS: their contact person has not opened our message yet.",
            "%(count)d people get no SMS: their contact person has not opened our message yet.",
            forecast.waiting,
        )
        facts.append(words % {"count": forecast.waiting})
    return facts


def ask_about_details(request: HttpRequest, point: BridgePoint) -> HttpResponse | None:
    """After a bridge point was saved: to the question whether its people are told of what has changed."""
    is_news = changed_details.points_with_news([point], timezone.now())
    return redirect("messaging:details", point.pk) if is_news else None


def details_warning(request: HttpRequest, point: BridgePoint) -> SafeString | str:
    """Says that people do not know the details of ``point`` as they are now; "" if they do."""
    if not changed_details.points_with_news([point], timezone.now()):
        return ""
    return format_html(
        '{} <a href="{}">{}</a>',
        gettext("%(point)s: details have changed, and its people do not know yet.") % {"point": point.label},
        reverse("messaging:details", args=[point.pk]),
        gettext("Tell them, or not"),
    )


@staff_page
def details(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows what has changed at a bridge point, and tells its people if so wished."""
    point = BridgePoint.objects.run_by(user_of(request)).select_related("conference").filter(pk=pk).first()
    scope = scope_of(user_of(request), point.conference_id) if point else None
    if point is None or scope is None:
        raise Http404
    if request.method == "POST":
        return _decide(request, point)
    now = timezone.now()
    is_untold = bool(changed_details.points_with_news([point], now))
    rows = changed_details.changed_rows(point) if is_untold else []
    earlier = changed_details.earlier_labels(point) if rows else []
    return page(
        request,
        "details",
        gettext("Tell people what has changed"),
        scope,
        point=point,
        rows=rows,
        earlier=earlier,
        seen=_seen(rows, earlier),
        alone=None if rows else changed_details.technician_alone(point, now),
        **_who_is_told(point, scope.conference),
    )


def _who_is_told(point: BridgePoint, conference: Conference) -> dict[str, Any]:
    """Who hears of a change at ``point`` and who does not: delegates by number and name, and the technician apart."""
    audience, delegates, technicians = changed_details.people_of(point)
    is_news = bool(changed_details.unknown_to_delegates(point))
    delegates = delegates if is_news else delegates.none()
    of_delegates = enqueue.forecast(audience, delegates=delegates, technicians=technicians.none())
    names = enqueue.unreachable_delegates(audience, delegates).values_list("full_name", flat=True)
    # The page says by itself whom of all nobody reaches.
    of_all = replace(enqueue.forecast(audience, delegates=delegates, technicians=technicians), unreachable=0)
    technician = technicians.first()
    return {
        "is_news_to_delegates": is_news,
        "delegates": of_delegates.people - of_delegates.unreachable - of_delegates.silent,
        "unreachable": of_delegates.unreachable,
        "names": list(names[:_NAMED]),
        "technician": technician,
        "is_reached": technician is not None and _is_reached(technician),
        "facts": forecast_words(of_all, conference),
    }


def _is_reached(technician: Connection) -> bool:
    return bool(technician.technician_email or mobile_of(technician.technician_phone))


def _seen(rows: list[tuple[str, str, str]], earlier: list[str]) -> str:
    """A keyed digest of the changes ``rows`` that a page shows, and of the ``earlier`` ones."""
    return salted_hmac("staff.messages.changes", json.dumps([rows, earlier]), algorithm="sha256").hexdigest()[:16]


def _seen_now(point: BridgePoint) -> str:
    """The digest that the page of ``point`` has now."""
    rows = changed_details.changed_rows(point)
    return _seen(rows, changed_details.earlier_labels(point) if rows else [])


def _decide(request: HttpRequest, point: BridgePoint) -> HttpResponse:
    seen = request.POST.get("seen")
    if seen and seen != _seen_now(point):
        # Nobody tells people, nor keeps from them, what they have not read themselves.
        messages.warning(request, gettext("The details were changed meanwhile. Please look at them once more."))
        return redirect("messaging:details", point.pk)
    to_technician = "technician" in request.POST
    if (to_technician or "tell" in request.POST) and changed_details.points_with_news([point], timezone.now()):
        _tell(request, point, only_technician=to_technician)
    elif "delegates" in request.POST:
        _tell_delegates_too(request, point)
    elif "dismiss" in request.POST:
        changed_details.dismiss_details(point=point)
        messages.info(request, gettext("Nobody is told; the present details count as known."))
    return redirect("workspace:point", point.conference.slug, point.pk)


def _tell(request: HttpRequest, point: BridgePoint, *, only_technician: bool) -> None:
    """Tell the people of ``point``, or its technician alone; the history says who did, in one line."""
    is_for_technician = only_technician or not changed_details.unknown_to_delegates(point)
    with transaction.atomic():
        count = changed_details.tell_details(point=point, now=timezone.now(), only_technician=only_technician)
        log(request, point, CHANGE, _TOLD_TECHNICIAN if is_for_technician else _TOLD_ALL)
    _say_on_their_way(request, count)


def _tell_delegates_too(request: HttpRequest, point: BridgePoint) -> None:
    """Tell the delegates of ``point`` of what its technician alone was told; pressed twice, once."""
    with transaction.atomic():
        count = changed_details.tell_delegates_too(point=point, now=timezone.now())
        if count:
            log(request, point, CHANGE, _TOLD_DELEGATES)
    if count:
        _say_on_their_way(request, count)


def _say_on_their_way(request: HttpRequest, count: int) -> None:
    words = ngettext("%(count)d message is on its way.", "%(count)d messages are on their way.", count)
    messages.success(request, words % {"count": count})


@staff_page
def fixed_date(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks whether people are told that a date is no longer tentative, and tells them if so wished."""
    scope = scope_of(user_of(request), pk)
    if scope is None or not scope.is_organiser:
        raise Http404
    conference, now = scope.conference, timezone.now()
    if request.method == "POST":
        if "tell" in request.POST:
            _report_fixed_date(request, notices.tell_fixed_date(conference=conference, now=now))
        elif "dismiss" in request.POST:
            notices.dismiss_fixed_date(conference=conference)
            messages.info(request, gettext("Nobody is told; the date counts as known."))
        return redirect("workspace:overview", conference.slug)
    forecast = enqueue.forecast(notices.everybody(conference), guests=notices.invited_guests(conference))
    return page(
        request,
        "fixed_date",
        gettext("Tell people that the date is fixed"),
        scope,
        is_news=notices.is_fixed_date_news(conference, now),
        people=forecast.people,
        facts=forecast_words(forecast, conference),
    )


def _report_fixed_date(request: HttpRequest, count: int) -> None:
    """Say that ``count`` messages tell of the date, or why none does."""
    if count:
        words = ngettext("%(count)d message is on its way.", "%(count)d messages are on their way.", count)
        messages.success(request, words % {"count": count})
    else:
        words = gettext("No message is sent: people have been told already, or it is no news any more.")
        messages.info(request, words)
