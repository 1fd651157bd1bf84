"""What the people of the running conference have asked and chosen so far: all of it is invented."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from accounts.models import User
from bridges.models import BridgePoint
from conference.models import Conference
from control import floor, polls, questions, rooms
from control.floor_presses import Step, merge, press
from control.models import FloorQuestion, Poll
from control.polls import PollStep
from control.questions import Asked
from control.rooms import Report
from registrations.models import Delegate

#: Minutes after the start, index of the point, text. By personal link of somebody there.
ASKED = (
    (3, 0, "Bao giờ có bảng giá tham khảo cho vụ tới?"),
    (5, 1, "Giá tham khảo vụ tới được công bố khi nào?"),
    (6, 7, "Hộ nông dân bán hàng trên sàn thương mại điện tử cần những giấy tờ gì?"),
    (9, 1, "Siêu thị muốn lấy hàng đều mỗi tuần thì liên hệ hợp tác xã nào?"),
)
#: The same through rooms, for people without a device: name and organisation come before the text.
ASKED_IN_ROOMS = (
    (8, 2, "Bùi Thị Ví", "HTX Rau Thử Nghiệm", "Xe lạnh có được ưu tiên qua trạm kiểm dịch không?"),
    (13, 3, "Lý Văn Ví", "Công ty Rau quả Mẫu", "Tem truy xuất nguồn gốc có được hỗ trợ kinh phí in không?"),
)
CLOSED_POLL = ("Quý vị nghe rõ âm thanh từ hội trường không?", ("Nghe rõ", "Lúc rõ lúc không", "Không nghe được"))
OPEN_POLL = ("Vụ tới nên họp giao ban vào thời gian nào?", ("Đầu tháng", "Giữa tháng", "Cuối tháng"))


def begin(*, conference: Conference, points: Sequence[BridgePoint], by: User) -> None:
    """Let people of ``conference`` have asked, and voted twice, in its first quarter of an hour.

    Hands come by telephone, through ``by``: nobody waits then for a sign of life of the page of a room.
    """
    floor.set_open(conference=conference, is_open=True)
    conference.takes_questions = True
    asked = _ask(conference, points)
    first = merge(conference=conference, questions=[(row.pk, row.version) for row in asked[:2]])
    waiting, called = asked[2], asked[4]
    for row in (called, first, waiting):
        _press(conference, row, Step.CHOOSE, 14)
    _press(conference, called, Step.CALL, 18)
    askers = {row.delegate_id for row in asked[:2]}
    for delegate in [person for person in _people(points[0]) if person.pk not in askers][:3]:
        moment = conference.starts_at + timedelta(minutes=15)
        questions.support(delegate=delegate, question=first.pk, wanted=True, now=moment)
    _vote(conference, points, by)


def _people(point: BridgePoint) -> list[Delegate]:
    rows = Delegate.objects.filter(registration__bridge_point=point, registration__state="confirmed").order_by("pk")
    return list(rows.select_related("registration__conference", "registration__bridge_point"))


def _ask(conference: Conference, points: Sequence[BridgePoint]) -> list[FloorQuestion]:
    for place, (minutes, index, text) in enumerate(ASKED):
        people = _people(points[index])
        moment = conference.starts_at + timedelta(minutes=minutes)
        questions.ask(delegate=people[place % len(people)], asked=Asked.of(uuid4(), text), now=moment)
    for minutes, index, name, unit, text in ASKED_IN_ROOMS:
        point = points[index]
        point.conference = conference
        moment = conference.starts_at + timedelta(minutes=minutes)
        questions.ask_for(point=point, asked=[Asked.of(uuid4(), text, name, unit)], now=moment)
    return list(FloorQuestion.objects.filter(conference=conference).order_by("pk"))


def _press(conference: Conference, row: FloorQuestion, step: Step, minutes: int) -> None:
    moment = conference.starts_at + timedelta(minutes=minutes)
    version = FloorQuestion.objects.get(pk=row.pk).version
    press(conference=conference, question=row.pk, step=step, version=version, now=moment)


def _vote(conference: Conference, points: Sequence[BridgePoint], by: User) -> None:
    """One poll is over and its result published; another is open."""
    for (question, options), opened, steps in (
        (CLOSED_POLL, 2, (PollStep.CLOSE, PollStep.PUBLISH)),
        (OPEN_POLL, 16, ()),
    ):
        moment = conference.starts_at + timedelta(minutes=opened)
        poll = polls.make(conference=conference, question=question, options=options)
        poll = polls.press(conference=conference, poll=poll.pk, step=PollStep.OPEN, version=0, now=moment)
        _answer(poll, points, by, moment + timedelta(minutes=1))
        for step in steps:
            after = moment + timedelta(minutes=3)
            poll = polls.press(conference=conference, poll=poll.pk, step=step, version=poll.version, now=after)


def _answer(poll: Poll, points: Sequence[BridgePoint], by: User, moment: datetime) -> None:
    for place, delegate in enumerate([*_people(points[0]), *_people(points[7])]):
        polls.vote(delegate=delegate, poll=poll.pk, option=place % 4 % len(poll.options), now=moment)
    for index, hands in ((2, (3, 1, 0)), (3, (2, 0, 1))):
        reports = [
            Report(uuid4(), "hands", f"{poll.pk}:{option}:{count}", moment) for option, count in enumerate(hands)
        ]
        rooms.note_reports(point=points[index], reports=reports, now=moment, by=by)
