"""Messages to people in the administration: the live preview, who gets one, confirming, taking back."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST

from accounts.models import display_name
from accounts.signed_in import user_of
from bridges.models import BridgePoint
from common.search import fold
from conference.models import Conference
from messaging import announcements, message_kinds, previews, routes
from messaging.announcements import Reach
from messaging.batch import Batch
from messaging.compose import announcement_text, content
from messaging.models import Announcement
from messaging.recipients import Recipient
from messaging.time_words import moment_words
from outbox.channel_names import channel_name
from outbox.models import Message
from outbox.refs import Ref
from registrations.messages import topic
from staff.messages import audience_words
from staff.messages.texts import conference_of, frame, framed_mail, misses_mobile, send_trial, trial_channels
from staff.workspace.access import Workspace

PER_PAGE = 100
#: What became of messages, as it is counted: the states of each.
STATES = {
    "queued": (Message.State.QUEUED, Message.State.CLAIMED, Message.State.SENDING),
    "sent": (Message.State.SENT, Message.State.DELIVERED),
    "failed": (Message.State.FAILED, Message.State.UNCERTAIN, Message.State.EXPIRED),
}
#: So many texts are filled in to count the parts of the SMS; of more people the rest is estimated.
_MEASURED = 2000


@dataclass(frozen=True)
class Place:
    """Where somebody works on an announcement: the address of its page, and the points that they see (None: all)."""

    page: str
    within: tuple[int, ...] | None = None
    # In the workspace, who does.
    workspace: Workspace | None = None


def place_in_admin(announcement: Announcement) -> Place:
    """The generated pages, which are for organisers."""
    return Place(reverse("admin:messaging_announcement_change", args=[announcement.pk]))


# --- the live preview beside the form ---------------------------------------------------------------------------------


def draft_from(conference: Conference, values: Any) -> Announcement:
    """What somebody has typed so far, not saved and not checked."""

    def plain(name: str, length: int) -> str:
        return str(values.get(name) or "").replace("\x00", "").replace("\r\n", "\n").strip()[:length]

    route = values.get("route")
    return Announcement(
        conference=conference,
        subject=plain("subject", 150),
        text=plain("text", 8000),
        sms_text=plain("sms_text", 600),
        keep_accents=bool(values.get("keep_accents")),
        route=route if route in routes.ROUTES else routes.BOTH,
    )


def live_context(
    request: HttpRequest, announcement: Announcement, within: tuple[int, ...] | None = None
) -> dict[str, Any]:
    """What the live preview shows of ``announcement``, for people ``within`` the points with these numbers."""
    people = previews.choices(announcement.conference, message_kinds.ANNOUNCEMENT, within)
    person = request.POST.get("person") or people[0][0]
    return {"people": people, "person": person, "shown": as_received(announcement, person, within)}


def _reader(announcement: Announcement, person: str, within: tuple[int, ...] | None) -> Recipient:
    return previews.recipient(announcement.conference, message_kinds.ANNOUNCEMENT, person, within)


def _previews(announcement: Announcement, to: Recipient) -> list[previews.TextPreview]:
    return previews.preview_announcement(announcement, to, settings.LANGUAGE_CODE)


def as_received(
    announcement: Announcement, person: str, within: tuple[int, ...] | None = None
) -> list[previews.TextPreview]:
    """The previews on those channels by which ``person`` gets it; on all of them if nothing reaches them."""
    to = _reader(announcement, person, within)
    channels = announcements.channels_to(announcement, to)
    return [one for one in _previews(announcement, to) if not channels or one.channel in channels]


@require_POST
def live(request: HttpRequest, pk: int) -> HttpResponse:
    """The preview of what is typed, as a piece of the form's page."""
    return show_live(request, conference_of(request, pk))


def show_live(request: HttpRequest, conference: Conference, within: tuple[int, ...] | None = None) -> HttpResponse:
    """The piece of the page for ``live``."""
    shown = as_received(draft_from(conference, request.POST), request.POST.get("person", ""), within)
    return TemplateResponse(request, "staff/messages/_shown.html", {"shown": shown, "is_live": True})


@require_POST
@xframe_options_sameorigin
@framed_mail
def html(request: HttpRequest, pk: int) -> HttpResponse:
    """The HTML part of the mail of what is typed."""
    return show_html(request, conference_of(request, pk))


def show_html(request: HttpRequest, conference: Conference, within: tuple[int, ...] | None = None) -> HttpResponse:
    """The page in the frame for ``html``."""
    shown = as_received(draft_from(conference, request.POST), request.POST.get("person", ""), within)
    return frame(next((one for one in shown if one.channel == "email"), None))


# --- who gets it ------------------------------------------------------------------------------------------------------


@dataclass
class Page:
    """One page of a list whose length shows only when it has been walked through."""

    number: int
    rows: list[Reach] = field(default_factory=list)
    total: int = 0

    def add(self, row: Reach) -> None:
        """Count ``row``, and keep it if it stands on this page."""
        if (self.number - 1) * PER_PAGE <= self.total < self.number * PER_PAGE:
            self.rows.append(row)
        self.total += 1

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(-(-self.total // PER_PAGE), 1)

    @property
    def previous(self) -> int:
        """The number of the page before; 0 if this is the first."""
        return min(self.number, self.pages + 1) - 1

    @property
    def next(self) -> int:
        """The number of the page after; 0 if this is the last."""
        return self.number + 1 if self.number < self.pages else 0


@dataclass
class Audience:
    """Who gets an announcement, walked through once: pages of people, and what the SMS cost."""

    reached: Page
    unreached: Page
    first: Reach | None = None
    parts: int = 0
    measured: int = 0
    most_parts: int = 0

    def parts_in_all(self, sms: int) -> int:
        """The parts of ``sms`` messages; an estimate if not each was measured."""
        return round(self.parts * sms / self.measured) if self.measured else 0


def _matches(reach: Reach, words: list[str]) -> bool:
    if not words:
        return True
    to = reach.recipient
    parts = [to.name, to.guest.organisation if to.guest else ""]
    parts += [to.point.name, to.point.short_name] if to.point else []
    if to.delegate:
        parts += [to.delegate.position, to.delegate.registration.organisation.name]
    folded = fold(" ".join(parts))
    return all(word in folded for word in words)


def look(announcement: Announcement, *, query: str, page: int, other_page: int, now: datetime) -> Audience:
    """Walk through everybody whom ``announcement`` means; a handful of statements, however many people."""
    seen = Audience(Page(page), Page(other_page))
    words = fold(query).split()[:20]
    text, shared = announcement_text(announcement, "sms", settings.LANGUAGE_CODE), Batch(now)
    for reach in announcements.reach(announcement):
        if reach.why_not:
            if _matches(reach, words):
                seen.unreached.add(reach)
            continue
        seen.first = seen.first or reach
        if "sms" in reach.channels and seen.measured < _MEASURED:
            to = reach.recipient
            language = to.registration.language if to.registration else settings.LANGUAGE_CODE
            parts = previews.parts_of(content(text, to, message_kinds.ANNOUNCEMENT, "sms", language, shared).text)
            seen.parts += parts
            seen.measured += 1
            seen.most_parts = max(seen.most_parts, parts)
        if _matches(reach, words):
            seen.reached.add(reach)
    return seen


def _rows(page: Page) -> Iterator[dict[str, Any]]:
    for reach in page.rows:
        to = reach.recipient
        if to.delegate:
            unit, position = to.delegate.registration.organisation.name, to.delegate.position
        elif to.guest:
            unit, position = to.guest.organisation, to.guest.position
        else:
            unit, position = "", gettext("coordinator") if to.coordinator else gettext("technical contact")
        yield {
            "person": announcements.person_of(reach.recipient),
            "name": to.name,
            "unit": unit,
            "position": position,
            "point": to.point.label if to.point else "",
            "channels": ", ".join(channel_name(channel) for channel in reach.channels),
            "why_not": reach.why_not,
        }


def _departures(announcement: Announcement, counts: dict[str, int], now: datetime) -> list[dict[str, Any]]:
    """For each channel how many messages leave over it, and when."""
    wanted = max(announcement.send_at or now, now)
    found = []
    for channel in (name for group in routes.groups(announcement.route) for name in group):
        if channel not in counts:
            continue
        moment = announcements.leaves_at(announcement, channel, now)
        at_once = moment <= now
        found.append(
            {
                "channel": channel,
                "label": channel_name(channel),
                "count": counts[channel],
                "when": gettext("at once") if at_once else moment_words(moment),
                "is_moved": moment != wanted,
                "is_earlier": moment < wanted,
            }
        )
    return found


def _number(request: HttpRequest, name: str) -> int:
    text = request.GET.get(name, "")
    return min(max(int(text), 1), 1_000_000) if text.isdecimal() and len(text) < 8 else 1


def preview(request: HttpRequest, announcement: Announcement, place: Place, *, note: str = "") -> HttpResponse:
    """Exactly who gets ``announcement``, how it reads and when it leaves; the page on which it is confirmed."""
    now = timezone.now()
    query = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    pages = {"page": _number(request, "p"), "other_page": _number(request, "u")}
    counts = announcements.preview(announcement)
    seen = look(announcement, query=query, now=now, **pages)
    first = announcements.person_of(seen.first.recipient) if seen.first else previews.INVENTED
    person = request.GET.get("person") or first
    to = _reader(announcement, person, place.within)
    leaving = _departures(announcement, counts.messages, now)
    sms = counts.messages.get("sms", 0)
    context = {
        **admin.site.each_context(request),
        "title": gettext("Who gets it"),
        "conference": announcement.conference,
        "announcement": announcement,
        "note": note,
        "preview": counts,
        "leaving": leaving,
        "messages_total": sum(counts.messages.values()),
        "sms_parts": seen.parts_in_all(sms),
        "sms_most": seen.most_parts,
        "sms_estimated": sms > seen.measured,
        "for_name": to.name,
        "person": person,
        "shown": as_received(announcement, person, place.within),
        "tab": "messages",
        "workspace": place.workspace,
        "draft_url": place.page,
        "written_by": display_name(announcement.created_by) if announcement.created_by else "",
        "people_words": audience_words.people_words(announcement),
        "points_words": audience_words.points_words(announcement),
        "narrowing_words": audience_words.narrowing_words(announcement),
        "query": query,
        "reached": seen.reached,
        "reached_rows": list(_rows(seen.reached)),
        "unreached": seen.unreached,
        "unreached_rows": list(_rows(seen.unreached)),
        "can_confirm": announcement.is_editable and bool(leaving),
        "trial_channels": trial_channels(request, [row["channel"] for row in leaving]),
        "misses_mobile": misses_mobile(request, [row["channel"] for row in leaving]),
    }
    status = 409 if note else 200
    return TemplateResponse(request, "staff/messages/preview.html", context, status=status)


def confirm(request: HttpRequest, announcement: Announcement, place: Place) -> HttpResponse:
    """Confirm it to those who were shown; if others would get it by now, show them."""
    try:
        count = announcements.confirm(
            announcement=announcement,
            fingerprint=request.POST.get("fingerprint", ""),
            by=user_of(request),
            now=timezone.now(),
        )
    except announcements.PreviewChanged:
        # What this request has read may be older than what was compared.
        announcement.refresh_from_db()
        note = gettext("The message, or who gets it, has changed since it was shown. Please look again.")
        return preview(request, announcement, place, note=note)
    except announcements.NotPossible as error:
        messages.error(request, str(error))
    else:
        if announcement.send_at:
            words = gettext("Confirmed. It leaves at %(moment)s.") % {"moment": moment_words(announcement.send_at)}
        else:
            words = ngettext("%(count)d message is on its way.", "%(count)d messages are on their way.", count)
            words %= {"count": count}
        messages.success(request, words)
    return redirect(place.page)


def withdraw(request: HttpRequest, announcement: Announcement, place: Place) -> HttpResponse:
    """Take back what has not left."""
    waits = announcement.state == Announcement.State.CONFIRMED
    leaving = announcements.count_leaving(announcement)
    try:
        count = announcements.withdraw(announcement=announcement)
    except announcements.NotPossible as error:
        messages.error(request, str(error))
    else:
        words = ngettext("%(count)d message was taken back.", "%(count)d messages were taken back.", count)
        text = gettext("It is a draft again; nothing was sent.") if waits else words % {"count": count}
        messages.success(request, text)
        if leaving:
            words = ngettext(
                "%(count)d of them was just leaving and may arrive; the delivery page will say so.",
                "%(count)d of them were just leaving and may arrive; the delivery page will say so.",
                leaving,
            )
            messages.warning(request, words % {"count": leaving})
    return redirect(place.page)


def trial(request: HttpRequest, announcement: Announcement, place: Place, channel: str, person: str) -> None:
    """Send it over ``channel`` to the one user who asks for it."""
    to = _reader(announcement, person, place.within)
    shown = next((one for one in _previews(announcement, to) if one.channel == channel), None)
    send_trial(
        request,
        shown or previews.TextPreview(channel, problem=gettext("Nothing is written yet.")),
        settings.LANGUAGE_CODE,
    )


def count_by_state(found: list[Announcement]) -> dict[int, Counter]:
    """How many messages of each announcement are in which state. Two statements for all of them."""
    by_occasion = {one.occasion: one.pk for one in found if one.planned_at}
    if not by_occasion:
        return {}
    points = BridgePoint.objects.filter(conference__in={one.conference_id for one in found}).values_list(
        "pk", flat=True
    )
    # The topics are what the outbox's index begins with. Guests may have no point yet.
    topics = [topic(pk) for pk in points] + [str(Ref("conference", one.conference_id)) for one in found]
    rows = Message.objects.filter(topic__in=set(topics), kind=message_kinds.ANNOUNCEMENT, occasion__in=by_occasion)
    counts: dict[int, Counter] = {}
    for occasion, state, number in rows.order_by().values_list("occasion", "state").annotate(Count("id")):
        counts.setdefault(by_occasion[occasion], Counter())[state] += number
    return counts
