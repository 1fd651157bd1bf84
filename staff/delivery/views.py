"""The delivery page of a conference: how far its messages are, whom they did not reach, and sending them again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, cast

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from accounts.signed_in import user_of
from common.long_lists import LongPaginator
from messaging import changed_details, notices, person_messages
from messaging import recipients as messaging_recipients
from messaging.delivery import counts, upcoming
from messaging.delivery import resend as delivery_resend
from messaging.delivery.counts import COLUMNS, Filter, Names, Section
from messaging.delivery.scope import Scope, scope_of
from messaging.person_messages import Line
from messaging.time_words import moment_words
from outbox import channel_state, health, hold, quiet_hours
from outbox.channel_names import CHANNEL_NAMES, channel_name
from outbox.models import ChannelState, Message
from outbox.nudge import nudge_on_commit
from outbox.queue import NotSendable
from outbox.refs import Ref
from registrations.models import Delegate

_TEMPLATES = "staff/delivery"
_PER_PAGE = 100
# The table asks again so often (seconds): while messages leave, and while all of them wait for their time.
_SOON, _LATER = 3, 60


def staff_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page of the administration: never cached, for signed-in staff; a part of it asked for in vain loads it anew."""
    page = admin.site.admin_view(view)

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.headers.get("HX-Request") and not admin.site.has_permission(request):
            return HttpResponse(status=204, headers={"HX-Refresh": "true"})
        return page(request, *args, **kwargs)

    return wrapped


def scope_or_404(request: HttpRequest, pk: int) -> Scope:
    """What the user may see of the conference ``pk``; nothing of it: Http404."""
    scope = scope_of(user_of(request), pk)
    if scope is None:
        raise Http404
    return scope


def page(request: HttpRequest, template: str, title: str, scope: Scope, **context: Any) -> TemplateResponse:
    """A page of the administration about the messages of ``scope``."""
    context = {
        **admin.site.each_context(request),
        "title": title,
        "conference": scope.conference,
        "scope": scope,
        "tab": "messages",
        **context,
    }
    return TemplateResponse(request, f"{_TEMPLATES}/{template}.html", context)


@dataclass
class _Line:
    """A row of the table: the messages of one section over one channel."""

    channel: str
    tally: counts.Tally
    cells: list[tuple[str, str, int, str, str]]
    url: str


def _lines(scope: Scope, section: Section, wanted: Filter, by_point: bool) -> list[_Line]:
    people_url = reverse("messaging:people", args=[scope.conference.pk])
    about = {} if not section.code else {"point" if by_point else "occasion": section.code}
    lines = []
    for channel, tally in section.channels.items():
        cells = []
        for column, (label, _states) in COLUMNS.items():
            query = wanted.query(**about, channel=channel, state=column)
            mark = f"{section.code or 'all'}-{channel}-{column}".replace("/", "-")
            cells.append((column, str(label), tally.counts[column], f"{people_url}?{query}", f"c-{mark}"))
        url = f"{people_url}?{wanted.query(**about, channel=channel)}"
        lines.append(_Line(channel_name(channel), tally, cells, url))
    return lines


@staff_page
def overview(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the messages are, by message or by bridge point; htmx asks for the table alone."""
    scope, now = scope_or_404(request, pk), timezone.now()
    wanted = Filter.read(request.GET)
    wanted = Filter(occasion=wanted.occasion, point=wanted.point if wanted.point.isdecimal() else "")
    by_point = request.GET.get("by") == "point"
    names = Names(scope)
    counted = counts.count_messages(scope, names, by_point=by_point, wanted=wanted)
    table = {
        **_table(scope, counted, wanted, by_point),
        **_refresh(scope, now),
        **halt(now),
        "table_url": _same_url(request, wanted, by_point),
    }
    if request.headers.get("HX-Request"):
        context = {**table, "conference": scope.conference, "scope": scope, "is_part": True}
        return TemplateResponse(request, f"{_TEMPLATES}/_table.html", context)
    people_url = reverse("messaging:people", args=[pk])
    return page(
        request,
        "overview",
        gettext("Delivery of the messages"),
        scope,
        **table,
        wanted=wanted,
        filtered_by=names.label_of(wanted.occasion) if wanted.occasion else "",
        unreached=_count_unreached(scope, wanted) if counted.lost else 0,
        unreached_url=f"{people_url}?{wanted.query(state=counts.UNREACHED)}",
        trouble=_trouble(table["in_trouble"], now),
        may_release=user_of(request).is_superuser,
        untold=changed_details.points_with_news(_with_conference(scope), now),
        is_date_untold=scope.is_organiser and notices.is_fixed_date_news(scope.conference, now),
        upcoming=_upcoming(scope, names, now),
        quiet=" – ".join(f"{hour:%H:%M}" for hour in quiet_hours.parse(settings.QUIET_HOURS) or ()),
    )


def _table(scope: Scope, counted: counts.Overview, wanted: Filter, by_point: bool) -> dict[str, Any]:
    """What the table shows."""
    # One section alone says the same as everything together.
    sections = [counted.everything, *counted.sections] if len(counted.sections) > 1 else counted.sections
    # Nobody has heard of them: a line says how many, unless one of them is asked for.
    withdrawn = [] if wanted.occasion else [section for section in sections if section.is_withdrawn_notice]
    sections = [section for section in sections if section not in withdrawn]
    return {
        "sections": [(s, _lines(scope, s, wanted, by_point)) for s in sections],
        "columns": [(column, label) for column, (label, _states) in COLUMNS.items()],
        "waiting": counted.waiting,
        "by_point": by_point,
        "withdrawn_notices": len(withdrawn),
    }


def _refresh(scope: Scope, now: datetime) -> dict[str, Any]:
    """When the next message leaves, in words, and after how many seconds the table is asked for again; 0: never."""
    due = counts.next_due(scope)
    if due is None:
        return {"next_due": "", "refresh": 0, "asked_at": now}
    return {
        # In the minute of grace nothing leaves yet.
        "next_due": moment_words(due) if due > now else "",
        "refresh": _SOON if due <= now + timedelta(seconds=_LATER) else _LATER,
        "asked_at": now,
    }


def _count_unreached(scope: Scope, wanted: Filter) -> int:
    """How many people no message of those that failed has reached."""
    found = counts.select_unreached(counts.select_visible(scope, wanted))
    return found.order_by().values("person").distinct().count()


def halt(now: datetime) -> dict[str, Any]:
    """What keeps messages from leaving: the hold, the channels in trouble, and since when nobody sends, or ""."""
    installation, in_trouble = hold.current(), channel_state.in_trouble()
    since = health.stopped_since(now, installation, in_trouble)
    stopped_since = moment_words(since) if since else ""
    return {"installation": installation, "in_trouble": in_trouble, "stopped_since": stopped_since}


def _trouble(found: list[ChannelState], now: datetime) -> list[tuple[str, Any, str, bool]]:
    """Each channel in trouble: its name, its state, since when, and whether it is tried again by itself."""
    return [
        (
            channel_name(state.name),
            state,
            moment_words(state.since) if state.since else "",
            state.retry_at is not None and state.retry_at > now,
        )
        for state in found
    ]


def _upcoming(scope: Scope, names: Names, now: datetime) -> list[tuple[upcoming.Upcoming, list[tuple[str, str, bool]]]]:
    """What goes out next, each with channel, moment and whether the quiet hours put it off."""
    return [
        (one, [(channel_name(d.channel), moment_words(d.at), d.put_off) for d in one.departures])
        for one in upcoming.list_upcoming(scope, names, now)
    ]


def _with_conference(scope: Scope) -> list:
    for point in scope.points.values():
        point.conference = scope.conference
    return list(scope.points.values())


def _same_url(request: HttpRequest, wanted: Filter, by_point: bool) -> str:
    query = "&".join(filter(None, [wanted.query(), "by=point" if by_point else ""]))
    return f"{request.path}?{query}" if query else request.path


@require_POST
@staff_page
def try_now(request: HttpRequest, pk: int) -> HttpResponse:
    """Try a channel at once that rests or has stopped: somebody has mended it."""
    scope = scope_or_404(request, pk)
    if not scope.is_organiser:
        raise Http404
    channel_state.try_now(request.POST.get("channel", "")[:20], timezone.now())
    nudge_on_commit()
    messages.success(request, gettext("It is being tried now; look again in some seconds."))
    return redirect("messaging:delivery", pk)


@dataclass(frozen=True)
class _Row(Line):
    """One message in the list of people: what became of it, to whom it went, and where more of them is shown."""

    name: str
    unit: str
    position: str
    point: str
    label: str
    history_url: str
    address_url: str
    can_resend: bool


def _rows(scope: Scope, found: list[Message], names: Names) -> list[_Row]:
    now = timezone.now()
    recipients = counts.recipients(found)
    return [_row(scope, message, recipients.get(message.person), names, now) for message in found]


def _row(
    scope: Scope, message: Message, to: messaging_recipients.Recipient | None, names: Names, now: datetime
) -> _Row:
    point = scope.point_of(message)
    return _Row(
        **vars(Line.of(message, now)),
        name=to.name if to else message.address,
        unit=_unit(to) if to else "",
        position=to.delegate.position if to and to.delegate else "",
        point=point.label if point else "",
        label=names.label(message.kind, message.occasion),
        can_resend=message.state in delivery_resend.AGAIN and not (message.expires_at and message.expires_at <= now),
        **_person_urls(scope, message, to),
    )


def _unit(to: messaging_recipients.Recipient) -> str:
    """The organisation of a recipient, or what they have to do with the point."""
    if to.guest:
        return to.guest.organisation
    if to.is_staff:
        return gettext("coordinator") if to.coordinator else gettext("technical contact")
    return to.registration.organisation.name if to.registration else ""


def _person_urls(scope: Scope, message: Message, to: messaging_recipients.Recipient | None) -> dict[str, Any]:
    """Where everything that was said to the person is shown, and where their address is corrected; "" if nowhere."""
    urls = {"history_url": "", "address_url": ""}
    if to is None or to.point is None or to.point.pk not in scope.points:
        return urls
    role, _slash, number = message.person.partition("/")
    if to.delegate:
        urls["history_url"] = reverse("messaging:person", args=[scope.conference.pk, number])
    if not to.guest:
        urls["address_url"] = reverse("messaging:address", args=[scope.conference.pk, role, number])
    return urls


@staff_page
def people_list(request: HttpRequest, pk: int) -> HttpResponse:
    """To whom which messages went, and what became of each."""
    scope, wanted = scope_or_404(request, pk), Filter.read(request.GET)
    names = Names(scope)
    pages = LongPaginator(counts.select_visible(scope, wanted).order_by("-id"), _PER_PAGE)
    shown = pages.get_page(request.GET.get("page"))
    return page(
        request,
        "people",
        names.label_of(wanted.occasion) if wanted.occasion else gettext("All messages"),
        scope,
        rows=_rows(scope, list(counts.annotate_sent_again(cast("QuerySet[Message]", shown.object_list))), names),
        shown=shown,
        count=pages.count,
        page_range=pages.get_elided_page_range(shown.number),
        query=wanted.query(),
        wanted=wanted,
        channels=CHANNEL_NAMES,
        states=counts.states(),
        resend_url=f"{reverse('messaging:resend', args=[pk])}?{wanted.query()}",
        may_resend_all=wanted.state in ("failed", counts.UNREACHED) and pages.count > 0,
    )


@staff_page
def resend(request: HttpRequest, pk: int) -> HttpResponse:
    """Send one message again, or, after a question, all that failed of a filter."""
    scope, wanted = scope_or_404(request, pk), Filter.read(request.GET)
    back = f"{reverse('messaging:people', args=[pk])}?{wanted.query()}"
    if request.method == "POST" and (number := request.POST.get("message", "")):
        return _resend_one(request, scope, number, back)
    found = counts.select_visible(scope, wanted)
    if request.method == "POST":
        _resend_failed(request, found)
        return redirect(back)
    return page(
        request,
        "resend",
        gettext("Send again what failed"),
        scope,
        count=delivery_resend.select_failed(found).count(),
        at_once=delivery_resend.AT_ONCE,
        filtered_by=Names(scope).label_of(wanted.occasion) if wanted.occasion else "",
        channel=channel_name(wanted.channel) if wanted.channel else "",
        back=back,
    )


def _resend_one(request: HttpRequest, scope: Scope, number: str, back: str) -> HttpResponse:
    allowed = counts.select_resendable(scope)
    message = allowed.filter(pk=number).first() if number.isdecimal() and len(number) < 19 else None
    if message is None:
        raise Http404
    try:
        copy = delivery_resend.resend(message=message, now=timezone.now())
    except NotSendable as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, gettext("It is on its way again to %(address)s.") % {"address": copy.address})
    return redirect(_back_to(request, scope, message, back))


def _resend_failed(request: HttpRequest, found: QuerySet[Message]) -> None:
    again, senseless = delivery_resend.resend_failed(found=found, now=timezone.now())
    words = ngettext("%(count)d message is on its way again.", "%(count)d messages are on their way again.", again)
    messages.success(request, words % {"count": again})
    if senseless:
        words = ngettext(
            "%(count)d makes no sense any more and was left.",
            "%(count)d make no sense any more and were left.",
            senseless,
        )
        messages.warning(request, words % {"count": senseless})


def _back_to(request: HttpRequest, scope: Scope, message: Message, back: str) -> str:
    """The person's page if it was pressed there, else the list."""
    ref = Ref.parse(message.person)
    if request.POST.get("from") == "person" and ref and ref.kind == messaging_recipients.DELEGATE:
        return reverse("messaging:person", args=[scope.conference.pk, ref.number])
    return back


@staff_page
def person(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Everything that was said to one delegate, in order."""
    scope = scope_or_404(request, pk)
    delegate = delegate_or_404(scope, number)
    found = list(person_messages.select(delegate.person))
    return page(
        request,
        "person",
        delegate.full_name,
        scope,
        delegate=delegate,
        rows=_rows(scope, found, Names(scope)),
        resend_url=reverse("messaging:resend", args=[pk]),
        address_url=reverse("messaging:address", args=[pk, messaging_recipients.DELEGATE, number]),
        registration_url=reverse("workspace:registration", args=[scope.conference.slug, delegate.registration_id]),
    )


def delegate_or_404(scope: Scope, number: int) -> Delegate:
    """The delegate ``number`` if they are at a point of ``scope`` now, else Http404."""
    found = Delegate.objects.select_related("registration__organisation", "registration__bridge_point")
    delegate = found.filter(pk=number, registration__bridge_point__in=list(scope.points)).first()
    if delegate is None:
        raise Http404
    return delegate
