"""Lists to begin with: our headings and two invented rows."""

from collections.abc import Iterator, Mapping, Sequence

from django.utils.translation import gettext

from lists import workbook
from lists.meeting.columns import COLUMNS as MEETING
from lists.models import ImportJob
from lists.people import columns

# Telephone numbers that nobody has, addresses at a domain that never exists. Nobody in the demo is like them by name,
# organisation or address: applied there as it is, the sample adds people and changes nobody.
_PEOPLE = (
    {
        "full_name": "Mạc Thị Điền",
        "position": "Giám đốc",
        "organisation": "HTX Na Điền Mẫu",
        "kind": "Hợp tác xã",
        "tax_code": "",
        "province": "Lạng Sơn",
        "phone": "0900000901",
        "email": "mac.thi.dien@tepmau.example",
        "point": "",
        "sells": "Na dai, 5 tấn, tháng 8",
        "buys": "",
    },
    {
        "full_name": "Triệu Văn Tệp",
        "position": "Kế toán",
        "organisation": "HTX Na Điền Mẫu",
        "kind": "Hợp tác xã",
        "tax_code": "",
        "province": "Lạng Sơn",
        "phone": "0900000902",
        "email": "",
        "point": "",
    },
)
_POINTS = (
    {
        "kind": "Hội trường",
        "name": "Hội trường Ví Dụ",
        "short_name": "Hội trường",
        "host_name": "UBND huyện Ví Dụ",
        "province": "Lạng Sơn",
        "address": "Số 1, đường Ví Dụ",
        "seats": "120",
        "position": "1",
        "notes": "Mời đến trước 15 phút.",
        "technician_name": "Trần Văn Kỹ",
        "technician_phone": "0900000903",
        "coordinator_name": "Lê Thị Mối",
        "coordinator_phone": "0900000904",
        "coordinator_email": "dau.moi@tepmau.example",
    },
    {
        "kind": "Phòng họp trực tuyến VNPT",
        "name": "Phòng họp VNPT Ví Dụ",
        "short_name": "VNPT Ví Dụ",
        "host_name": "VNPT Ví Dụ",
        "province": "Hà Nội",
        "address": "Số 2, phố Ví Dụ",
        "seats": "30",
        "position": "2",
        "notes": "",
        "technician_name": "",
        "technician_phone": "",
        "web_url": "https://hop.tepmau.example/phong-2",
        "meeting_id": "900 000 002",
        "password": "vidu-002",
        "server": "mcu.tepmau.example",
    },
)
_STAYS = (
    {
        "full_name": "K7M4-QXRA Nguyễn Thị Mẫu",
        "email": "mau@vidu.example",
        "joined": "19/07/2027 07:55:10",
        "left": "19/07/2027 10:58:02",
    },
    {"full_name": "VNPT Ví Dụ", "joined": "19/07/2027 07:30:00", "duration": "215"},
)
_SPLIT_NAMES = {"last_name", "first_name"}


def sample(kind: str, points: Sequence[str] = (), asked: Sequence[columns.Column] = ()) -> Iterator[bytes]:
    """The sample for ``kind`` as .xlsx; ``points``: names for its column of bridge points, ``asked``: for questions."""
    if kind == ImportJob.Kind.PEOPLE:
        shown = [*(column for column in columns.PEOPLE if column.field not in _SPLIT_NAMES), *asked]
        return _workbook(shown, [{**row, "point": points[0]} for row in _PEOPLE] if points else _PEOPLE)
    if kind == ImportJob.Kind.MEETING:
        return _workbook([column for column in MEETING if column.field not in _SPLIT_NAMES], _STAYS)
    return _workbook(columns.POINTS, _POINTS)


def _workbook(shown: Sequence[columns.Column], rows: Sequence[Mapping[str, str]]) -> Iterator[bytes]:
    """``rows`` under the headings of ``shown``, each column as wide as what stands in it."""
    lines = [[row.get(column.field, "") for column in shown] for row in rows]
    heads = [column.heading for column in shown]
    widths = [max(len(text) + 2 for text in texts) for texts in zip(heads, *lines, strict=True)]
    return workbook.stream(gettext("Sample"), heads, iter(lines), widths=widths)
