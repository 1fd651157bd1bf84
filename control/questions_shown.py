"""Questions as people read them: on their own pages, in rooms, and on the screen in the hall."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext, ngettext

from control.models import Floor, FloorQuestion

_State = FloorQuestion.State


@dataclass(frozen=True)
class QuestionShown:
    """A question that everybody may read."""

    pk: int
    words: str
    #: Who asked, as far as the organisers let it be read.
    who: str
    #: From where it is called, if that does not stand in ``who``; "" while it is not.
    room: str
    to: str
    is_supported: bool = False


def with_askers(rows: QuerySet[FloorQuestion]) -> QuerySet[FloorQuestion]:
    """``rows`` with whoever asked each of them. One query more."""
    who = FloorQuestion.objects.with_who()
    return rows.select_related(*_WHO).prefetch_related(Prefetch("merged", who))


_WHO = ("point", "called_point", "delegate__registration__organisation", "cue")


def askers_of(question: FloorQuestion) -> list[FloorQuestion]:
    """The question and those that are merged into it: each has one asker."""
    return [question, *question.merged.all()]


def who_words(question: FloorQuestion, names: str) -> str:
    """Who asked ``question``, in words for everybody; ``names`` is one of ``Floor.Names``."""
    found = [_one(row, names) for row in askers_of(question)]
    known = list(dict.fromkeys(words for words in found if words))
    if len(found) > 1 and names == Floor.Names.POINT:
        asked = ngettext("asked by %(count)d person", "asked by %(count)d people", len(found)) % {"count": len(found)}
        known.append(asked)
    return "; ".join(known)


def _one(question: FloorQuestion, names: str) -> str:
    if names == Floor.Names.PERSON:
        return question.who
    return question.point.label if question.point else ""


def shown(
    questions: Iterable[FloorQuestion], names: str, supported: Iterable[int] = ()
) -> dict[str, list[QuestionShown]]:
    """``questions`` by their state; those called last come first. They were loaded ``with_askers``."""
    found: dict[str, list[QuestionShown]] = {state: [] for state in FloorQuestion.SHOWN}
    mine = set(supported)
    for row in questions:
        who = who_words(row, names)
        room = row.called_point.label if row.called_point and row.state != _State.CHOSEN else ""
        # Called from where it was asked, it is said once.
        room = "" if room == who else room
        found[row.state].append(QuestionShown(row.pk, row.words, who, room, row.to, row.pk in mine))
    return found


@dataclass(frozen=True)
class OwnQuestion:
    """A question as whoever asked it reads it."""

    pk: int
    text: str
    state: str
    state_words: str
    #: How it reads for everybody, if that is otherwise.
    wording: str
    answer: str
    #: Whether it still waits, so that whoever asked it may take it back.
    is_waiting: bool


def own_question(row: FloorQuestion) -> OwnQuestion:
    """``row``, loaded with ``merged_into``, with what became of it or of the one that it was merged into."""
    leading = row.merged_into or row
    wording = leading.words if leading.words != row.text and leading.state in FloorQuestion.SHOWN else ""
    return OwnQuestion(
        row.pk, row.text, leading.state, state_words(leading), wording, leading.answer, is_waiting=row.is_waiting
    )


def state_words(question: FloorQuestion) -> str:
    """The state of ``question``, in words for whoever asked it."""
    words = {
        _State.NEW: gettext("Received; the organisers choose what is called."),
        _State.CHOSEN: gettext("Chosen: it waits to be called."),
        _State.CALLED: gettext("Called now."),
        _State.ANSWERED: gettext("Answered in the hall."),
        _State.WRITTEN: gettext("Answered in writing."),
        _State.ASIDE: gettext("Not called in the hall."),
        _State.TAKEN_BACK: gettext("Taken back."),
    }
    found = words[_State(question.state)]
    if question.state == _State.CALLED and question.called_point:
        found = gettext("Called now, from %(room)s.") % {"room": question.called_point.label}
    return found
