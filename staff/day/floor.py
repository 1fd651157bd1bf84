"""*Hỏi đáp* in the workspace: questions from the floor, chosen, called and answered, one press each."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.contrib.admin.models import CHANGE
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext, ngettext
from django.views.decorators.http import condition, require_POST, require_safe

from control import floor, questions
from control.floor import number_of
from control.floor_presses import Step, answer_in_writing, merge, press, put_in_order, reword
from control.models import Floor, FloorQuestion
from control.presses import PressRefused
from control.question_table import mark, question_table
from control.questions import Asked, NotTaken
from control.questions_shown import askers_of, with_askers
from staff.day.floor_forms import AnswerForm, AskForForm, WordingForm
from staff.day.subtabs import day_page
from staff.edit_conflicts import focus_in
from staff.workspace.access import ORGANISERS, READERS, Workspace, workspace_page
from staff.workspace.matter import log

#: Milliseconds between two looks of the table.
EVERY = 3000
_STEPS = {step.value: step for step in Step}


def _context(workspace: Workspace) -> dict[str, Any]:
    return {
        "table": question_table(workspace.conference, workspace.scope.points.values()),
        "conference": workspace.conference,
        "is_organiser": workspace.is_organiser,
    }


def _mark(request: HttpRequest, workspace: Workspace) -> str:
    return f'"{mark(workspace.conference)}-{get_language()}-{workspace.role}"'


def _page(
    request: HttpRequest, workspace: Workspace, ask_form: AskForForm | None = None, status: int = 200, **more: Any
) -> HttpResponse:
    ask_form = ask_form or AskForForm(None, workspace)
    focus_in(ask_form, ask_form.fields)
    # Before what it stands for, so that a change in between is asked for again.
    seen = _mark(request, workspace)
    return day_page(
        request,
        workspace,
        "day/floor",
        title=gettext("Questions from the floor"),
        here="floor",
        status=status,
        live=workspace.url("floor_live"),
        mark=seen,
        every=EVERY,
        floor=floor.floor_of(workspace.conference) if workspace.is_organiser else None,
        names=Floor.Names.choices,
        ask_form=ask_form,
        **_context(workspace),
        **more,
    )


@require_safe
@workspace_page(*READERS)
def table(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """The questions in columns; leaders read."""
    return _page(request, workspace)


@require_safe
@workspace_page(*READERS)
@condition(etag_func=_mark)
def table_live(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """The part of the page that changes; 304 while nothing has."""
    return render(request, "staff/day/_floor.html", _context(workspace))


def _log(request: HttpRequest, workspace: Workspace, question: FloorQuestion, done: str = "") -> None:
    """Write into the history what was ``done`` to ``question``, by default what it is now. Its text is personal."""
    # A point that has been deleted since has no name.
    facts = {"point": question.point.label if question.point else "–", "done": done or _state_words(question)}
    log(request, workspace.conference, CHANGE, gettext("Question from %(point)s: %(done)s") % facts)


def _state_words(question: FloorQuestion) -> str:
    if question.state == FloorQuestion.State.CALLED and question.called_point:
        return gettext("called from %(room)s") % {"room": question.called_point.label}
    return question.get_state_display()


@require_POST
@workspace_page(*ORGANISERS)
def table_press(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """A button of one question: "step:number:version", and for a call the number of the point."""
    what, number, version, point = (request.POST.get("press", "").split(":") + [""] * 4)[:4]
    step = _STEPS.get(what)
    if step is None or number_of(number) < 0 or number_of(version) < 0:
        messages.error(request, gettext("This button is not known any more: please press again."))
        return redirect(workspace.url("floor"))
    try:
        found = press(
            conference=workspace.conference,
            question=number_of(number),
            step=step,
            version=number_of(version),
            now=timezone.now(),
            point=number_of(point) if point else None,
        )
    except PressRefused as refused:
        messages.warning(request, str(refused))
    else:
        if step not in (Step.UP, Step.DOWN):
            _log(request, workspace, found)
    back = number_of(request.POST.get("back", ""))
    return redirect(workspace.url("floor_question", back) if back >= 0 else workspace.url("floor"))


@require_POST
@workspace_page(*ORGANISERS)
def table_order(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Put the chosen questions in the order of the numbers typed beside them."""
    typed = {name.removeprefix("place-"): value for name, value in request.POST.items() if name.startswith("place-")}
    places = {number_of(name): number_of(str(value).strip()) for name, value in typed.items()}
    put_in_order(conference=workspace.conference, places={pk: at for pk, at in places.items() if at >= 0})
    messages.success(request, gettext("Put in order."))
    return redirect(workspace.url("floor"))


@require_POST
@workspace_page(*ORGANISERS)
def table_merge(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Make one question of those that were ticked: "number:version" each."""
    chosen = [value.partition(":") for value in request.POST.getlist("chosen")]
    pairs = [(number_of(number), number_of(version)) for number, _colon, version in chosen]
    form = WordingForm(request.POST)
    try:
        if not form.is_valid():
            raise PressRefused(" ".join(map(str, form.errors["wording"])))
        found = merge(conference=workspace.conference, questions=pairs, wording=form.cleaned_data["wording"])
    except PressRefused as refused:
        messages.warning(request, str(refused))
        ticked = {number for number, _version in pairs}
        return _page(request, workspace, status=422, ticked=ticked, merge_wording=request.POST.get("wording", ""))
    _log(request, workspace, found, gettext("merged with others"))
    messages.success(request, gettext("Merged. Here stand all who asked; the wording can be changed."))
    return redirect(workspace.url("floor_question", found.pk))


# --- one question -----------------------------------------------------------------------------------------------------


def _question(workspace: Workspace, number: int) -> FloorQuestion:
    rows = FloorQuestion.objects.leading().filter(conference=workspace.conference, pk=number)
    found = with_askers(rows).first()
    if found is None:
        raise Http404
    return found


def _question_page(
    request: HttpRequest,
    workspace: Workspace,
    number: int,
    *,
    wording: WordingForm | None = None,
    answer: AnswerForm | None = None,
) -> HttpResponse:
    found = _question(workspace, number)
    is_kept = wording is not None or answer is not None
    for form in filter(None, (wording, answer)):
        focus_in(form, form.fields)
    return day_page(
        request,
        workspace,
        "day/floor_question",
        title=gettext("Question from the floor"),
        here="floor",
        status=422 if is_kept else 200,
        trail=[(gettext("Questions from the floor"), workspace.url("floor"))],
        question=found,
        askers=askers_of(found),
        is_organiser=workspace.is_organiser,
        wording_form=wording or WordingForm(initial={"wording": found.words}),
        answer_form=answer or AnswerForm(initial={"answer": found.answer}),
    )


@workspace_page(*READERS)
def question(request: HttpRequest, workspace: Workspace, number: int) -> HttpResponse:
    """One question: all who asked it, its wording, an answer in writing."""
    if request.method != "POST":
        return _question_page(request, workspace, number)
    if not workspace.is_organiser:
        raise Http404
    if "answer" in request.POST:
        return _answer(request, workspace, number, timezone.now())
    form = WordingForm(request.POST)
    if form.is_valid():
        version = number_of(request.POST.get("version", ""))
        try:
            found = reword(
                conference=workspace.conference,
                question=number,
                wording=form.cleaned_data["wording"],
                version=version,
            )
        except PressRefused as refused:
            form.add_error("wording", str(refused))
        else:
            _log(request, workspace, found, gettext("other wording"))
            messages.success(request, gettext("Saved."))
            return redirect(workspace.url("floor_question", number))
    return _question_page(request, workspace, number, wording=form)


def _answer(request: HttpRequest, workspace: Workspace, number: int, now: datetime) -> HttpResponse:
    form = AnswerForm(request.POST)
    if form.is_valid():
        try:
            found, count = answer_in_writing(
                conference=workspace.conference,
                question=number,
                answer=form.cleaned_data["answer"],
                version=number_of(request.POST.get("version", "")),
                now=now,
            )
        except PressRefused as refused:
            form.add_error("answer", str(refused))
        else:
            _log(request, workspace, found, gettext("answered in writing"))
            words = ngettext("Answered: %(count)d message is sent.", "Answered: %(count)d messages are sent.", count)
            messages.success(request, words % {"count": count})
            return redirect(workspace.url("floor_question", number))
    return _question_page(request, workspace, number, answer=form)


# --- what is set ------------------------------------------------------------------------------------------------------


@require_POST
@workspace_page(*ORGANISERS)
def set_floor(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Open or close the floor, say which names are shown, or withdraw the link of the screen."""
    conference, what = workspace.conference, request.POST.get("set", "")
    if what in ("open", "close"):
        if floor.set_open(conference=conference, is_open=what == "open"):
            log(request, conference, CHANGE, [{"changed": {"fields": ["takes_questions"]}}])
        words = gettext("Personal pages and rooms lead to questions and votes on the day.")
        messages.success(request, words if what == "open" else gettext("Questions and votes are closed."))
    elif what == "names" and request.POST.get("names") in Floor.Names.values:
        floor.set_names(conference=conference, names=request.POST["names"])
        messages.success(request, gettext("Saved."))
    elif what == "screen":
        floor.renew_link(conference=conference)
        log(request, conference, CHANGE, gettext("Link of the screen in the hall withdrawn, a new one made"))
        messages.success(request, gettext("The old link of the screen is withdrawn; here is the new one."))
    return redirect(workspace.url("floor") + "#set")


@require_POST
@workspace_page(*ORGANISERS)
def ask_for(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Enter a question for somebody who said it by telephone or on paper."""
    form = AskForForm(request.POST, workspace)
    if not form.is_valid():
        return _page(request, workspace, form, status=422)
    typed, now = form.cleaned_data, timezone.now()
    point = workspace.scope.points[typed["point"]]
    point.conference = workspace.conference
    try:
        asked = Asked.of(uuid4(), typed["text"], typed["name"], typed["unit"], typed["to"])
        is_taken = questions.ask_for(point=point, asked=[asked], now=now)[asked.uid]
    except NotTaken as why:
        form.add_error("text", str(why))
        return _page(request, workspace, form, status=422)
    if not is_taken:
        form.add_error("text", gettext("Questions are not taken now."))
        return _page(request, workspace, form, status=422)
    made = FloorQuestion.objects.get(conference=workspace.conference, uid=asked.uid)
    _log(request, workspace, made, gettext("entered by the organisers"))
    messages.success(request, gettext("The question is entered."))
    return redirect(workspace.url("floor"))
