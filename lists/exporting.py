"""Lists of delegates for Excel: .xlsx and CSV, one row a delegate, written as a stream.

Whoever calls gives the registrations that the user may see; who has been erased does not appear.
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain, islice
from typing import Any, TypeVar

from django.db import connection
from django.db.models import CharField, OuterRef, QuerySet
from django.db.models.functions import Cast
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy

from common.phones import mobile_of, written
from conference.postgresql.waiting import patiently
from lists import workbook
from lists.cells import as_number
from lists.formulas import guard
from lists.gathered import gathered, read
from registrations.models import Answer, Delegate, Interest, Organisation, Question, Registration

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_AT_ONCE = 2000
#: Seconds. The database puts a long list together before it gives out its first row: two at a hundred thousand people.
_LONGEST_WAIT = 120
_T = TypeVar("_T")
#: Heading and width in characters; a longer text takes several lines.
_COLUMNS: tuple[tuple[str | Promise, int], ...] = (
    (gettext_lazy("No."), 6),
    (gettext_lazy("Family and middle name"), 16),
    (gettext_lazy("Given name"), 10),
    (gettext_lazy("Full name"), 22),
    (gettext_lazy("Position"), 16),
    (gettext_lazy("Organisation"), 26),
    (gettext_lazy("Kind"), 13),
    (gettext_lazy("Tax code"), 14),
    (gettext_lazy("Province"), 13),
    (gettext_lazy("Phone"), 15),
    (gettext_lazy("E-mail"), 24),
    (gettext_lazy("Bridge point"), 20),
    (gettext_lazy("State"), 12),
    (gettext_lazy("Registration number"), 9),
    (gettext_lazy("Registered at"), 17),
    (gettext_lazy("Invited by"), 18),
    (gettext_lazy("Sells"), 22),
    (gettext_lazy("Looks for"), 22),
)
_QUESTION_WIDTH = 18
#: Where phone and e-mail stand in it.
_CONTACTS = frozenset({9, 10})


@dataclass(frozen=True)
class Further:
    """Columns that a room above adds at the end: their headings and widths, what is read, what stands in them.

    ``values`` are paths from a delegate; ``cells`` makes the cells of what they hold.
    """

    columns: tuple[tuple[str | Promise, int], ...]
    values: tuple[str, ...]
    cells: Callable[..., Sequence[str]]
    #: Who is written, of the delegates of the registrations; None: all of them.
    only: QuerySet[Delegate] | None = None


_NOTHING = Further((), (), lambda: ())


def export_xlsx(
    registrations: QuerySet[Registration], further: Further = _NOTHING, *, with_contacts: bool = True
) -> Iterator[bytes]:
    """The delegates of ``registrations`` as an .xlsx file, piece by piece.

    Not ``with_contacts``: without phone numbers, addresses, and the answers to questions, where either may stand.
    """
    questions = _questions(registrations) if with_contacts else []
    headings, widths = _headings(questions, further)
    rows = _rows(registrations, questions, further, with_numbers=True)
    if not with_contacts:
        headings, widths = _without_contacts(headings), _without_contacts(widths)
        rows = (_without_contacts(row) for row in rows)
    return workbook.stream(str(gettext_lazy("Delegates")), headings, rows, widths=widths)


def _without_contacts(cells: Sequence[_T]) -> list[_T]:
    return [cell for place, cell in enumerate(cells) if place not in _CONTACTS]


def export_csv(registrations: QuerySet[Registration], further: Further = _NOTHING) -> Iterator[bytes]:
    """The delegates of ``registrations`` as CSV in UTF-8 with a byte order mark, piece by piece."""
    questions = _questions(registrations)
    headings, _widths = _headings(questions, further)
    # As it was typed: a program that reads CSV makes of a number what its own language says.
    return csv_lines([headings], _rows(registrations, questions, further, with_numbers=False))


class _Line:
    """Takes what csv writes."""

    def write(self, text: str) -> str:
        return text


def csv_lines(*parts: Any) -> Iterator[bytes]:
    """The rows of ``parts`` as CSV in UTF-8 with a byte order mark, piece by piece."""
    writer = csv.writer(_Line())
    yield b"\xef\xbb\xbf"
    batch: list[str] = []
    for rows in parts:
        for row in rows:
            batch.append(
                writer.writerow([guard(value) if value and value.__class__ is str else value for value in row])
            )
            if len(batch) == 500:
                yield "".join(batch).encode()
                batch.clear()
    yield "".join(batch).encode()


def _questions(registrations: QuerySet[Registration]) -> list[Question]:
    conferences = registrations.order_by().values("conference")
    return list(Question.objects.filter(conference__in=conferences).order_by("conference", "position", "id"))


def _headings(questions: list[Question], further: Further) -> tuple[list[str], list[int]]:
    columns = [*_COLUMNS, *((question.text, _QUESTION_WIDTH) for question in questions), *further.columns]
    return [str(heading) for heading, _width in columns], [width for _heading, width in columns]


@dataclass(frozen=True)
class _Words:
    """What choices are called, in the language of the request: the rows are drawn up after it is forgotten."""

    kinds: dict[str, str]
    states: dict[str, str]
    yes_no: dict[str, str]
    certificates: dict[str, str]
    stars: str

    def interest(self, product: str, amount: str, season: str, certificates: list[str], stars: int | None) -> str:
        """What is sold or looked for, as the pages say it."""
        certified = [self.certificates.get(name, name) for name in certificates]
        rated = self.stars % {"count": stars} if stars else ""
        return ", ".join(filter(None, [product, amount, season, *certified, rated]))


def _rows(
    registrations: QuerySet[Registration], questions: list[Question], further: Further, *, with_numbers: bool
) -> Iterator[list[str | int | float]]:
    words = _Words(
        {value: str(label) for value, label in Organisation.Kind.choices},
        {value: str(label) for value, label in Registration.State.choices},
        {"yes": str(gettext_lazy("yes")), "no": str(gettext_lazy("no"))},
        {value: str(label) for value, label in Interest.Certificate.choices},
        str(gettext_lazy("OCOP %(count)d stars")),
    )
    numbers = {question.pk for question in questions if with_numbers and question.kind == Question.Kind.NUMBER}
    return _lines(registrations, questions, words, numbers, further)


def _lines(
    registrations: QuerySet[Registration],
    questions: list[Question],
    words: _Words,
    numbers: Set[int],
    further: Further,
) -> Iterator[list[str | int | float]]:
    yes_no = {question.pk for question in questions if question.kind == Question.Kind.YES_NO}
    asked = [question.pk for question in questions]
    moment = minutes()
    # One statement, and tuples, not objects: of a hundred thousand rows nothing is asked but what stands in the list.
    rows = begun(_delegates(registrations, further).iterator(chunk_size=_AT_ONCE))
    for number, row in enumerate(rows, start=1):
        pk, name, position, phone, email, unit, kind, tax_code, province, point, state, *rest = row
        registered_as, created_at, inviter, traded, answered, *more = rest
        *family, given = name.split() or [""]
        sells, buys = _trade(traded, words) if traded else ("", "")
        replies = _replies(read(answered), pk, yes_no, words.yes_no) if asked else {}
        yield [
            number,
            " ".join(family),
            given,
            name,
            position,
            unit,
            words.kinds.get(kind, ""),
            tax_code,
            province or "",
            national(phone),
            email,
            point,
            words.states.get(state, ""),
            registered_as,
            moment(created_at),
            inviter or "",
            sells,
            buys,
            *[as_number(replies.get(pk, "")) if pk in numbers else replies.get(pk, "") for pk in asked],
            *further.cells(*more),
        ]


def _delegates(registrations: QuerySet[Registration], further: Further) -> QuerySet[Delegate, tuple[Any, ...]]:
    """What a line is made of, of each delegate of ``registrations``."""
    of_it = {"registration": OuterRef("registration")}
    traded = gathered(
        Interest.objects.filter(**of_it), "registration",
        "pk", "side", "product__name", "other", "amount", "season", "certificates", "ocop_stars",
    )  # fmt: skip
    answered = gathered(Answer.objects.filter(**of_it), "registration", "pk", "question", "delegate", "value")
    found = Delegate.objects.filter(
        registration__in=registrations.order_by().values("pk"), registration__erased_at=None
    )
    if further.only is not None:
        found = found.filter(pk__in=further.only.order_by().values("pk"))
    return (
        found.order_by("sort_name", "id")
        .annotate(_traded=traded, _answered=answered)
        .values_list(
            "pk", "full_name", "position", Cast("phone", CharField()), "email",
            "registration__organisation__name", "registration__organisation__kind",
            "registration__organisation__tax_code", "registration__organisation__province__name",
            "registration__bridge_point__name", "registration__state", "registration__number",
            "registration__created_at", "registration__invitation__name", "_traded", "_answered", *further.values,
        )
    )  # fmt: skip


def _trade(gathered: str, words: _Words) -> tuple[str, str]:
    """What is sold, and what is looked for."""
    sides: dict[str, list[str]] = {Interest.Side.SELLS.value: [], Interest.Side.BUYS.value: []}
    for side, product, other, amount, season, certificates, stars in read(gathered):
        # SQLite holds JSON as text.
        names = json.loads(certificates) if isinstance(certificates, str) else certificates
        sides[side].append(words.interest(product or other, amount, season, names, stars))
    sells, buys = sides.values()
    return "; ".join(sells), "; ".join(buys)


def _replies(
    answers: Iterable[Sequence[Any]], delegate: int, yes_no: Set[int], words: Mapping[str, str]
) -> dict[int, str]:
    """What one delegate and their registration answered, by question; "yes" and "no" in ``words``."""
    return {
        question: words.get(value, value) if question in yes_no else value
        for question, whose, value in answers
        if whose is None or whose == delegate
    }


def begun(rows: Iterator[_T]) -> Iterator[_T]:
    """``rows`` of one statement; until the first is there it may take longer than a page waits for an answer."""
    with patiently(connection, _LONGEST_WAIT):
        first = list(islice(rows, 1))
    return chain(first, rows)


def minutes() -> Callable[[datetime | None], str]:
    """A function that writes a moment as the lists do: "19/07/2027 07:42"; "" for None."""
    # Asked once: for each of a hundred thousand rows it takes longer than writing.
    zone = timezone.get_current_timezone()

    def write(at: datetime | None) -> str:
        if at is None:
            return ""
        here = at.astimezone(zone)
        return f"{here.day:02}/{here.month:02}/{here.year} {here.hour:02}:{here.minute:02}"

    return write


def national(phone: str) -> str:
    """``phone`` (E.164 or empty) as people here write it: "0912 345 678"."""
    # Written by hand: for each of a hundred thousand rows the library takes longer than all the rest.
    if mobile_of(phone):
        return f"0{phone[3:6]} {phone[6:9]} {phone[9:]}"
    return written(phone)


# --- answers ----------------------------------------------------------------------------------------------------------


def download(pieces: Iterator[bytes], name: str, content_type: str) -> StreamingHttpResponse:
    """``pieces`` as a file called ``name``, never kept by a cache."""
    response = StreamingHttpResponse(pieces, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["Cache-Control"] = "no-store"
    return response


def file_name(what: str, extension: str, day: date | None = None) -> str:
    """A name that sorts by day: "dai-bieu-2027-07-01.xlsx"."""
    return f"{what}-{(day or timezone.localdate()).isoformat()}.{extension}"
