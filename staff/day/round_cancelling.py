"""A test round that does not take place: deleted while nobody knows it, else cancelled, and its people are told."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps

from django.contrib import messages
from django.contrib.admin.models import CHANGE
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from bridges import line_tests
from bridges.models import TestRound
from messaging import recipients
from messaging.reminders import cancelled_rounds, test_rounds
from messaging.time_words import moment_words
from outbox.channel_names import channel_name
from outbox.models import Message
from staff.workspace.access import ORGANISERS, Workspace, workspace_page
from staff.workspace.matter import log

#: So many of those who hear of it are named.
_NAMED = 10


@dataclass(frozen=True)
class WaysOut:
    """What an organiser can do about a round that does not take place; neither: ``why_it_stays``, in words.

    ``hearers``: who is told if it is cancelled, by name; ``facts``: by which messages, in words.
    """

    may_delete: bool = False
    may_cancel: bool = False
    why_it_stays: str = ""
    facts: list[str] = field(default_factory=list)
    hearers: list[str] = field(default_factory=list)


def round_of(workspace: Workspace, pk: int) -> TestRound:
    """The round with this number, with the conference of ``workspace``; 404 if it is of another."""
    found = workspace.conference.test_rounds.filter(pk=pk).first()
    if found is None:
        raise Http404
    found.conference = workspace.conference
    return found


def tells_of_deleted(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """``view`` of one round, leading to the list with a word where that round was deleted, as in another window.

    The round of another conference stays a 404.
    """

    @wraps(view)
    def told(request: HttpRequest, workspace: Workspace, pk: int) -> HttpResponse:
        try:
            return view(request, workspace, pk)
        except Http404:
            if TestRound.objects.filter(pk=pk).exists():
                raise
        messages.info(request, gettext("This test round was deleted already."))
        return redirect(workspace.url("rounds"))

    return told


def cancelled_words() -> str:
    """That nothing more is done with a round."""
    return gettext("This round is cancelled.")


def ways_out(test_round: TestRound) -> WaysOut:
    """What can be done about ``test_round``. At most five queries."""
    if test_round.cancelled_at is not None:
        return WaysOut(why_it_stays=gettext("Cancelled rounds stay in the list, with what was tested in them."))
    has_results = line_tests.has_results(test_round)
    if not has_results and not test_rounds.is_known(test_round):
        return WaysOut(may_delete=True)
    now = timezone.now()
    if now <= line_tests.end_of_round(test_round):
        if test_round.conference.cancelled_at:
            return WaysOut(may_cancel=True, facts=[gettext("The conference is cancelled: nobody is told.")])
        return _cancelling(cancelled_rounds.list_notices(test_round, now))
    return WaysOut(why_it_stays=_has_results_words() if has_results else _is_over_words())


def _cancelling(notices: list[Message]) -> WaysOut:
    if not notices:
        return WaysOut(may_cancel=True, facts=[gettext("Nobody has been reminded of this round: nobody is told.")])
    people = recipients.load(notice.person for notice in notices)
    names = [people[person].name for person in dict.fromkeys(one.person for one in notices) if person in people]
    told = ngettext(
        "%(count)d person who was reminded of this round is told at once that it is cancelled.",
        "%(count)d people who were reminded of this round are told at once that it is cancelled.",
        len(names),
    )
    by_channel = Counter(notice.channel for notice in notices)
    ways = [
        ngettext("By %(channel)s: %(count)d message", "By %(channel)s: %(count)d messages", count)
        % {"channel": channel_name(channel), "count": count}
        for channel, count in by_channel.items()
    ]
    more = len(names) - _NAMED
    hearers = [*names[:_NAMED], *([gettext("and %(count)d more") % {"count": more}] if more > 0 else [])]
    return WaysOut(may_cancel=True, facts=[told % {"count": len(names)}, *ways], hearers=hearers)


def _has_results_words() -> str:
    return gettext("This round has results; it stays.")


def _is_over_words() -> str:
    return gettext("The day of this round has passed, and people were reminded of it; it stays.")


@workspace_page(*ORGANISERS)
@require_POST
@tells_of_deleted
def delete(request: HttpRequest, workspace: Workspace, pk: int) -> HttpResponse:
    """Take away a round in which nothing was tested, and of which nobody has heard."""
    test_round = round_of(workspace, pk)
    try:
        with transaction.atomic():
            _log(request, test_round, gettext("Test round deleted: %(round)s"))
            cancelled_rounds.delete_round(test_round=test_round)
    except line_tests.RoundHasResults:
        messages.error(request, _has_results_words())
    except cancelled_rounds.RoundIsKnown:
        messages.error(request, gettext("People have been reminded of this round: cancel it, and they are told."))
    else:
        messages.success(request, gettext("Deleted."))
        return redirect(workspace.url("rounds"))
    return redirect(workspace.url("round", pk))


@workspace_page(*ORGANISERS)
@require_POST
@tells_of_deleted
def cancel(request: HttpRequest, workspace: Workspace, pk: int) -> HttpResponse:
    """Cancel a round; whoever was reminded of it is told, once, however often this is pressed."""
    test_round = round_of(workspace, pk)
    try:
        with transaction.atomic():
            done = cancelled_rounds.cancel_round(test_round=test_round, now=timezone.now())
            if done is not None:
                _log_cancelled(request, test_round, done)
    except cancelled_rounds.RoundIsOver:
        messages.error(request, _is_over_words())
        return redirect(workspace.url("round", pk))
    if done is None:
        messages.info(request, cancelled_words())
    else:
        _say_cancelled(request, done.messages)
    return redirect(workspace.url("rounds") if done and done.is_deleted else workspace.url("round", pk))


def _log_cancelled(request: HttpRequest, test_round: TestRound, done: cancelled_rounds.Cancelled) -> None:
    if done.is_deleted:
        words = gettext("Test round deleted: %(round)s")
    elif done.messages:
        words = gettext("Test round cancelled, and whoever had been reminded was told: %(round)s")
    else:
        words = gettext("Test round cancelled, of which nobody had been reminded: %(round)s")
    _log(request, test_round, words)


def _log(request: HttpRequest, test_round: TestRound, words: str) -> None:
    moment = moment_words(test_round.starts_at)
    log(request, test_round.conference, CHANGE, words % {"round": f"{test_round.label}, {moment}"})


def _say_cancelled(request: HttpRequest, count: int) -> None:
    """Say that a round is cancelled, and how many messages tell people so."""
    if not count:
        messages.success(request, gettext("The round is cancelled; nobody had been reminded of it."))
        return
    words = ngettext(
        "The round is cancelled. %(count)d message is on its way.",
        "The round is cancelled. %(count)d messages are on their way.",
        count,
    )
    messages.success(request, words % {"count": count})
