"""Lists of delegates for Excel: .xlsx and CSV, one row a delegate, written as a stream.

Whoever calls gives the registrations that the user may see; who has been erased does not appear.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from phonenumber_field.phonenumber import PhoneNumber

from registrations.exchange import workbook
from registrations.models import Answer, Delegate, Interest, Organisation, Question, Registration

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_AT_ONCE = 2000
#: What Excel takes for a formula, or for the end of a cell.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
#: Heading and width in characters.
_COLUMNS: tuple[tuple[str | Promise, int], ...] = (
    (_("No."), 6),
    (_("Family and middle name"), 20),
    (_("Given name"), 10),
    (_("Full name"), 26),
    (_("Position"), 20),
    (_("Organisation"), 34),
    (_("Kind"), 16),
    (_("Tax code"), 15),
    (_("Province"), 16),
    (_("Phone"), 15),
    (_("E-mail"), 28),
    (_("Bridge point"), 26),
    (_("State"), 16),
    (_("Registration number"), 13),
    (_("Registered at"), 17),
    (_("Invited by"), 24),
    (_("Sells"), 30),
    (_("Looks for"), 30),
)
_QUESTION_WIDTH = 24


def export_xlsx(registrations: QuerySet[Registration]) -> Iterator[bytes]:
    """The delegates of ``registrations`` as an .xlsx file, piece by piece."""
    questions = _questions(registrations)
    headings, widths = _headings(questions)
    return workbook.stream(str(_("Delegates")), headings, _rows(registrations, questions), widths=widths)


def export_csv(registrations: QuerySet[Registration]) -> Iterator[bytes]:
    """The delegates of ``registrations`` as CSV in UTF-8 with a byte order mark, piece by piece."""
    questions = _questions(registrations)
    headings, _widths = _headings(questions)
    return _csv_lines([headings], _rows(registrations, questions))


class _Line:
    """Takes what csv writes."""

    def write(self, text: str) -> str:
        return text


def _csv_lines(*parts: Any) -> Iterator[bytes]:
    writer = csv.writer(_Line())
    yield b"\xef\xbb\xbf"
    batch: list[str] = []
    for rows in parts:
        for row in rows:
            batch.append(writer.writerow([_harmless(value) for value in row]))
            if len(batch) == 500:
                yield "".join(batch).encode()
                batch.clear()
    yield "".join(batch).encode()


def _harmless(value: str | int) -> str | int:
    """``value``, with an apostrophe before what a spreadsheet would calculate."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _questions(registrations: QuerySet[Registration]) -> list[Question]:
    conferences = registrations.order_by().values("conference")
    return list(Question.objects.filter(conference__in=conferences).order_by("conference", "position", "id"))


def _headings(questions: list[Question]) -> tuple[list[str], list[int]]:
    headings = [str(heading) for heading, _width in _COLUMNS] + [question.text for question in questions]
    return headings, [width for _heading, width in _COLUMNS] + [_QUESTION_WIDTH] * len(questions)


@dataclass(frozen=True)
class _Words:
    """What choices are called, in the language of the request: the rows are drawn up after it is forgotten."""

    kinds: dict[str, str]
    states: dict[str, str]
    yes_no: dict[str, str]


def _rows(registrations: QuerySet[Registration], questions: list[Question]) -> Iterator[list[str | int]]:
    words = _Words(
        {value: str(label) for value, label in Organisation.Kind.choices},
        {value: str(label) for value, label in Registration.State.choices},
        {"yes": str(_("yes")), "no": str(_("no"))},
    )
    return _lines(registrations, questions, words)


def _lines(
    registrations: QuerySet[Registration], questions: list[Question], words: _Words
) -> Iterator[list[str | int]]:
    yes_no = {question.pk for question in questions if question.kind == Question.Kind.YES_NO}
    delegates = (
        Delegate.objects.filter(registration__in=registrations.order_by().values("pk"), registration__erased_at=None)
        .select_related(
            "registration__organisation__province", "registration__bridge_point", "registration__invitation"
        )
        .prefetch_related(
            Prefetch("registration__interests", Interest.objects.select_related("product"), to_attr="listed_interests"),
            Prefetch("registration__answers", Answer.objects.order_by(), to_attr="listed_answers"),
        )
        .only(
            "full_name", "sort_name", "position", "phone", "email",
            # A row with a link looks at this when it is made; left out, it would cost a query each.
            "token_hash", "registration__token_hash", "registration__invitation__token_hash",
            "registration__number", "registration__state", "registration__created_at", "registration__conference",
            "registration__organisation__name", "registration__organisation__kind",
            "registration__organisation__tax_code", "registration__organisation__province__name",
            "registration__bridge_point__name", "registration__invitation__name",
        )
        .order_by("sort_name", "id")
    )  # fmt: skip
    for number, delegate in enumerate(delegates.iterator(chunk_size=_AT_ONCE), start=1):
        registration = delegate.registration
        organisation = registration.organisation
        *family, given = delegate.full_name.split() or [""]
        said = {
            answer.question_id: words.yes_no.get(answer.value, answer.value)
            if answer.question_id in yes_no
            else answer.value
            for answer in registration.listed_answers
            if answer.delegate_id in (None, delegate.pk)
        }
        yield [
            number,
            " ".join(family),
            given,
            delegate.full_name,
            delegate.position,
            organisation.name,
            words.kinds.get(organisation.kind, ""),
            organisation.tax_code,
            organisation.province.name if organisation.province else "",
            delegate.phone.as_national if isinstance(delegate.phone, PhoneNumber) else "",
            delegate.email,
            registration.bridge_point.name,
            words.states.get(registration.state, ""),
            registration.number,
            timezone.localtime(registration.created_at).strftime("%d/%m/%Y %H:%M"),
            registration.invitation.name if registration.invitation else "",
            _interests(registration, Interest.Side.SELLS),
            _interests(registration, Interest.Side.BUYS),
            *[said.get(question.pk, "") for question in questions],
        ]


def _interests(registration: Registration, side: str) -> str:
    return "; ".join(
        ", ".join(filter(None, [str(i.product or i.other), i.amount, i.season]))
        for i in registration.listed_interests
        if i.side == side
    )


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


def xlsx_response(registrations: QuerySet[Registration], what: str = "dai-bieu") -> StreamingHttpResponse:
    """The delegates of ``registrations`` to download as .xlsx."""
    return download(export_xlsx(registrations), file_name(what, "xlsx"), XLSX)


def csv_response(registrations: QuerySet[Registration], what: str = "dai-bieu") -> StreamingHttpResponse:
    """The delegates of ``registrations`` to download as CSV."""
    return download(export_csv(registrations), file_name(what, "csv"), "text/csv; charset=utf-8")


@admin.action(description=_("Export the delegates of the chosen registrations to Excel"), permissions=["view"])
def export_as_xlsx(model_admin: Any, request: HttpRequest, queryset: QuerySet) -> StreamingHttpResponse:
    """An action of the list of registrations."""
    return xlsx_response(queryset)


@admin.action(description=_("Export the delegates of the chosen registrations as CSV"), permissions=["view"])
def export_as_csv(model_admin: Any, request: HttpRequest, queryset: QuerySet) -> StreamingHttpResponse:
    """An action of the list of registrations."""
    return csv_response(queryset)
