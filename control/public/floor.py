"""Questions and votes of one person, behind their personal link: works without JavaScript, and asks for what is new."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4, uuid5

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import condition, require_http_methods, require_safe

from attendance.services import JoinPhase, join_phase
from common.fields import LineField
from common.lookups import LookUp
from common.rate_limits import count, refusal
from control import floor, poll_results, polls, questions
from control.models import Cue, Floor, FloorQuestion, Poll, Vote
from control.models.floor import MOST_LETTERS
from control.polls import NotCounted
from control.questions import Asked, NotTaken
from control.questions_shown import own_question, shown, with_askers
from control.taking_back import take_back
from registrations.models import Delegate
from registrations.public.language import speak_language_of
from registrations.tokens import fingerprint

#: Milliseconds between two looks of the page.
EVERY = 10_000
#: Presses an hour by one link: nobody supports and votes so often with their fingers.
PRESSES_PER_HOUR = 300


def _of_link(token_hash: str) -> QuerySet[Delegate]:
    registration, conference = "registration", "registration__conference"
    return (
        Delegate.objects.filter(token_hash=token_hash)
        .select_related(conference, f"{registration}__bridge_point")
        .defer("search_text", "sort_name", f"{registration}__search_text", f"{registration}__submission_key")
        .defer(f"{registration}__bridge_point__search_text", f"{conference}__search_text")
        .defer(f"{conference}__summary", f"{conference}__purpose", f"{conference}__preparation")
        .order_by()
    )


_BY_LINK = LookUp(_of_link)


class AskForm(forms.Form):
    """A question, to whom and about which part."""

    uid = forms.UUIDField(widget=forms.HiddenInput)
    text = forms.CharField(label=_("Your question"), max_length=MOST_LETTERS, widget=forms.Textarea(attrs={"rows": 3}))
    to = LineField(label=pgettext_lazy("question", "To whom"), max_length=150, required=False)
    cue = forms.ModelChoiceField(
        label=_("About"), queryset=Cue.objects.none(), required=False, empty_label=_("the whole conference")
    )

    def __init__(self, data: Any, delegate: Delegate) -> None:
        super().__init__(data, initial={"uid": uuid4()})
        parts: Any = self.fields["cue"]
        parts.queryset = Cue.objects.filter(conference=delegate.registration.conference_id, is_skipped=False)
        for name in ("to", "cue"):
            self.fields[name].is_optional = True  # type: ignore[attr-defined]
        self.fields["text"].widget.attrs["class"] = self.fields["to"].widget.attrs["class"] = "form-control"
        # A browser would cut off a longer question without a word; the form says it, and keeps what was typed.
        del self.fields["text"].widget.attrs["maxlength"]

    def focus_on_error(self) -> None:
        """Let the page begin where the first error is: the form stands at its end."""
        wrong = next((name for name in self.fields if name in self.errors), None)
        if wrong is not None:
            self.fields[wrong].widget.attrs["autofocus"] = True


def _delegate(request: HttpRequest, token: str) -> Delegate:
    """Whose link it is; looked for once a request.

    Raises:
        Http404: nobody's, or they take no part.
    """
    known: Delegate | None = getattr(request, "floor_delegate", None)
    if known is not None:
        return known
    found = _BY_LINK.first(fingerprint(token))
    if found is None or join_phase(found.registration, timezone.now()) is JoinPhase.CANCELLED:
        raise Http404("No delegate has this link.")
    speak_language_of(found.registration, request)
    request.floor_delegate = found  # type: ignore[attr-defined]
    return found


def _mark(request: HttpRequest, token: str) -> str:
    """Changes with each press at the chair's table, and when people can ask or no more. Two queries."""
    delegate = _delegate(request, token)
    conference = delegate.registration.conference
    is_open = floor.is_in_session(conference, timezone.now())
    return f'"{floor.version_of(conference.pk)}-{delegate.pk}-{is_open}-{get_language()}"'


def _context(delegate: Delegate, now: datetime) -> dict[str, Any]:
    """What the part that changes shows. Seven queries."""
    conference = delegate.registration.conference
    names = Floor.objects.filter(conference=conference).values_list("names", flat=True).first()
    rows = with_askers(FloorQuestion.objects.shown().filter(conference=conference))
    own = FloorQuestion.objects.filter(conference=conference, delegate=delegate).order_by("-asked_at", "-pk")
    asked = list(own.select_related("called_point", "merged_into__called_point"))
    found = shown(rows, names or Floor.Names.POINT, questions.supported_by(delegate))
    return {
        "conference": conference,
        "is_open": floor.is_in_session(conference, now),
        "is_before": now < conference.doors_open_at,
        "questions": found,
        "own": [own_question(row) for row in asked],
        # Whoever asked a question is among those who want to hear it already.
        "asked": {row.merged_into_id or row.pk for row in asked if row.state != FloorQuestion.State.TAKEN_BACK},
        **_polls(delegate),
    }


def _polls(delegate: Delegate) -> dict[str, Any]:
    states = [Poll.State.OPEN, Poll.State.PUBLISHED]
    rows = list(Poll.objects.filter(conference=delegate.registration.conference_id, state__in=states))
    chosen = dict(Vote.objects.filter(poll__in=rows, delegate=delegate).values_list("poll", "option"))
    opened = next((poll for poll in rows if poll.state == Poll.State.OPEN), None)
    return {
        "poll": opened,
        "choice": chosen.get(opened.pk) if opened else None,
        "results": [
            (poll, poll_results.published(poll), chosen.get(poll.pk))
            for poll in rows
            if poll.state == Poll.State.PUBLISHED
        ],
    }


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows questions and polls; POST asks, supports or votes."""
    delegate, now = _delegate(request, token), timezone.now()
    form = None
    if request.method == "POST":
        if count(f"floor/{delegate.pk}", now, often=True) > PRESSES_PER_HOUR:
            return refusal(request)
        if "ask" not in request.POST:
            _press(request, delegate, now)
            return redirect("control:floor", token=token)
        form = AskForm(request.POST, delegate)
        if _ask(request, form, delegate, now):
            return redirect("control:floor", token=token)
        form.focus_on_error()
    # Before what it stands for, so that a change in between is asked for again.
    mark = _mark(request, token)
    context = {
        **_context(delegate, now),
        "token": token,
        "mark": mark,
        "every": EVERY,
        "name": delegate.full_name,
        "form": form or AskForm(None, delegate),
    }
    return render(request, "control/floor.html", context, status=422 if form else 200)


@never_cache
@require_safe
@condition(etag_func=_mark)
def part(request: HttpRequest, token: str) -> HttpResponse:
    """The part of the page that changes; 304 while nothing has."""
    delegate = _delegate(request, token)
    context = {**_context(delegate, timezone.now()), "token": token}
    return render(request, "control/_floor.html", context)


def _ask(request: HttpRequest, form: AskForm, delegate: Delegate, now: datetime) -> bool:
    """Take the question in ``form``; whether it is taken. If not, the form says why."""
    if not form.is_valid():
        return False
    typed = form.cleaned_data
    try:
        # Two people never share a number, whatever a page sends; nor do two questions, where a browser went back to
        # the form that was sent.
        uid = uuid5(typed["uid"], f"delegate/{delegate.pk}/{typed['text']}")
        asked = Asked.of(uid, typed["text"], to=typed["to"])
        questions.ask(delegate=delegate, asked=asked, cue=typed["cue"], now=now)
    except NotTaken as why:
        form.add_error("text", str(why))
        return False
    messages.success(request, gettext("Your question has been received."))
    return True


def _press(request: HttpRequest, delegate: Delegate, now: datetime) -> None:
    for name, press in _PRESSES.items():
        if name in request.POST:
            try:
                press(delegate, request.POST[name], now)
            except (NotTaken, NotCounted) as why:
                messages.warning(request, str(why))
            except ValueError:
                break
            return
    messages.error(request, gettext("This could not be read. Please press again."))


def _support(delegate: Delegate, value: str, now: datetime) -> None:
    questions.support(delegate=delegate, question=floor.number_in(value), wanted=True, now=now)


def _support_no_more(delegate: Delegate, value: str, now: datetime) -> None:
    questions.support(delegate=delegate, question=floor.number_in(value), wanted=False, now=now)


def _take_back(delegate: Delegate, value: str, _now: datetime) -> None:
    take_back(delegate=delegate, question=floor.number_in(value))


def _vote(delegate: Delegate, value: str, now: datetime) -> None:
    poll, _colon, option = value.partition(":")
    polls.vote(delegate=delegate, poll=floor.number_in(poll), option=floor.number_in(option), now=now)


_PRESSES: dict[str, Callable[[Delegate, str, datetime], None]] = {
    "support": _support,
    "unsupport": _support_no_more,
    "vote": _vote,
    "take_back": _take_back,
}
