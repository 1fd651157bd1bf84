"""Answers in writing to questions from the floor. The questions lie above this room: they are asked for by a signal."""

from typing import Any, NamedTuple

from messaging.signals import answer_asked
from outbox.refs import Ref

#: The kind of reference under which the outbox knows the answer to a question.
QUESTION = "floor_question"


class AnswerFound(NamedTuple):
    """A question and its answer, as they are to be read."""

    question: str
    answer: str


def occasion_of(question: int) -> str:
    """The occasion of the messages that carry the answer to the question with this number."""
    return str(Ref(QUESTION, question))


class Answers:
    """The answers that a batch of messages is about, each asked for once."""

    def __init__(self) -> None:
        self._found: dict[int, AnswerFound | None] = {}

    def of(self, occasion: str) -> AnswerFound | None:
        """The answer that is the ``occasion`` of a message; None if it is another one, or was taken away."""
        ref = Ref.parse(occasion)
        if ref is None or ref.kind != QUESTION:
            return None
        if ref.number not in self._found:
            answers: list[Any] = [said for _receiver, said in answer_asked.send(sender=Answers, number=ref.number)]
            self._found[ref.number] = next((answer for answer in answers if answer is not None), None)
        return self._found[ref.number]
