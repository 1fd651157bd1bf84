"""The columns of the lists that meeting systems make, in Vietnamese and English."""

from collections.abc import Sequence

from django.db import models
from django.utils.translation import gettext_lazy as _

from lists.people.columns import Column, plain

COLUMNS = (
    Column("full_name", _("name in the meeting"), "Tên hiển thị", (
        "ten hien thi", "name original name", "name", "full name", "display name", "participant", "participant name",
        "user name", "ho va ten", "ho ten", "ten", "ten nguoi tham gia", "ten nguoi tham du", "nguoi tham gia",
        "nguoi tham du", "ten nguoi dung", "thanh vien", "ten thiet bi",
    ), 150),
    Column("last_name", _("family and middle name"), "Họ đệm", ("last name", "ho dem", "ho va ten dem", "ho"), 100),
    Column("first_name", _("given name"), "Tên", ("first name", "given name"), 50),
    Column("email", _("e-mail"), "E-mail", (
        "e mail", "email", "user email", "email address", "dia chi email", "thu dien tu",
    ), 254),
    Column("joined", _("joined at"), "Giờ vào", (
        "gio vao", "join time", "time joined", "first join", "first join time", "joined", "joined at", "thoi gian vao",
        "thoi diem vao", "thoi gian tham gia", "gio tham gia", "bat dau", "vao luc",
    ), 60),
    Column("left", _("left at"), "Giờ ra", (
        "gio ra", "leave time", "time exited", "last leave", "last leave time", "time left", "left", "left at",
        "thoi gian ra", "thoi diem ra", "thoi gian roi", "gio roi", "ket thuc", "roi luc",
    ), 60),
    Column("duration", _("time in the meeting"), "Thời lượng", (
        "thoi luong", "duration", "in meeting duration", "total duration", "meeting duration", "thoi gian du hop",
        "tong thoi gian", "tong thoi luong", "so phut",
    ), 60),
    Column("waiting", _("in the waiting room"), "Trong phòng chờ", (
        "trong phong cho", "in waiting room", "phong cho",
    ), 20),
)  # fmt: skip

#: Headings that say nothing about who was there and how long.
UNUSED = {
    "guest", "role", "recording consent", "participant id", "participant id upn", "registrant id", "vai tro",
    "khach", "user id", "id", "recording disclaimer response", "total join count",
}  # fmt: skip


class Source(models.TextChoices):
    """What made the list."""

    ZOOM = "zoom", "Zoom"
    TEAMS = "teams", "Microsoft Teams"
    MEET = "meet", "Google Meet"
    VNPT = "vnpt", "VNPT"
    OTHER = "other", _("another list")
    #: Zoom has called as it happened: no list.
    CALLS = "calls", _("Zoom, as it happened")


#: By a heading that one system alone writes.
_SIGNS = (
    ("name original name", Source.ZOOM), ("in waiting room", Source.ZOOM), ("join time", Source.ZOOM),
    ("in meeting duration", Source.TEAMS), ("first join", Source.TEAMS), ("participant id upn", Source.TEAMS),
    ("user action", Source.TEAMS), ("hanh dong cua nguoi dung", Source.TEAMS),
    ("time exited", Source.MEET), ("time joined", Source.MEET),
    ("gio vao", Source.VNPT), ("thoi gian vao", Source.VNPT), ("thoi diem vao", Source.VNPT),
    ("ten hien thi", Source.VNPT), ("thoi gian tham gia", Source.VNPT),
)  # fmt: skip


def source_of(headings: Sequence[Sequence[str]]) -> Source:
    """What made a list with these rows of headings. Teams writes some of Zoom's as well: its own count first."""
    words = {plain(text) for row in headings for text in row}
    found = [source for sign, source in _SIGNS if sign in words]
    return Source.TEAMS if Source.TEAMS in found else next(iter(found), Source.OTHER)
