"""The run of show in Word by Decree 30/2020: before, as it is planned; after, as it was. In Vietnamese, as all papers.

Imported when somebody asks for a paper: the libraries for Word take long to load.
"""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone
from docx.document import Document as DocumentType
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.shared import Mm, Pt

from conference.models import Conference
from control.models import Cue, ShowPress
from control.show import Line, Standing
from control.show_log import all_presses
from lists.papers.decree30 import head, office_of, signature, time_words
from lists.papers.sheet import as_bytes, keep_whole, new_paper, repeat_on_each_page, set_widths, write

#: Heading and width in millimetres; together as wide as the sheet, lying, allows.
_PLAN = (
    ("STT", 15), ("Thời gian", 30), ("Nội dung", 68), ("Người thực hiện", 50), ("Điểm cầu", 42), ("Ghi chú", 47),
)  # fmt: skip
_RECORD = (
    ("STT", 15), ("Nội dung", 68), ("Người thực hiện", 50), ("Điểm cầu", 40), ("Kế hoạch", 29), ("Thực tế", 29),
    ("Chênh lệch", 21),
)  # fmt: skip
_LOG = (("Thời điểm", 40), ("Thao tác", 40), ("Nội dung", 112), ("Người thực hiện", 60))
_What = ShowPress.What
_PRESSES: dict[str, str] = {
    _What.START: "bắt đầu",
    _What.NEXT: "chuyển tiếp",
    _What.END: "kết thúc",
    _What.BACK: "lùi lại",
    _What.LONGER: "thêm một phút",
    _What.SHORTER: "bớt một phút",
    _What.SKIP: "bỏ qua",
    _What.TAKE_IN: "đưa lại vào kịch bản",
}
_WAYS = {Cue.Way.IN_PERSON: "trực tiếp", Cue.Way.VIDEO: "qua truyền hình"}
_CENTRED = ("STT", "Thời gian", "Kế hoạch", "Thực tế", "Chênh lệch", "Thời điểm")
_SIGN_HERE = "(Ký, ghi rõ họ tên)"


def run_of_show(conference: Conference, standing: Standing) -> bytes:
    """*Kịch bản điều hành*: each part with its time by the plan, and the notes for the chair. Two queries."""
    rows = [
        (
            str(number),
            _span(line.planned.start, line.planned.end),
            line.cue.title,
            line.cue.who,
            _place(line.cue),
            line.cue.notes,
        )
        for number, line in enumerate(_planned(standing), start=1)
    ]
    return _paper(conference, "KỊCH BẢN ĐIỀU HÀNH", _PLAN, rows)


def record(conference: Conference, standing: Standing) -> bytes:
    """What was planned and what became of it, part by part, and who pressed what. Three queries."""
    rows = [
        (
            str(number),
            line.cue.title,
            line.cue.who,
            _place(line.cue),
            _span(line.planned.start, line.planned.end),
            real_words(line),
            late_words(line),
        )
        for number, line in enumerate(standing.lines, start=1)
    ]
    log = [
        (f"{timezone.localtime(one.pressed_at):%H:%M:%S, %d/%m}", _PRESSES[one.what], one.part, str(one.by or ""))
        for one in all_presses(conference)
    ]
    return _paper(conference, "KẾT QUẢ THỰC HIỆN KỊCH BẢN ĐIỀU HÀNH", _RECORD, rows, log)


def _planned(standing: Standing) -> list[Line]:
    return [line for line in standing.lines if not line.cue.is_skipped]


def _clock(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%H:%M}"


def _span(start: datetime, end: datetime) -> str:
    return f"{_clock(start)} – {_clock(end)}"


def _place(cue: Cue) -> str:
    return f"{cue.point.label} ({_WAYS[Cue.Way(cue.way)]})" if cue.point else ""


def real_words(line: Line) -> str:
    """From when to when ``line`` really was; in words where it was left out, or has not ended."""
    if line.cue.is_skipped:
        return "bỏ qua"
    if line.cue.started_at and line.cue.ended_at:
        return _span(line.cue.started_at, line.cue.ended_at)
    return "đang diễn ra" if line.cue.started_at else "không thực hiện"


def late_words(line: Line) -> str:
    """By how many minutes ``line`` was longer than planned, with its sign; "" where it has not ended."""
    return "" if line.longer_by is None else f"{line.longer_by:+d} phút"


def _paper(
    conference: Conference,
    heading: str,
    columns: Sequence[tuple[str, int]],
    rows: Sequence[Sequence[str]],
    log: Sequence[Sequence[str]] = (),
) -> bytes:
    paper = new_paper(f"{heading.capitalize()} – {conference.short_name}")
    section = paper.sections[0]
    # The table needs the sheet lying: 20 mm remain at the right, 25 at the left.
    section.orientation, section.page_width, section.page_height = WD_ORIENT.LANDSCAPE, Mm(297), Mm(210)
    section.left_margin, section.right_margin = Mm(25), Mm(20)
    head(paper, office_of(conference))
    write(paper.add_paragraph(), heading, bold=True, align=ALIGN.CENTER)
    write(paper.add_paragraph(), conference.name, bold=True, align=ALIGN.CENTER)
    when = time_words(conference.starts_at, tentative=conference.is_still_tentative)
    write(paper.add_paragraph(), f"Thời gian: {when}", italic=True, size=13, align=ALIGN.CENTER)
    paper.add_paragraph()
    _table(paper, columns, rows)
    if log:
        paper.add_paragraph()
        write(paper.add_paragraph(), "Nhật ký điều khiển", bold=True)
        _table(paper, _LOG, log)
    signature(
        paper,
        left=[("NGƯỜI LẬP", {"bold": True, "size": 13}), (_SIGN_HERE, {"italic": True, "size": 12})],
        right=[("NGƯỜI ĐIỀU HÀNH", {"bold": True, "size": 13}), (_SIGN_HERE, {"italic": True, "size": 12})],
    )
    return as_bytes(paper)


def _table(paper: DocumentType, columns: Sequence[tuple[str, int]], rows: Sequence[Sequence[str]]) -> None:
    table = paper.add_table(rows=len(rows) + 1, cols=len(columns), style="Table Grid")
    # One cell of python-docx is looked up in all of them: take them row by row.
    head_row, *table_rows = table.rows
    for cell, (title, _width) in zip(head_row.cells, columns, strict=True):
        write(cell.paragraphs[0], title, bold=True, size=13, align=ALIGN.CENTER)
    repeat_on_each_page(head_row)
    for table_row, texts in zip(table_rows, rows, strict=True):
        for cell, text, (title, _width) in zip(table_row.cells, texts, columns, strict=True):
            align = ALIGN.CENTER if title in _CENTRED else ALIGN.LEFT
            write(cell.paragraphs[0], text, size=13, align=align)
            cell.paragraphs[0].paragraph_format.space_before = cell.paragraphs[0].paragraph_format.space_after = Pt(2)
        keep_whole(table_row)
    set_widths(table, [width for _title, width in columns])
