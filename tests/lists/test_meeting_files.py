"""Lists of a meeting as Zoom, Teams, Meet and VNPT write them: read, matched, never guessed."""

from datetime import UTC, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lists import headings, reading
from lists.meeting import moments
from lists.meeting.matching import Means, Way, matcher_for, matcher_of
from lists.meeting.sections import Sections
from lists.models import ImportJob, KnownParticipant
from lists.people.cleaning import Refused
from lists.reading import Unreadable
from registrations.models import Delegate, Organisation
from registrations.services import OrganisationData, erase
from tests.conftest import NOW
from tests.support import bombs
from tests.support.factories import (
    START,
    BridgePointFactory,
    ConferenceFactory,
    ConnectionFactory,
    person,
    register_people,
)
from tests.support.lists import checked, notes, verdicts, xlsx
from tests.support.meetings import meet, teams, teams_events, zoom

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
MEETING = ImportJob.Kind.MEETING
_NUMBERS = count(1)


def read(content: bytes, name: str = "hop.csv") -> tuple[list[dict[str, str]], str]:
    sections = Sections()
    columns = headings.columns_of(None, MEETING)
    table = reading.read(content, name, columns=columns, needed=headings.needed_in(MEETING), cut=sections.cut)
    return [row.cells for row in table.rows], sections.source


@pytest.fixture
def conference(db):
    return ConferenceFactory()


@pytest.fixture
def online(conference):
    return BridgePointFactory(conference=conference, kind="online", name="Trực tuyến cá nhân", short_name="Trực tuyến")


def join(point, *names, **fields):
    """A registration with these people."""
    return register_people(
        conference=point.conference,
        point=point,
        organisation=OrganisationData(Organisation.Kind.COOPERATIVE, f"HTX {names[0]}"),
        people=[person(next(_NUMBERS), full_name=name, **fields) for name in names],
        language="vi",
        now=NOW,
    )


def of(registration, place=0) -> Delegate:
    return registration.delegates.as_entered()[place]


# --- files ------------------------------------------------------------------------------------------------------------


def test_zooms_participants_are_read_below_the_meeting():
    rows, source = read(zoom("Nguyễn Văn A,a@vidu.example,07/19/2027 07:55:10 AM,07/19/2027 10:58:02 AM,183,Yes,,No"))
    assert source == "zoom"
    assert rows == [
        {
            "full_name": "Nguyễn Văn A",
            "email": "a@vidu.example",
            "joined": "07/19/2027 07:55:10 AM",
            "left": "07/19/2027 10:58:02 AM",
            "duration": "183",
            "waiting": "No",
        }
    ]


def test_of_teams_three_sections_each_time_that_somebody_came_counts():
    content = teams(
        ["Nguyễn Văn A\t7/19/27, 7:56:00 AM\t7/19/27, 11:00:00 AM\t2h 50m\ta@vidu.example\ta@vidu.example\tPresenter"],
        [
            "Nguyễn Văn A\t7/19/27, 7:56:00 AM\t7/19/27, 9:00:00 AM\t1h 4m\ta@vidu.example\tPresenter",
            "Nguyễn Văn A\t7/19/27, 9:14:00 AM\t7/19/27, 11:00:00 AM\t1h 46m\ta@vidu.example\tPresenter",
        ],
    )
    rows, source = read(content, "meetingAttendanceReport.csv")
    assert source == "teams"
    assert [(row["joined"], row["left"]) for row in rows] == [
        ("7/19/27, 7:56:00 AM", "7/19/27, 9:00:00 AM"),
        ("7/19/27, 9:14:00 AM", "7/19/27, 11:00:00 AM"),
    ]


def test_an_older_report_of_teams_says_of_each_line_whether_somebody_came_or_left():
    content = teams_events(
        "Nguyễn Văn A\tJoined before\t7/19/2027, 7:56:00 AM",
        "Trần Thị B\tJoined\t7/19/2027, 8:01:00 AM",
        "Nguyễn Văn A\tLeft\t7/19/2027, 9:00:00 AM",
        "Nguyễn Văn A\tJoined\t7/19/2027, 9:14:00 AM",
        "Nguyễn Văn A\tLeft\t7/19/2027, 11:00:00 AM",
        "Lê Văn C\tLeft\t7/19/2027, 10:00:00 AM",
    )
    rows, source = read(content, "meetingAttendanceList.csv")
    assert source == "teams"
    assert [tuple(row.get(name, "") for name in ("full_name", "joined", "left")) for row in rows] == [
        ("Nguyễn Văn A", "7/19/2027, 7:56:00 AM", "7/19/2027, 9:00:00 AM"),
        # Nobody has said when she left.
        ("Trần Thị B", "7/19/2027, 8:01:00 AM", ""),
        ("Nguyễn Văn A", "7/19/2027, 9:14:00 AM", "7/19/2027, 11:00:00 AM"),
        ("Lê Văn C", "", "7/19/2027, 10:00:00 AM"),
    ]


def test_two_devices_of_one_name_leave_one_after_the_other():
    content = teams_events(
        "Nguyễn Văn A\tJoined\t7/19/2027, 8:00:00 AM",
        "Nguyễn Văn A\tJoined\t7/19/2027, 8:30:00 AM",
        "Nguyễn Văn A\tLeft\t7/19/2027, 9:00:00 AM",
        "Nguyễn Văn A\tLeft\t7/19/2027, 10:00:00 AM",
    )
    times = [(row["joined"].split()[1], row["left"].split()[1]) for row in read(content)[0]]
    assert times == [("8:00:00", "9:00:00"), ("8:30:00", "10:00:00")]


def test_what_somebody_did_and_nobody_knows_is_refused_in_the_dry_run(online):
    join(online, "Nguyễn Văn A")
    content = teams_events(
        "Nguyễn Văn A\tJoined\t7/19/2027, 8:00:00 AM", "Nguyễn Văn A\tRaised hand\t7/19/2027, 8:30:00 AM"
    )
    job = checked(online.conference, content, kind=MEETING)
    assert verdicts(job) == ["new", "refused"]


def test_meets_names_stand_in_two_columns():
    rows, source = read(meet("Văn A,Nguyễn,a@vidu.example,2 hr 58 min,08:02,11:00"))
    assert source == "meet"
    assert rows[0] | {"joined": "08:02"} == rows[0]
    assert (rows[0]["last_name"], rows[0]["first_name"]) == ("Nguyễn", "Văn A")


def test_a_workbook_with_vietnamese_headings_is_read():
    def at(hour, minute):
        # Cells of a workbook have no zone.
        return datetime(2027, 7, 19, hour, minute, tzinfo=UTC).replace(tzinfo=None)

    content = xlsx(
        ["STT", "Tên hiển thị", "Thời gian vào", "Thời gian ra", "Thời lượng (phút)"],
        [[1, "VNPT Bắc Ninh", at(7, 40), at(11, 0), 200]],
    )
    rows, source = read(content, "hop.xlsx")
    assert (source, rows[0]["joined"], rows[0]["duration"]) == ("vnpt", "2027-07-19T07:40:00", "200")


def test_headings_that_nobody_knows_can_be_said_to_mean_something(online):
    content = "Khách hàng,Lúc đến,Ghi chú khác\nNguyễn Văn A,08:00,x\n".encode()
    job = checked(online.conference, content, kind=MEETING, name="hop.csv")
    assert set(job.options["unknown"].values()) == {"Khách hàng", "Lúc đến", "Ghi chú khác"}


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (lambda: b"Name,Join Time\n" + b"\xff\xfe\x81\x90,08:00\n" * 3, "a.csv", "letters"),
        (lambda: b"%PDF-1.7", "a.pdf", "neither"),
        (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "a.xls", "old Excel"),
        (lambda: bombs.wide_row(257), "a.xlsx", "wider"),
        (bombs.far_cell, "a.xlsx", "memory"),
        (lambda: b"Name,Join Time\n" + b"A,08:00\n" * 100_000, "a.csv", "more than 5.000 rows"),
        (lambda: b"Name,Join Time\n", "a.csv", "empty"),
        (lambda: b"PK\x03\x04" + b"x" * 500, "a.xlsx", "damaged"),
    ],
)
def test_what_is_no_list_or_too_much_is_refused_in_words(content, name, said):
    with pytest.raises(Unreadable, match=said):
        read(content(), name)


# --- times ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "07/19/2027 08:05:00 AM", "19/07/2027 08:05", "19-7-2027 8h05", "2027-07-19T08:05:00",
        "2027-07-19 08:05:00.000", "7/19/27, 8:05:00 AM",
        "Jul 19, 2027 08:05:00 AM", "08:05:00 19/07/2027", "8:05", "08:05 SA", "8:05 AM",
        "2027-07-19T01:05:00Z", "19/07/2027 01:05 UTC", "2027-07-19T02:05:00+01:00", "19/07/2027 08:05:00 (GMT+07:00)",
    ],
)  # fmt: skip
def test_a_time_is_read_however_it_is_written(text):
    assert moments.moment(text, near=START, zone=HANOI) == START + timedelta(minutes=5)


def test_of_two_readings_of_a_date_the_one_nearest_to_the_conference_is_meant():
    at = datetime(2027, 6, 5, 1, tzinfo=UTC)
    assert moments.moment("06/05/2027 08:00", near=at, zone=HANOI) == at
    assert moments.moment("05/06/2027 08:00", near=at, zone=HANOI) == at


@pytest.mark.parametrize(("text", "hour"), [("2:05 CH", 14), ("12:05 AM", 0), ("12:05 PM", 12), ("15:05 PM", 15)])
def test_halves_of_the_day_are_read(text, hour):
    assert moments.moment(text, near=START, zone=HANOI).astimezone(HANOI).hour == hour


@pytest.mark.parametrize("text", ["hôm qua", "25:00", "13:99", "32/13/2027 08:00", "=NOW()", "99999"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(Refused):
        moments.moment(text, near=START, zone=HANOI)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("62", 3720), ("62,5", 3750), ("1h 2m 3s", 3723), ("1 giờ 2 phút 3 giây", 3723), ("01:02:03", 3723),
        ("1:02", 3720), ("2 hr 58 min", 10680), ("45 phút", 2700), ("", None), ("-", None),
    ],
)  # fmt: skip
def test_a_length_is_read_however_it_is_written(text, seconds):
    assert moments.seconds(text) == seconds


# --- whom a name means ------------------------------------------------------------------------------------------------


def means(conference, name, email="", at=None):
    """Whom it means to the matcher of many names; the one for a single name must say the same."""
    many = matcher_of(conference, at).match(name, email)
    one = matcher_for(conference, name, email, at).match(name, email)
    assert (one.means, one.delegate, one.room, one.way) == (many.means, many.delegate, many.room, many.way)
    return many


def test_the_registration_number_in_a_name_goes_before_everything(online):
    first, second = join(online, "Nguyễn Văn A"), join(online, "Trần Thị B", email="b@vidu.example")
    found = means(online.conference, f"{first.number} Trần Thị B", "b@vidu.example")
    assert (found.delegate, found.way) == (of(first).pk, Way.KEY)
    assert means(online.conference, first.number.replace("-", "").lower()).delegate == of(first).pk
    assert second.number != first.number


def test_of_several_in_one_registration_the_name_decides_and_nobody_is_guessed(online):
    group = join(online, "Nguyễn Văn A", "Trần Thị B")
    assert means(online.conference, f"{group.number} trần thị b").delegate == of(group, 1).pk
    open_one = means(online.conference, f"{group.number} iPhone")
    assert (open_one.means, len(open_one.alike)) == (Means.OPEN, 2)


def test_an_address_goes_before_a_name(online):
    one = join(online, "Nguyễn Văn A", email="a@vidu.example")
    join(online, "Galaxy Tab")
    found = means(online.conference, "Galaxy Tab", "A@vidu.example")
    assert (found.delegate, found.way) == (of(one).pk, Way.EMAIL)


def test_an_address_that_two_share_is_settled_by_the_name_alone(online):
    group = join(online, "Nguyễn Văn A", "Trần Thị B", email="htx@vidu.example")
    assert means(online.conference, "TRAN THI B", "htx@vidu.example").delegate == of(group, 1).pk
    assert means(online.conference, "iPhone", "htx@vidu.example").means == Means.OPEN


@pytest.mark.parametrize(
    "name",
    ["Nguyễn Văn Ánh", "nguyen van anh", "Ông Nguyễn Văn Ánh", "HTX Na (Nguyễn Văn Ánh)", "Nguyen Van Anh - HTX Na",
     "NGUYỄN VĂN ÁNH | Lạng Sơn"],
)  # fmt: skip
def test_a_whole_name_is_enough_if_one_person_alone_has_it(online, name):
    one = join(online, "Nguyễn Văn Ánh")
    found = means(online.conference, name)
    assert (found.delegate, found.way) == (of(one).pk, Way.NAME)


def test_of_two_with_one_name_none_is_taken_and_both_are_named(online):
    one, other = join(online, "Nguyễn Văn A"), join(online, "Nguyễn Văn Á")
    found = means(online.conference, "nguyen van a")
    assert (found.means, set(found.alike)) == (Means.OPEN, {of(one).pk, of(other).pk})


def test_in_the_meeting_of_one_point_a_name_means_its_people(online):
    elsewhere = BridgePointFactory(conference=online.conference, kind="ecommerce", name="Kênh")
    here, there = join(online, "Nguyễn Văn A"), join(elsewhere, "Nguyễn Văn A")
    assert means(online.conference, "Nguyễn Văn A", at=online.pk).delegate == of(here).pk
    assert means(online.conference, "Nguyễn Văn A", at=elsewhere.pk).delegate == of(there).pk
    assert means(online.conference, "Nguyễn Văn A").means == Means.OPEN


def test_a_part_of_a_name_is_a_suggestion_and_no_match(online):
    one = join(online, "Nguyễn Văn Ánh")
    found = matcher_of(online.conference).match("Văn Ánh", "")
    assert (found.means, found.alike) == (Means.OPEN, (of(one).pk,))


def test_who_has_cancelled_is_not_meant(online):
    one = join(online, "Nguyễn Văn A")
    type(one).objects.filter(pk=one.pk).update(state="cancelled")
    assert means(online.conference, "Nguyễn Văn A").means == Means.OPEN


@pytest.mark.parametrize(
    "name",
    ["Phòng họp trực tuyến VNPT Bắc Ninh", "VNPT Bac Ninh", "Điểm cầu Bắc Ninh", "BẮC NINH - Camera 2", "bacninh01",
     "Polycom VNPT Bắc Ninh"],
)  # fmt: skip
def test_the_device_of_a_room_is_the_room(conference, name):
    room = BridgePointFactory(
        conference=conference, kind="video_room", name="Phòng họp trực tuyến VNPT Bắc Ninh", short_name="VNPT Bắc Ninh"
    )
    ConnectionFactory(bridge_point=room, account="bacninh01")
    found = means(conference, name)
    assert (found.means, found.room, found.delegate) == (Means.ROOM, room.pk, None)


def test_a_person_who_writes_the_place_behind_their_name_is_no_room(conference):
    room = BridgePointFactory(conference=conference, kind="video_room", name="VNPT Bắc Ninh", short_name="Bắc Ninh")
    one = join(room, "Nguyễn Văn A")
    assert means(conference, "Bắc Ninh - Nguyễn Văn A").delegate == of(one).pk
    assert means(conference, "Bắc Ninh - Lê Văn Lạ").means == Means.OPEN


def test_what_somebody_has_said_goes_before_all(online):
    one = join(online, "Nguyễn Văn A")
    KnownParticipant.objects.create(conference=online.conference, name="iphone", delegate=of(one), at=NOW)
    KnownParticipant.objects.create(conference=online.conference, name="nguyen van a", at=NOW)
    assert means(online.conference, "iPhone").way == Way.HAND
    assert means(online.conference, "Nguyễn Văn A").means == Means.NOBODY


# --- the dry run ------------------------------------------------------------------------------------------------------


def test_the_dry_run_says_of_each_row_what_it_means_and_why(online):
    one = join(online, "Nguyễn Văn A", email="a@vidu.example")
    BridgePointFactory(conference=online.conference, kind="video_room", name="VNPT Bắc Ninh")
    job = checked(
        online.conference,
        zoom(
            "Anh A,a@vidu.example,07/19/2027 07:55:10 AM,07/19/2027 10:58:02 AM,183,Yes,,No",
            "VNPT Bắc Ninh,,07/19/2027 07:31:10 AM,07/19/2027 11:00:02 AM,209,Yes,,No",
            "iPhone của Mai,,07/19/2027 08:00:10 AM,07/19/2027 08:10:02 AM,10,Yes,,No",
            "Anh A,a@vidu.example,07/19/2027 07:50:10 AM,07/19/2027 07:55:10 AM,5,Yes,,Yes",
            "Anh A,a@vidu.example,07/18/2027 07:50:10 AM,07/18/2027 07:55:10 AM,5,Yes,,No",
            "Anh A,a@vidu.example,07/19/2027 07:55:10 AM,07/19/2027 10:58:02 AM,183,Yes,,No",
            "Anh A,a@vidu.example,07/19/2027 09:55:10 AM,07/19/2027 08:58:02 AM,183,Yes,,No",
            '=HYPERLINK("http://x.example"),,07/19/2027 08:00:10 AM,,10,Yes,,No',
        ),
        kind=MEETING,
        name="hop.csv",
    )
    assert job.state == "checked", job.error
    assert verdicts(job) == ["new", "room", "open", "refused", "refused", "same", "refused", "open"]
    assert job.plan[0]["cells"][:2] == ["Anh A", "Nguyễn Văn A"]
    assert job.plan[0]["signature"][2] == of(one).pk
    for words in ("by e-mail", "Only in the waiting room", "not of the day", "row 5 already", "before the beginning"):
        assert words in notes(job)
    assert job.counts | {"new": 1, "room": 1, "open": 2, "same": 1, "refused": 3} == job.counts


def test_times_in_utc_are_read_so_if_that_is_said(online):
    content = meet("Văn A,Nguyễn,,60 min,01:02,02:02")
    job = checked(online.conference, content, kind=MEETING, name="hop.csv", zone="utc")
    assert job.plan[0]["cells"][3:] == ["08:02", "09:02", "60"]


def test_statements_do_not_grow_with_the_rows(online):
    join(online, "Nguyễn Văn A")

    def statements(rows):
        content = zoom(*(f"Ai {row},,07/19/2027 08:0{row}:10 AM,,5,Yes,,No" for row in range(rows)))
        with CaptureQueriesContext(connection) as queries:
            checked(online.conference, content, kind=MEETING, name="hop.csv")
        return len(queries)

    assert statements(1) == statements(3)


def test_a_list_that_waits_goes_when_somebody_in_it_is_erased(online):
    one = join(online, "Nguyễn Văn A", email="a@vidu.example")
    KnownParticipant.objects.create(conference=online.conference, name="iphone", delegate=of(one), at=NOW)
    content = zoom("Điện thoại,a@vidu.example,07/19/2027 08:00:10 AM,,5,Yes,,No")
    checked(online.conference, content, kind=MEETING, name="hop.csv")
    erase(registration=one, way="staff", now=NOW)
    assert not ImportJob.objects.exists()
    assert not KnownParticipant.objects.exists()
