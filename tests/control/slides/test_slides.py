"""Slides: asked for, taken, replaced, withdrawn, numbered, reminded of, forgotten."""

import os
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.utils.timezone import localtime

from control.models import Cue, SlideFile, SlideLink
from control.slides import asking, forgetting, receiving, store
from control.slides.messages import compose
from control.slides.order import State, entries
from control.slides.receiving import SlidesRefused
from lists.limited import process
from messaging.kind_names import SLIDES_ASKED, SLIDES_REMINDED
from outbox.models import Message
from outbox.sms_length import measure
from registrations.signals import ErasedPeople
from tests.conftest import NOW
from tests.support.decks import pdf, pptx
from tests.support.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.SLIDES_DIR = tmp_path / "slides"


@pytest.fixture
def cues(conference):
    titles = ("Khai mạc", "Báo cáo của đơn vị", "Thảo luận")
    return [
        Cue.objects.create(conference=conference, position=n, title=title, who=f"Đơn vị {n}", minutes=10)
        for n, title in enumerate(titles, start=1)
    ]


def hand_in(cue, content=None, *, name="bai.pdf", minutes=0, **more):
    content = pdf() if content is None else content
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.flush()
        return receiving.take(
            cue=cue, file=file, name=name, size=len(content), now=NOW + timedelta(minutes=minutes), **more
        )


def ask(cue, **more):
    return asking.ask(cue=cue, **{"email": "dien.gia@vidu.example", "phone": "", "now": NOW} | more)


def files_on_disk(settings) -> int:
    return len(list(settings.SLIDES_DIR.iterdir())) if settings.SLIDES_DIR.exists() else 0


def state(cue) -> State:
    return next(entry.state for entry in entries(cue.conference) if entry.cue == cue)


def test_a_file_is_kept_as_it_came_with_what_was_read_of_it(cues):
    content = pptx(3, size=(9144000, 6858000))
    file = hand_in(cues[0], content, name="C:\\Bài của tôi.PPTX").file
    assert (file.name, file.kind, file.pages, file.size) == ("Bài của tôi.pptx", "pptx", 3, len(content))
    assert file.warnings == [["shape", "4:3"]]
    with receiving.opened(file) as kept:
        assert kept.read() == content


def test_a_name_says_what_the_file_is_and_not_what_it_was_called(cues):
    assert hand_in(cues[0], pdf(), name="../../x.exe").file.name == "x.pdf"
    assert hand_in(cues[1], pdf(), name="a\u202egpj.pptx").file.name == "agpj.pdf"


def test_what_is_refused_changes_nothing_but_is_known(cues, settings):
    ask(cues[0])
    kept = hand_in(cues[0]).file
    with pytest.raises(SlidesRefused) as refused:
        hand_in(cues[0], b"no slides", minutes=1)
    assert refused.value.why == "kind"
    assert receiving.current_file(cues[0]) == kept
    assert files_on_disk(settings) == 1
    assert state(cues[0]) is State.FAULTY
    hand_in(cues[0], pdf(5), minutes=2)
    assert state(cues[0]) is State.RECEIVED


def test_a_few_earlier_files_are_kept(cues, settings, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        for pages in range(1, 6):
            hand_in(cues[0], pdf(pages), minutes=pages)
    assert list(SlideFile.objects.values_list("pages", flat=True)) == [5, 4, 3]
    assert files_on_disk(settings) == 3


def test_the_same_file_twice_is_one(cues, settings):
    first = hand_in(cues[0])
    again = hand_in(cues[0], minutes=1)
    assert again.is_known
    assert again.file == first.file
    assert files_on_disk(settings) == 1


def test_what_cannot_be_entered_leaves_no_file(cues, settings):
    cue = cues[0]
    Cue.objects.filter(pk=cue.pk).delete()
    with pytest.raises(SlidesRefused) as refused:
        hand_in(cue)
    assert refused.value.why == "gone"
    assert files_on_disk(settings) == 0


def test_a_full_disk_leaves_nothing_half_written(cues, settings, monkeypatch):
    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SlidesRefused) as refused:
        hand_in(cues[0])
    assert (refused.value.why, refused.value.status) == ("later", 503)
    assert files_on_disk(settings) == 0
    assert not SlideFile.objects.exists()


@pytest.mark.parametrize(
    ("failure", "why"),
    [(OSError(11, "no process"), "later"), (process.Broken(1), "later"), (process.Broken(-7), "damaged")],
)
def test_a_site_that_cannot_look_does_not_blame_the_file(cues, settings, monkeypatch, failure, why):
    kept = hand_in(cues[0]).file

    def fail(*_args, **_kwargs):
        raise failure

    monkeypatch.setattr(process, "run_on", fail)
    with pytest.raises(SlidesRefused) as refused:
        hand_in(cues[0], pdf(5), minutes=1)
    assert refused.value.why == why
    assert receiving.current_file(cues[0]) == kept
    assert files_on_disk(settings) == 1


def test_whoever_comes_third_is_told_to_come_again_and_holds_no_thread_of_the_web_server(cues, settings, monkeypatch):
    kept = hand_in(cues[0]).file
    monkeypatch.setattr(process, "PATIENCE", 0.05)
    with process._at_most_two, process._at_most_two:
        with pytest.raises(SlidesRefused) as refused:
            hand_in(cues[0], pdf(5), minutes=1)
        assert (refused.value.why, refused.value.status) == ("busy", 503)
        assert receiving.current_file(cues[0]) == kept
    assert hand_in(cues[0], pdf(5), minutes=2).file.pages == 5


def test_a_file_that_cannot_be_deleted_now_is_no_fault_of_who_sends_the_next(
    cues, settings, monkeypatch, django_capture_on_commit_callbacks
):
    for pages in range(1, 4):
        hand_in(cues[0], pdf(pages), minutes=pages)

    def locked(self, missing_ok=False):
        raise PermissionError(13, "read only")

    with monkeypatch.context() as patch, django_capture_on_commit_callbacks(execute=True):
        patch.setattr(Path, "unlink", locked)
        assert hand_in(cues[0], pdf(4), minutes=4).file.pages == 4
    assert files_on_disk(settings) == 4


def test_withdrawn_slides_bring_no_earlier_ones_back(cues):
    hand_in(cues[0], pdf(1))
    second = hand_in(cues[0], pdf(2), minutes=1).file
    assert receiving.withdraw_file(cue=cues[0], number=second.pk, now=NOW)
    assert receiving.current_file(cues[0]) is None
    assert SlideFile.objects.count() == 2


def test_withdrawing_a_file_that_was_replaced_meanwhile_does_nothing(cues):
    first = hand_in(cues[0], pdf(1)).file
    second = hand_in(cues[0], pdf(2), minutes=1).file
    assert not receiving.withdraw_file(cue=cues[0], number=first.pk, now=NOW)
    assert receiving.current_file(cues[0]) == second


# --- numbers ----------------------------------------------------------------------------------------------------------


def test_names_are_numbered_in_the_order_of_the_show_without_accents(conference, cues):
    for cue in cues:
        hand_in(cue, pptx())
    assert [entry.file_name for entry in entries(conference)] == [
        "01-khai-mac-don-vi-1.pptx",
        "02-bao-cao-cua-don-vi-don-vi-2.pptx",
        "03-thao-luan-don-vi-3.pptx",
    ]
    cues[2].position = 0
    cues[2].save()
    Cue.objects.filter(pk=cues[0].pk).update(is_skipped=True)
    assert [entry.file_name for entry in entries(conference)] == [
        "01-thao-luan-don-vi-3.pptx",
        "khai-mac-don-vi-1.pptx",
        "02-bao-cao-cua-don-vi-don-vi-2.pptx",
    ]


def test_the_statements_stay_the_same_for_one_part_and_for_three(conference, cues, django_assert_num_queries):
    for cue in cues:
        ask(cue)
        hand_in(cue)
    with django_assert_num_queries(3):
        assert len([entry.file_name for entry in entries(conference)]) == 3
    Cue.objects.exclude(pk=cues[0].pk).delete()
    with django_assert_num_queries(3):
        assert len([entry.file_name for entry in entries(conference)]) == 1


def test_what_comes_after_the_time_limit_is_late(conference, cues):
    asking.set_due(conference=conference, due_at=NOW)
    hand_in(cues[0], minutes=-1)
    hand_in(cues[1], minutes=1)
    assert [entry.is_late for entry in entries(conference)] == [False, True, False]


# --- asking -----------------------------------------------------------------------------------------------------------


def texts() -> dict[str, str]:
    sent = list(Message.objects.unsent())
    found = compose(sent)
    return {f"{message.kind}/{message.channel}": found[message.pk].text for message in sent if message.pk in found}


@pytest.fixture
def _now(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.mark.usefixtures("_now")
def test_the_speaker_gets_the_link_by_mail_and_sms(cues):
    asking.set_due(conference=cues[0].conference, due_at=NOW + timedelta(days=2))
    assert ask(cues[0], phone="+84900000001") == 2
    link = SlideLink.objects.get()
    written = texts()
    assert set(written) == {f"{SLIDES_ASKED}/email", f"{SLIDES_ASKED}/sms"}
    for text in written.values():
        assert link.url in text
        assert "10:00, 3/7/2027" in text
    message = Message.objects.get(channel="email")
    assert link.url not in compose([message])[message.pk].stored_text()
    assert link.token not in str(SlideLink.objects.values().get())


@pytest.mark.usefixtures("_now")
@pytest.mark.parametrize("kind", [SLIDES_ASKED, SLIDES_REMINDED])
def test_who_has_a_mobile_alone_is_asked_by_one_sms_however_long_the_name_of_the_conference(conference, cues, kind):
    conference.short_name = "Hội nghị kết nối tiêu thụ na Chi Lăng và nông sản Lạng Sơn"
    conference.save()
    asking.set_due(conference=conference, due_at=NOW + timedelta(days=2))
    assert ask(cues[0], email="", phone="+84900000001") == 1
    if kind == SLIDES_REMINDED:
        asking.remind(entries=entries(conference), now=NOW)
    (text,) = texts().values()
    assert Message.objects.unsent().get().channel == "sms"
    assert SlideLink.objects.get().url in text
    assert text.startswith("Hoi nghi ket noi")
    assert text.endswith("10:00, 3/7/2027")
    assert measure(text).parts == 1


def test_an_sms_waits_for_the_morning(cues, settings):
    settings.QUIET_HOURS = "22:00-07:00"
    night = NOW.replace(hour=16)
    ask(cues[0], phone="+84900000001", now=night)
    due = dict(Message.objects.values_list("channel", "due_at"))
    assert due["email"] == night
    assert f"{localtime(due['sms']):%d %H:%M}" == "02 07:00"


@pytest.mark.usefixtures("_now")
def test_a_time_limit_that_has_passed_is_not_said_as_if_it_lay_ahead(conference, cues):
    asking.set_due(conference=conference, due_at=NOW)
    ask(cues[0], phone="+84900000001")
    written = texts()
    assert "Thời hạn 10:00, 1/7/2027 đã qua" in written[f"{SLIDES_ASKED}/email"]
    assert "som nhat co the" in written[f"{SLIDES_ASKED}/sms"]
    assert "2027" not in written[f"{SLIDES_ASKED}/sms"]


def test_the_time_limit_moves_with_the_conference_unless_it_would_have_passed(conference):
    day = timedelta(days=1)
    assert asking.move_due(conference=conference, by=day, now=NOW) is None
    asking.set_due(conference=conference, due_at=NOW + 2 * day)
    moved = asking.move_due(conference=conference, by=-day, now=NOW)
    assert (moved.before, moved.after, moved.has_moved) == (NOW + 2 * day, NOW + day, True)
    stays = asking.move_due(conference=conference, by=-day, now=NOW)
    assert (stays.after, stays.has_moved) == (NOW + day, False)
    assert asking.move_due(conference=conference, by=day, now=NOW + day) is None


def test_without_an_address_nobody_is_asked(cues):
    with pytest.raises(asking.NoAddress):
        ask(cues[0], email="", phone="")
    assert not SlideLink.objects.exists()


def test_nobody_is_asked_after_the_end(cues):
    with pytest.raises(asking.NoLongerAsked):
        ask(cues[0], now=cues[0].conference.ends_at)


@pytest.mark.usefixtures("_now")
def test_only_who_was_asked_and_sent_nothing_is_reminded(conference, cues):
    ask(cues[0])
    ask(cues[1])
    hand_in(cues[0])
    assert asking.remind(entries=entries(conference), now=NOW + timedelta(hours=1)) == 1
    reminder = Message.objects.unsent().get(kind=SLIDES_REMINDED)
    assert reminder.person == asking.person_of(SlideLink.objects.get(cue=cues[1]))
    assert reminder.pk in compose([reminder])
    hand_in(cues[1])
    assert compose([reminder]) == {}


@pytest.mark.usefixtures("_now")
def test_two_reminders_at_once_are_one_and_it_is_sent(conference, cues):
    ask(cues[0])
    for seconds in (3600, 3601):
        assert asking.remind(entries=entries(conference), now=NOW + timedelta(seconds=seconds)) == 1
    assert [message.kind for message in Message.objects.unsent()] == [SLIDES_REMINDED]


@pytest.mark.usefixtures("_now")
def test_an_address_that_is_corrected_within_a_minute_gets_the_link(cues):
    for seconds, email in enumerate(("sai@vidu.example", "dung@vidu.example", "sai@vidu.example")):
        ask(cues[0], email=email, now=NOW + timedelta(seconds=seconds))
        assert [message.address for message in Message.objects.unsent()] == [email]


@pytest.mark.usefixtures("_now")
def test_a_withdrawn_link_is_sent_to_nobody_and_asking_again_makes_another(cues):
    ask(cues[0])
    before = SlideLink.objects.get().token
    assert asking.withdraw(cue=cues[0], now=NOW)
    assert not asking.withdraw(cue=cues[0], now=NOW)
    assert texts() == {}
    assert state(cues[0]) is State.NOT_ASKED
    ask(cues[0], now=NOW + timedelta(minutes=5))
    link = SlideLink.objects.get()
    assert link.token != before
    assert link.url in texts()[f"{SLIDES_ASKED}/email"]


@pytest.mark.usefixtures("_now")
def test_of_a_cancelled_conference_nothing_is_said(conference, cues):
    ask(cues[0])
    conference.cancelled_at = NOW
    conference.save()
    assert texts() == {}


# --- forgetting -------------------------------------------------------------------------------------------------------


def test_slides_and_addresses_go_some_days_after_the_end(
    conference, cues, settings, django_capture_on_commit_callbacks
):
    ask(cues[0])
    hand_in(cues[0])
    ends = conference.ends_at
    assert forgetting.forget_due(now=ends + timedelta(days=settings.SLIDES_KEPT_DAYS) - timedelta(seconds=1)) == 0
    with django_capture_on_commit_callbacks(execute=True):
        assert forgetting.forget_due(now=ends + timedelta(days=settings.SLIDES_KEPT_DAYS)) == 1
    assert files_on_disk(settings) == 0
    assert not SlideLink.objects.exists()
    assert set(Message.objects.values_list("address", flat=True)) == {""}


def test_files_that_no_row_knows_are_swept_after_a_day(cues, settings):
    kept = hand_in(cues[0]).file
    for name, age in (("old", 90_000), ("new", 60)):
        place = settings.SLIDES_DIR / name
        place.write_bytes(b"x")
        os.utime(place, (time.time() - age, time.time() - age))
    os.utime(store.path_of(kept.uid), (0, 0))
    # A disk of its own begins with a folder.
    (settings.SLIDES_DIR / "lost+found").mkdir()
    os.utime(settings.SLIDES_DIR / "lost+found", (0, 0))
    forgetting.forget_due(now=NOW)
    assert sorted(path.name for path in settings.SLIDES_DIR.iterdir()) == sorted(["new", "lost+found", kept.uid.hex])


@pytest.mark.parametrize(
    ("people", "everybody", "left"),
    [
        (ErasedPeople(emails={"dien.gia@vidu.example"}), False, 1),
        (ErasedPeople(phones={"+84900000002"}), False, 1),
        (ErasedPeople(emails={"khac@vidu.example"}), False, 2),
        (ErasedPeople(), True, 0),
    ],
)
def test_who_is_erased_is_no_speaker_any_more(conference, cues, people, everybody, left):
    ask(cues[0], email="Dien.Gia@vidu.example")
    ask(cues[1], email="b@vidu.example", phone="+84900000002")
    hand_in(cues[0])
    forgetting.erase_speakers(conference=conference, people=people, everybody=everybody)
    assert SlideLink.objects.count() == left
    assert Message.objects.exclude(address="").values("person").distinct().count() == left
    assert SlideFile.objects.count() == 1


def test_who_uploads_for_the_speaker_is_known(cues):
    user = UserFactory()
    with transaction.atomic():
        assert hand_in(cues[0], by=user).file.by == user


def test_a_file_that_is_gone_from_the_disk_is_no_crash(cues):
    file = hand_in(cues[0]).file
    store.drop([file.uid])
    assert receiving.opened(file) is None
