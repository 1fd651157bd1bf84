"""What the page of a room says about questions and polls: from its queue, and from a browser without JavaScript."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID, uuid5

from django.contrib import messages
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext

from bridges.models import BridgePoint
from control import questions, rooms, silence
from control.batches import TakenBack, question_of_room
from control.doubts import doubt_of_hands, hands_asked_about, words_of_script
from control.floor import number_in
from control.models import Room, RoomReport
from control.polls import takes_hands
from control.public.room_typed import AskTyped, Typed
from control.questions import Asked, NotTaken
from control.room_floor import room_floor
from control.rooms import Report
from control.taking_back import take_back_for


def floor_text(point: BridgePoint, room: Room | None) -> str | None:
    """What the script of the page draws anew; None where questions are not taken."""
    floor = room_floor(point, room)
    context = {"floor": floor, "asks": words_of_script()}
    return render_to_string("control/_room_floor.html", context).strip() if floor else None


# --- from the queue ---------------------------------------------------------------------------------------------------


def sort_out(
    point: BridgePoint, said: Iterable[Report | Asked | TakenBack]
) -> tuple[list[Report], list[Asked | TakenBack], list[str]]:
    """Of what a room ``said`` the reports, what is about questions, and the numbers of hands that come too late."""
    reports: list[Report] = []
    about_questions: list[Asked | TakenBack] = []
    late: list[str] = []
    for one in said:
        if not isinstance(one, Report):
            about_questions.append(one)
        elif one.kind == RoomReport.Kind.HANDS and not takes_hands(point, one.value, one.happened_at):
            late.append(str(one.uid))
        else:
            reports.append(one)
    return reports, about_questions, late


def ask_from_room(point: BridgePoint, said: Iterable[Asked | TakenBack], now: datetime) -> dict[str, str]:
    """Take what a room said about questions; by their numbers whether they are "taken" or "refused"."""
    rows = list(said)
    asked = [one for one in rows if isinstance(one, Asked)]
    taken = questions.ask_for(point=point, asked=asked, now=now)
    taken |= {one.uid: _is_taken_back(point, one.question) for one in rows if isinstance(one, TakenBack)}
    return {str(uid): "taken" if is_taken else "refused" for uid, is_taken in taken.items()}


def _is_taken_back(point: BridgePoint, question: int) -> bool:
    try:
        take_back_for(point=point, question=question)
    except NotTaken:
        return False
    return True


# --- without JavaScript -----------------------------------------------------------------------------------------------


def say_from_floor(request: HttpRequest, point: BridgePoint, kind: str, value: str, now: datetime) -> Typed | None:
    """Take one press of a browser without JavaScript, and say what became of it.

    Returns what was typed and is not taken as it stands; None: there is nothing to be drawn again.
    """
    try:
        uid = UUID(request.POST.get("uid", ""))
        if kind == "question":
            return _ask(request, point, uid, now)
        if kind == "take_back":
            take_back_for(point=point, question=number_in(value))
        else:
            return _count(request, point, uid, value, now)
    except NotTaken as why:
        messages.error(request, str(why))
    except ValueError:
        messages.error(request, gettext("This could not be read. Please press again."))
    else:
        messages.success(request, gettext("Noted."))
    return None


def _ask(request: HttpRequest, point: BridgePoint, page: UUID, now: datetime) -> Typed | None:
    name, unit, text = (request.POST.get(part, "") for part in ("name", "unit", "text"))
    try:
        # Pressed twice on the same page it is one; another question on the page that a browser went back to is not.
        one = question_of_room(uuid5(page, f"question={name}/{unit}/{text}"), request.POST)
        if not questions.ask_for(point=point, asked=[one], now=now)[one.uid]:
            raise NotTaken(_closed())
    except NotTaken as why:
        return Typed(ask=AskTyped(name, unit, text, str(why)))
    messages.success(request, gettext("Noted."))
    return None


def _count(request: HttpRequest, point: BridgePoint, page: UUID, option: str, now: datetime) -> Typed | None:
    typed = request.POST.get("hands", "")
    if not takes_hands(point, f"{option}:0", now):
        messages.warning(request, _closed())
        return None
    asked_from = hands_asked_about(point, silence.room_in_use(point, now))
    doubt = doubt_of_hands(typed, asked_from)
    if doubt and not (doubt.is_asked and request.POST.get("sure") == typed):
        return Typed(hands={option: doubt})
    value = f"{option}:{typed}"
    report = Report(uuid5(page, f"hands={value}"), RoomReport.Kind.HANDS, value, now)
    rooms.note_reports(point=point, reports=[report], now=now)
    messages.success(request, gettext("Noted."))
    return None


def _closed() -> str:
    return gettext("Asking or voting was closed already: this was not taken.")
