"""What a list says beyond what is stored of those who are known: other answers, further products."""

from collections.abc import Iterable

from django.utils.translation import gettext

from lists.people import answers
from lists.people.answers import Asked
from lists.people.entries import CHANGED, REFUSED, Entry
from registrations.models import Answer, Interest


def compare(entries: Iterable[Entry], asked: Asked) -> None:
    """Reduce answers and interests of known people to what is news, and say it. At most two queries."""
    known = [entry for entry in entries if entry.known and entry.verdict != REFUSED]
    _compare_answers([entry for entry in known if entry.answers or entry.person.answers], asked)
    _compare_interests([entry for entry in known if entry.interests])


def _compare_answers(entries: list[Entry], asked: Asked) -> None:
    if not entries:
        return
    questions = {question.pk: question for question in asked.questions.values()}
    rows = Answer.objects.filter(registration__in=_registrations(entries), question__in=list(questions))
    stored = {(a.registration_id, a.delegate_id, a.question_id): a for a in rows.select_related("question")}
    for entry in entries:
        known = entry.known
        if known is None:
            continue
        for whose, said in ((None, entry.answers), (known.pk, dict(entry.person.answers))):
            for number, text in said.items():
                before = stored.get((known.registration, whose, number))
                if before is not None and before.value == text:
                    continue
                entry.verdict = CHANGED
                question = questions[number]
                (after,) = answers.answer_words([question], {number: text})
                entry.notes.append(
                    gettext("%(what)s (it was “%(before)s”).") % {"what": after, "before": before.words}
                    if before
                    else f"{after}."
                )


def _compare_interests(entries: list[Entry]) -> None:
    if not entries:
        return
    rows = Interest.objects.filter(registration__in=_registrations(entries)).select_related("product")
    stored = {(row.registration_id, *answers.key_of(row.side, row.product, row.other)) for row in rows}
    for entry in entries:
        known = entry.known
        if known is None:
            continue
        entry.interests = [
            interest
            for interest in entry.interests
            if (known.registration, *answers.key_of(interest.side, interest.product, interest.other)) not in stored
        ]
        if entry.interests:
            entry.verdict = CHANGED
            entry.notes += [f"+ {answers.interest_words(interest)}." for interest in entry.interests]


def _registrations(entries: list[Entry]) -> set[int]:
    return {entry.known.registration for entry in entries if entry.known}
