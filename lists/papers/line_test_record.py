"""*Biên bản kiểm tra kết nối*: what the line tests of a round have shown, in Word by Decree 30/2020.

Always in Vietnamese: that is the language of these papers, whoever prints them.
"""

from collections.abc import Mapping, Sequence

from django.utils import timezone, translation
from docx.document import Document as DocumentType
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.shared import Pt

from bridges.line_tests import open_work
from bridges.models import BridgePoint, LineTest, TestRound
from bridges.readiness import connection_of
from common.phones import written
from lists.papers.decree30 import head, office_of, signature, time_words
from lists.papers.sheet import as_bytes, keep_whole, new_paper, repeat_on_each_page, set_widths, write

#: Heading and width in millimetres; together as wide as the sheet allows.
_COLUMNS = (
    ("STT", 10), ("Điểm cầu", 35), ("Hình", 14), ("Tiếng đi", 14), ("Tiếng về", 14), ("Dự phòng", 16),
    ("Kết quả", 16), ("Người kiểm tra, ghi chú", 46),
)  # fmt: skip
_CHECKS = {"ok": "tốt", "bad": "lỗi", "not_yet": "chưa thử"}
_RESULTS = {"passed": "Đạt", "failed": "Không đạt", "untested": "Chưa thử"}
_SIGN_HERE = "(Ký, ghi rõ họ tên)"


def line_test_record(
    test_round: TestRound,
    points: Sequence[BridgePoint],
    tests: Mapping[int, LineTest | None],
    *,
    with_phones: bool = True,
) -> bytes:
    """The record of ``test_round`` at ``points`` (with their connections), to print and to sign. Two queries.

    ``tests``: by the number of the point. Without ``with_phones`` neither phone numbers nor testers stand on it.
    """
    conference = test_round.conference
    paper = new_paper(f"Biên bản kiểm tra kết nối – {conference.short_name}")
    head(paper, office_of(conference))
    write(paper.add_paragraph(), "BIÊN BẢN", bold=True, align=ALIGN.CENTER)
    write(paper.add_paragraph(), f"Kiểm tra kết nối các điểm cầu ({test_round.label})", bold=True, align=ALIGN.CENTER)
    write(paper.add_paragraph(), f"Phục vụ {conference.name}", bold=True, align=ALIGN.CENTER)
    paper.add_paragraph()
    _line(paper, f"Thời gian kiểm tra: {time_words(test_round.starts_at)}.")
    if test_round.cancelled_at:
        _line(paper, f"Buổi kiểm tra này đã bị hủy lúc {time_words(test_round.cancelled_at)}.")
    held = time_words(conference.starts_at, tentative=conference.is_tentative)
    _line(paper, f"Thời gian hội nghị: {held}.")
    _line(paper, "Nội dung kiểm tra: hình ảnh, tiếng đi, tiếng về và đường truyền dự phòng của từng điểm cầu.")
    _heading(paper, "1. Kết quả kiểm tra")
    _table(paper, points, tests, with_phones=with_phones)
    _heading(paper, "2. Đánh giá chung")
    _line(paper, _summary(points, tests))
    _heading(paper, "3. Tồn tại cần xử lý")
    _open_lines(paper, points, tests)
    _line(paper, "Biên bản được lập và thông qua cùng ngày./.")
    signature(
        paper,
        left=[("NGƯỜI LẬP BIÊN BẢN", {"bold": True, "size": 13}), (_SIGN_HERE, {"italic": True, "size": 12})],
        right=[("PHỤ TRÁCH KỸ THUẬT", {"bold": True, "size": 13}), (_SIGN_HERE, {"italic": True, "size": 12})],
    )
    return as_bytes(paper)


def _line(paper: DocumentType, text: str) -> None:
    paragraph = write(paper.add_paragraph(), text, align=ALIGN.JUSTIFY)
    paragraph.paragraph_format.space_after = Pt(6)


def _heading(paper: DocumentType, text: str) -> None:
    paragraph = write(paper.add_paragraph(), text, bold=True)
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(6)
    paragraph.paragraph_format.keep_with_next = True


def _table(
    paper: DocumentType, points: Sequence[BridgePoint], tests: Mapping[int, LineTest | None], *, with_phones: bool
) -> None:
    table = paper.add_table(rows=len(points) + 1, cols=len(_COLUMNS), style="Table Grid")
    head_row, *table_rows = table.rows
    for cell, (title, _width) in zip(head_row.cells, _COLUMNS, strict=True):
        write(cell.paragraphs[0], title, bold=True, size=12, align=ALIGN.CENTER)
    keep_whole(head_row)
    for number, (row, point) in enumerate(zip(table_rows, points, strict=True), start=1):
        values = _values(number, point, tests.get(point.pk), with_phones=with_phones)
        for place, (cell, value) in enumerate(zip(row.cells, values, strict=True)):
            centred = place not in (1, len(_COLUMNS) - 1)
            write(cell.paragraphs[0], value, size=12, align=ALIGN.CENTER if centred else ALIGN.LEFT)
        keep_whole(row)
    repeat_on_each_page(head_row)
    set_widths(table, [width for _title, width in _COLUMNS])


def _values(number: int, point: BridgePoint, test: LineTest | None, *, with_phones: bool) -> list[str]:
    checks = [_CHECKS[getattr(test, name) if test else "not_yet"] for name in LineTest.ALL_CHECKS]
    result = _RESULTS[test.result if test else "untested"]
    return [str(number), point.name, *checks, result, _remarks(point, test, with_phones=with_phones)]


def _remarks(point: BridgePoint, test: LineTest | None, *, with_phones: bool) -> str:
    """Who connects the point, who tested with whom and when, and what was noted."""
    said = []
    connection = connection_of(point)
    if with_phones and connection.technician_name:
        contact = ", ".join(filter(None, (connection.technician_name, written(connection.technician_phone))))
        said.append(f"Cán bộ kỹ thuật: {contact}")
    if test and test.tested_at:
        said.append(f"{timezone.localtime(test.tested_at):%H:%M %d/%m/%Y}")
    if test and with_phones and test.tested_with:
        said.append(f"Kiểm tra với: {test.tested_with}")
    if test and with_phones and test.note:
        said.append(test.note)
    return "; ".join(said)


def _summary(points: Sequence[BridgePoint], tests: Mapping[int, LineTest | None]) -> str:
    results = [test.result if (test := tests.get(point.pk)) else "untested" for point in points]
    return (
        f"Tổng số {len(points)} điểm cầu; đạt: {results.count('passed')}; không đạt: {results.count('failed')};"
        f" chưa kiểm tra: {results.count('untested')}."
    )


def _open_lines(paper: DocumentType, points: Sequence[BridgePoint], tests: Mapping[int, LineTest | None]) -> None:
    with translation.override("vi"):
        found = [(point, open_work(tests.get(point.pk))) for point in points]
    lines = [f"- {point.name}: {', '.join(words)}." for point, words in found if words]
    for text in lines or ["Không có."]:
        _line(paper, text)
