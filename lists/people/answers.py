"""What a list answers to the organiser's own questions, and what it says is sold and looked for."""

import re
from collections.abc import Iterable, Mapping, Sequence

from django.utils.translation import gettext

from common.fields import clean_text
from conference.models import Conference, Product
from lists.people.cleaning import Refused
from lists.people.columns import plain
from registrations.models import Interest, Question
from registrations.services import InterestData

#: The fields of a list and the side that each is.
SIDES = {"sells": Interest.Side.SELLS, "buys": Interest.Side.BUYS}
_YES = {"co", "yes", "x", "dung", "1", "true", "v"}
_NO = {"khong", "no", "0", "false", "ko"}
_NUMBER = re.compile(r"[+-]?\d[\d., ]*")
_STARS = re.compile(r"(?:ocop )?([345]) (?:sao|stars?)(?: ocop)?|ocop ([345])")
_SEASON = re.compile(r"\b(?:thang|vu|mua|quanh nam|ca nam|quy|tu|dau nam|cuoi nam|season|month|all year)\b")
_CERTIFICATES = {
    "vietgap": Interest.Certificate.VIETGAP,
    "globalgap": Interest.Certificate.GLOBALGAP,
    "organic": Interest.Certificate.ORGANIC,
    "huu co": Interest.Certificate.ORGANIC,
}
_MOST = 20


class Asked:
    """The questions and products of a conference, by which cells are read. Two queries."""

    def __init__(self, conference: Conference) -> None:
        self.questions = {
            f"question-{question.pk}": question
            for question in Question.objects.filter(conference=conference, is_active=True)
        }
        self._products = {plain(product.name): product for product in conference.products.all()}

    def answers(self, cells: Mapping[str, str], whose: Question.Asked) -> tuple[dict[int, str], list[str]]:
        """What ``cells`` answer to the questions asked of ``whose``, by question; and why some are left out."""
        found, notes = {}, []
        for name, question in self.questions.items():
            text = cells.get(name, "")
            if not text or question.asked != whose:
                continue
            try:
                found[question.pk] = answer(question, text)
            except Refused as refused:
                notes.append(str(refused))
        return found, notes

    def interests(self, cells: Mapping[str, str]) -> tuple[list[InterestData], list[str]]:
        """What ``cells`` say is sold and looked for; and why some is left out."""
        found = [
            self._interest(side, item)
            for name, side in SIDES.items()
            for item in re.split(r"\s*;\s*", cells.get(name, ""))
            if item.strip(" -–.")
        ]
        if len(found) > _MOST:
            words = gettext("More than %(most)d products: the others are left out.") % {"most": _MOST}
            return found[:_MOST], [words]
        return found, []

    def _interest(self, side: str, text: str) -> InterestData:
        """One product with amount, season, certificates and stars, as our own lists write it: parted by commas."""
        name, *rest = [part for part in re.split(r",\s+|,$", text) if part.strip()] or [text]
        product: Product | None = self._products.get(plain(name))
        season, amount, certificates, stars = "", [], [], None
        for part in rest:
            words = plain(part)
            if certificate := _CERTIFICATES.get(words):
                certificates.append(certificate.value)
            elif match := _STARS.fullmatch(words):
                stars = int(match[1] or match[2])
            elif not season and _SEASON.search(words):
                season = part
            else:
                amount.append(part)
        return InterestData(
            side=str(side),
            product=product,
            other="" if product else clean_text(name)[:120],
            amount=clean_text(", ".join(amount))[:80],
            season=clean_text(season)[:80],
            certificates=certificates,
            ocop_stars=stars,
        )


def answer(question: Question, text: str) -> str:
    """What ``text`` answers to ``question``, as the form stores it.

    Raises:
        Refused: it is none of the answers that there are.
    """
    key, kind = plain(text), Question.Kind(question.kind)
    if kind == Question.Kind.YES_NO:
        if key in _YES or key in _NO:
            return "yes" if key in _YES else "no"
    elif kind == Question.Kind.CHOICE:
        if option := next((option for option in question.options if plain(option) == key), None):
            return option
    elif kind == Question.Kind.TEXT or _NUMBER.fullmatch(text.strip()):
        return clean_text(text)[:1000]
    raise Refused(
        gettext("“%(text)s” is no answer to “%(question)s”; it is left out.")
        % {"text": text[:40], "question": question.text[:60]}
    )


def interest_words(interest: InterestData) -> str:
    """``interest`` as the preview says it."""
    certified = [str(Interest.Certificate(name).label) for name in interest.certificates]
    stars = gettext("OCOP %(count)d stars") % {"count": interest.ocop_stars} if interest.ocop_stars else ""
    what = interest.product.name if interest.product else interest.other
    said = ", ".join(filter(None, [what, interest.amount, interest.season, *certified, stars]))
    return f"{Interest.Side(interest.side).label}: {said}"


def key_of(side: str, product: Product | None, other: str) -> tuple[str, str]:
    """By what two interests of a registration are the same."""
    return side, plain(product.name if product else other)


def without_repetitions(interests: Iterable[InterestData]) -> list[InterestData]:
    """The first of each product on each side."""
    found: dict[tuple[str, str], InterestData] = {}
    for interest in interests:
        found.setdefault(key_of(interest.side, interest.product, interest.other), interest)
    return list(found.values())


def answer_words(questions: Sequence[Question], answers: Mapping[int, str]) -> list[str]:
    """``answers`` by question as the preview says them."""
    yes_no = {"yes": gettext("yes"), "no": gettext("no")}
    return [
        f"{question.text}: {yes_no.get(text, text) if question.kind == Question.Kind.YES_NO else text}"
        for question in questions
        if (text := answers.get(question.pk))
    ]
