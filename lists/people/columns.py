"""Which column of a list is which: headings in Vietnamese with or without accents, or in English."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from bridges.models import Kind
from common.search import fold
from conference.models import Conference
from registrations.models import Organisation, Question


@dataclass(frozen=True)
class Column:
    """One thing that a list may say. ``heading`` is what our own lists call it; ``names`` are folded."""

    field: str
    label: str | Promise
    heading: str
    names: tuple[str, ...]
    length: int = 0


PEOPLE = (
    Column(
        "full_name",
        gettext_lazy("full name"),
        "Họ và tên",
        ("ho va ten", "ho ten", "ten dai bieu", "dai bieu", "nguoi tham du", "nguoi du", "ten nguoi du",
         "ten nguoi tham du", "full name", "name", "delegate"),
        150,
    ),
    Column("last_name", gettext_lazy("family and middle name"), "Họ đệm", (
        "ho dem", "ho va ten dem", "ho", "family name",
    ), 100),
    Column("first_name", gettext_lazy("given name"), "Tên", ("ten", "given name", "first name"), 50),
    Column("position", gettext_lazy("position"), "Chức vụ", (
        "chuc vu", "chuc danh", "position", "title", "job title",
    ), 150),
    Column(
        "organisation",
        gettext_lazy("organisation"),
        "Đơn vị",
        (
            "don vi", "ten don vi", "don vi cong tac", "co quan", "co quan don vi", "don vi co quan", "to chuc",
            "doanh nghiep", "htx", "organisation", "organization", "company", "unit",
        ),
        200,
    ),
    Column(
        "kind",
        gettext_lazy("kind"),
        "Loại hình",
        ("loai hinh", "loai", "loai don vi", "loai hinh don vi", "loai hinh to chuc", "kind", "type"),
        100,
    ),
    Column("tax_code", gettext_lazy("tax code"), "Mã số thuế", (
        "ma so thue", "mst", "mst don vi", "tax code", "tax id",
    ), 40),
    Column("province", gettext_lazy("province"), "Tỉnh, thành phố", (
        "tinh", "tinh thanh", "tinh thanh pho", "tinh tp", "dia phuong", "province", "city",
    ), 100),
    Column("phone", gettext_lazy("phone"), "Điện thoại", (
        "dien thoai", "so dien thoai", "dt", "sdt", "so dt", "so dien thoai di dong", "dien thoai di dong", "di dong",
        "dien thoai lien he", "phone", "phone number", "mobile", "tel", "telephone",
    ), 100),
    Column("email", gettext_lazy("e-mail"), "E-mail", (
        "e mail", "email", "thu dien tu", "dia chi email", "dia chi e mail", "mail", "email address",
    ), 254),
    Column("point", gettext_lazy("bridge point"), "Điểm cầu", (
        "diem cau", "ten diem cau", "dia diem", "diem cau tham du", "diem cau du", "noi du", "noi tham du",
        "dia diem du", "dia diem tham du", "bridge point", "bridge", "point", "site",
    ), 200),
    Column("sells", gettext_lazy("sells"), "Cần bán", (
        "can ban", "chao ban", "ban", "san pham", "san pham chao ban", "san pham can ban", "san pham trung bay",
        "nhu cau ban", "hang ban", "sells", "offers",
    ), 1000),
    Column("buys", gettext_lazy("looks for"), "Cần mua", (
        "can mua", "mua", "san pham can mua", "nhu cau mua", "hang mua", "thu mua", "looks for", "buys", "wants",
    ), 1000),
)  # fmt: skip

POINTS = (
    Column("kind", gettext_lazy("kind"), "Loại", ("loai", "loai hinh", "loai diem cau", "kind", "type"), 100),
    Column("name", gettext_lazy("name"), "Tên điểm cầu", (
        "ten diem cau", "diem cau", "ten", "ten phong hop", "phong hop", "ten diem", "name", "bridge point", "point",
    ), 200),
    Column("short_name", gettext_lazy("short name"), "Tên ngắn", (
        "ten ngan", "ten goi tat", "ten viet tat", "short name",
    ), 40),
    Column("host_name", gettext_lazy("run by"), "Đơn vị phụ trách", (
        "don vi phu trach", "phu trach", "don vi", "don vi chu tri", "run by", "host",
    ), 200),
    Column("province", gettext_lazy("province"), "Tỉnh, thành phố", (
        "tinh", "tinh thanh", "tinh thanh pho", "tinh tp", "province", "city",
    ), 100),
    Column("address", gettext_lazy("address"), "Địa chỉ", ("dia chi", "dia diem", "address"), 250),
    Column("seats", gettext_lazy("seats"), "Số chỗ", (
        "so cho", "so ghe", "cho ngoi", "suc chua", "so cho ngoi", "seats",
    ), 40),
    Column("position", gettext_lazy("order"), "Thứ tự", ("thu tu", "order", "position"), 20),
    Column("notes", gettext_lazy("notes for attendees"), "Ghi chú", (
        "ghi chu", "luu y", "ghi chu cho dai bieu", "notes", "notes for attendees",
    ), 2000),
    Column("technician_name", gettext_lazy("technical contact"), "Cán bộ kỹ thuật", (
        "can bo ky thuat", "ky thuat", "dau moi ky thuat", "nguoi phu trach ky thuat", "technical contact",
        "technician",
    ), 150),
    Column("technician_phone", gettext_lazy("technical contact’s phone"), "Điện thoại kỹ thuật", (
        "dien thoai ky thuat", "dien thoai can bo ky thuat", "sdt ky thuat", "technician phone",
        "technical contacts phone",
    ), 100),
    # What the sheet says that comes with the connections.
    Column("web_url", gettext_lazy("web link"), "Liên kết", (
        "lien ket", "link", "duong dan", "duong link", "link hop", "link phong hop", "link tham gia", "link ket noi",
        "lien ket phong hop", "lien ket tham gia", "dia chi truy cap", "url", "web link",
    ), 500),
    Column("meeting_id", gettext_lazy("meeting ID"), "Mã cuộc họp", (
        "ma cuoc hop", "id", "id cuoc hop", "id phong hop", "id phong", "id hop", "ma phong hop", "ma phong", "ma hop",
        "so phong hop", "meeting id", "room id",
    ), 100),
    Column("password", gettext_lazy("password"), "Mật khẩu", (
        "mat khau", "mk", "pass", "passcode", "password", "mat khau hop", "mat khau phong hop", "mat khau cuoc hop",
        "ma truy cap",
    ), 100),
    Column("server", gettext_lazy("server"), "Máy chủ", (
        "may chu", "server", "dia chi may chu", "dia chi server", "ten may chu",
    ), 200),
    Column("account", gettext_lazy("account"), "Tài khoản", (
        "tai khoan", "ten dang nhap", "account", "user", "username",
    ), 100),
    Column("sip_address", gettext_lazy("SIP or H.323 address"), "Địa chỉ SIP hoặc H.323", (
        "dia chi sip hoac h 323", "sip", "dia chi sip", "h 323", "h323", "sip h 323", "sip h323", "sip address",
    ), 200),
    Column("dial_in", gettext_lazy("phone dial-in"), "Số gọi vào", (
        "so goi vao", "so dien thoai goi vao", "dial in", "phone dial in",
    ), 200),
    Column("coordinator_name", gettext_lazy("coordinator"), "Đầu mối", (
        "dau moi", "can bo dau moi", "dau moi diem cau", "dau moi lien he", "nguoi phu trach", "can bo phu trach",
        "nguoi lien he", "lien he", "coordinator", "contact",
    ), 250),
    Column("coordinator_phone", gettext_lazy("coordinator’s phone"), "Điện thoại đầu mối", (
        "dien thoai dau moi", "so dien thoai dau moi", "sdt dau moi", "dien thoai", "so dien thoai", "sdt", "dt",
        "di dong", "dien thoai lien he", "so dien thoai lien he", "dien thoai nguoi phu trach", "phone",
        "coordinators phone", "coordinator phone",
    ), 100),
    Column("coordinator_email", gettext_lazy("coordinator’s e-mail"), "E-mail đầu mối", (
        "e mail dau moi", "email dau moi", "e mail", "email", "thu dien tu", "coordinators e mail", "coordinator email",
    ), 254),
)  # fmt: skip

#: Headings that say nothing about anybody; not worth naming as ignored.
_NUMBERING = {"stt", "tt", "so tt", "so thu tu", "no", "#", "", "ly do bi tu choi"}

#: What may follow a heading without changing what it means: "Họ tên đại biểu" is "Họ tên".
_OF_WHOM = re.compile(r" (?:cua )?(?:dai bieu|nguoi du|nguoi tham du|don vi)$")

#: The first words that fit decide.
_ORGANISATIONS = (
    (Organisation.Kind.COOPERATIVE, ("cooperative", "hop tac xa", "htx", "lien hiep htx", "to hop tac", "tht")),
    (Organisation.Kind.RETAIL, (
        "supermarket or store chain", "supermarket", "retail", "sieu thi", "chuoi cua hang", "he thong ban le",
        "chuoi", "ban le", "nha ban le", "trung tam thuong mai", "cho dau moi",
    )),
    (Organisation.Kind.HOUSEHOLD, (
        "household producer", "household", "ho san xuat", "ho kinh doanh", "ho nong dan", "ho gia dinh", "nong ho",
        "ho", "hkd", "trang trai",
    )),
    (Organisation.Kind.PRESS, (
        "press", "media", "bao chi", "co quan bao chi", "bao", "dai", "tap chi", "truyen hinh", "phat thanh",
        "thong tan",
    )),
    (Organisation.Kind.BUSINESS, (
        "business", "company", "enterprise", "doanh nghiep", "dn", "dntn", "cong ty", "cty", "tap doan", "tong cong ty",
    )),
    (Organisation.Kind.AGENCY, (
        "state agency", "agency", "government", "co quan nha nuoc", "co quan", "ubnd", "uy ban", "so cong thuong",
        "so nong nghiep", "so khoa hoc", "bo cong thuong", "bo nong nghiep", "chi cuc", "cuc xuc tien", "phong kinh te",
        "phong nong nghiep", "trung tam xuc tien", "trung tam khuyen", "hoi nong dan", "hoi lien hiep", "lien minh",
        "van phong", "so", "bo", "cuc", "phong",
    )),
    (Organisation.Kind.OTHER, ("other", "khac")),
)  # fmt: skip

_SHORT = {"htx", "tht", "cty"}

_POINT_KINDS = (
    (Kind.VENUE, ("hall", "venue", "hoi truong", "truc tiep", "hien truong", "dia diem truc tiep")),
    (Kind.VIDEO_ROOM, (
        "vnpt meeting room", "meeting room", "video room", "video_room", "phong hop", "phong hop truc tuyen vnpt",
        "phong hop truc tuyen", "phong hop vnpt", "vnpt",
    )),
    (Kind.ECOMMERCE, (
        "e-commerce channel", "ecommerce", "e-commerce", "kenh thuong mai dien tu", "thuong mai dien tu", "tmdt",
        "san tmdt", "san thuong mai dien tu", "kenh tmdt", "livestream",
    )),
    (Kind.ONLINE, ("online, own device", "online", "truc tuyen", "truc tuyen ca nhan", "ca nhan", "thiet bi ca nhan")),
)  # fmt: skip


def plain(text: str) -> str:
    """``text`` folded, its punctuation as spaces: how headings and names are compared."""
    return " ".join(re.sub(r"[^\w#]+", " ", fold(text)).replace("_", " ").split())


def asked_of(conference: Conference) -> list[Column]:
    """A column for each question that ``conference`` asks, found by its own words. One query."""
    questions = Question.objects.filter(conference=conference, is_active=True)
    return [
        Column(f"question-{question.pk}", question.text, question.text, (plain(question.text),), 1000)
        for question in questions
    ]


def recognise(headings: Sequence[Any], columns: Sequence[Column]) -> tuple[dict[int, str], list[str]]:
    """Which field stands in which column, and the headings that are none of ours."""
    found, others = place(headings, columns)
    return found, list(others.values())


def place(headings: Sequence[Any], columns: Sequence[Column]) -> tuple[dict[int, str], dict[int, str]]:
    """Which field stands in which column; and of the other columns the headings, but for those that only count."""
    texts = ["" if heading is None else " ".join(str(heading).split()) for heading in headings]
    found: dict[int, str] = {}
    # Where a question is worded as one of our headings is, ours is meant.
    by_name = {name: column.field for column in reversed(columns) for name in column.names}
    for index, name in _candidates(texts, by_name):
        if index not in found and name not in found.values():
            found[index] = name
    others = {index: text[:100] for index, text in enumerate(texts) if index not in found}
    unknown = {index: text for index, text in others.items() if plain(text) not in _NUMBERING}
    return _without_parts_of_names(dict(sorted(found.items()))), unknown


def _candidates(texts: Sequence[str], by_name: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """Columns with a field that their heading may mean, the surest first.

    Of "Điện thoại đơn vị" and "Điện thoại" the second is the phone, wherever it stands.
    """
    # "Họ và tên (*)" and "Điện thoại (nếu có)" mean the same as without.
    bare = [plain(re.sub(r"[(\[].*", "", text)) for text in texts]
    exact = [by_name.get(short) or by_name.get(plain(text)) for short, text in zip(bare, texts, strict=True)]
    loose = [by_name.get(_OF_WHOM.sub("", short)) for short in bare]
    for names in (exact, loose):
        yield from ((index, name) for index, name in enumerate(names) if name)


def _without_parts_of_names(found: dict[int, str]) -> dict[int, str]:
    """ "Họ" or "Tên" alone beside a full name are parts of it; "Tên" with no other name is the name."""
    if "full_name" not in found.values():
        return found
    return {index: name for index, name in found.items() if name not in ("last_name", "first_name")}


def organisation_kind(word: str, name: str) -> tuple[str, bool]:
    """The kind that ``word`` names, or that the ``name`` begins with if there is none; False: it is a guess."""
    if word:
        kind = _kind(word, _ORGANISATIONS, exact=True) or _kind(word, _ORGANISATIONS)
        return kind or Organisation.Kind.OTHER, bool(kind)
    return _kind(name, _ORGANISATIONS) or Organisation.Kind.OTHER, True


def point_kind(word: str) -> str:
    """The kind of bridge point that ``word`` names, "" if none."""
    return _kind(word, _POINT_KINDS, exact=True) or _kind(word, _POINT_KINDS)


def _kind(text: str, table: Sequence[tuple[str, tuple[str, ...]]], *, exact: bool = False) -> str:
    """Without accents a short word is many: "Báo …" and "Bảo …", "Hộ …" and "Hồ …". It counts only alone."""
    folded = fold(text)
    for kind, words in table:
        if folded in (kind, *words):
            return str(kind)
        if not exact and any(f"{folded} ".startswith(f"{w} ") for w in words if len(w) > 3 or w in _SHORT):
            return str(kind)
    return ""
