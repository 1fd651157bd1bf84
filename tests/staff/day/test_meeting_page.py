"""The page of the online meeting: who sees what, whom names mean, Zoom's secret, what a look costs."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance import meeting as stays
from attendance.models import Attendance, MeetingHook, MeetingStay
from conference.models import Conference
from lists import starting
from lists.meeting.matching import Match, Means
from lists.meeting.stays import Stay, file_key
from lists.models import ImportJob
from tests.conftest import NOW
from tests.support.factories import (
    START,
    BridgePointFactory,
    ConferenceFactory,
    CoordinatorFactory,
    UserFactory,
    registered,
)
from tests.support.meetings import zoom

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def point(conference):
    return BridgePointFactory(conference=conference, kind="online", name="Trực tuyến cá nhân")


@pytest.fixture
def address(conference):
    return f"/admin/c/{conference.slug}/day/meeting/"


@pytest.fixture
def delegate(point):
    return registered(point, now=NOW).delegates.get()


def store(conference, *names, means=Means.OPEN, **whom):
    made = [Stay(file_key(name, "", START, None), name, "", START, None, Match(means, **whom)) for name in names]
    stays.store_stays(conference=conference, point=None, source="zoom", stays=made, now=START)
    return MeetingStay.objects.filter(conference=conference).order_by("pk")


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_the_page_says_that_heads_of_a_room_are_not_in_it_and_where_they_are(client, conference, point, address):
    page = client.get(address)
    assert "Số người đếm tại phòng không có tên" in text(page)
    assert f'href="/admin/c/{conference.slug}/day/board/">Xem bảng điều khiển</a>' in page.content.decode()


def test_the_page_shows_the_numbers_the_open_names_the_lists_and_zoom(client, conference, point, delegate, address):
    store(conference, delegate.full_name, means=Means.PERSON, delegate=delegate.pk)
    store(conference, "iPhone của Mai")
    page = client.get(address, headers={"accept-language": "en"})
    assert page.status_code == 200
    assert "iPhone của Mai" in text(page)
    assert delegate.full_name not in text(page), "the open ones stand first"
    assert delegate.full_name in text(client.get(f"{address}?show=person"))


def test_a_coordinator_sees_the_numbers_of_their_points_and_no_names(client, conference, point):
    other = BridgePointFactory(conference=conference, name="Phòng khác")
    store(conference, "iPhone của Mai")
    client.force_login(CoordinatorFactory(bridge_point=point).user)
    page = client.get(f"/admin/c/{conference.slug}/day/meeting/")
    assert page.status_code == 200
    assert point.name in text(page)
    assert "iPhone của Mai" not in text(page)
    assert other.name not in text(page)
    number = MeetingStay.objects.get().pk
    for rest in (f"{number}/", "zoom/"):
        assert client.get(f"/admin/c/{conference.slug}/day/meeting/{rest}").status_code == 404


def test_a_leader_reads_no_names_of_the_meeting(client, conference, point):
    leader = UserFactory(is_staff=True)
    conference.leaders.add(leader)
    client.force_login(leader)
    assert client.get(f"/admin/c/{conference.slug}/day/meeting/").status_code == 404


def test_whom_a_name_means_is_searched_for_without_accents_and_chosen(client, conference, delegate, address):
    stay = store(conference, "iPhone của Mai").get()
    page = client.get(f"{address}{stay.pk}/?q=nguyen van 100")
    assert delegate.full_name in text(page)
    assert delegate.full_name in text(client.get(f"{address}{stay.pk}/?q={delegate.registration.number}"))
    answer = client.post(f"{address}{stay.pk}/", {"who": f"d{delegate.pk}", "seen": ""}, follow=True)
    assert answer.status_code == 200
    assert Attendance.objects.get().delegate == delegate
    entry = LogEntry.objects.get()
    assert "iPhone" not in entry.change_message, "the log outlives the people"


def test_not_a_delegate_and_the_device_of_a_room_can_be_chosen(client, conference, point, address):
    room = BridgePointFactory(conference=conference, kind="video_room", name="VNPT Bắc Ninh")
    first, second = store(conference, "Máy lạ", "Khách")
    client.post(f"{address}{first.pk}/", {"who": f"r{room.pk}", "seen": ""})
    client.post(f"{address}{second.pk}/", {"who": "nobody", "seen": ""})
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.means, first.room, second.means) == ("room", room, "nobody")
    assert not Attendance.objects.exists()


@pytest.mark.parametrize("who", ["", "d0", "d99999999", "r99999999", "x", "d" + "9" * 40, "d²"])
def test_whoever_is_nobody_of_the_conference_is_refused_at_the_field(client, conference, point, address, who):
    stay = store(conference, "iPhone").get()
    answer = client.post(f"{address}{stay.pk}/", {"who": who, "seen": ""})
    assert answer.status_code == 422
    assert answer.context["form"].errors["who"]
    assert MeetingStay.objects.get().means == "open"


def test_delegates_of_another_conference_are_no_choice(client, conference, point, address):
    stay = store(conference, "iPhone").get()
    foreign = registered(BridgePointFactory(), now=NOW, number=7).delegates.get()
    assert client.post(f"{address}{stay.pk}/", {"who": f"d{foreign.pk}", "seen": ""}).status_code == 422


def test_two_who_choose_for_one_name_do_not_undo_each_other(client, conference, point, delegate, address, organiser):
    stay = store(conference, "iPhone").get()
    stays.choose(stay=stay, choice=stays.Choice(delegate=delegate), by=organiser, now=START)
    answer = client.post(f"{address}{stay.pk}/", {"who": "nobody", "seen": ""})
    assert answer.status_code == 422
    assert delegate.full_name in text(answer)
    assert MeetingStay.objects.get().delegate == delegate
    seen = answer.context["form"]["seen"].value()
    assert client.post(f"{address}{stay.pk}/", {"who": "nobody", "seen": seen}).status_code == 302
    assert MeetingStay.objects.get().means == "nobody"


def test_a_name_of_another_conference_is_404(client, address):
    foreign = store(ConferenceFactory(), "iPhone").get()
    assert client.get(f"{address}{foreign.pk}/").status_code == 404


def test_zooms_secret_is_stored_and_never_shown(client, conference, address):
    assert client.post(f"{address}zoom/", {"secret": "bi-mat-vi-du"}).status_code == 302
    hook = MeetingHook.objects.get()
    assert hook.secret == "bi-mat-vi-du"
    page = client.get(f"{address}zoom/")
    assert "bi-mat-vi-du" not in page.content.decode()
    assert hook.url in page.content.decode()
    assert "bi-mat-vi-du" not in LogEntry.objects.get().change_message
    client.post(f"{address}zoom/", {"stop": "1"})
    hook.refresh_from_db()
    assert hook.secret == ""


def test_another_address_for_zoom_is_made_once_and_the_old_one_takes_nothing(client, conference, address):
    client.post(f"{address}zoom/", {"secret": "bi-mat-vi-du"})
    before = MeetingHook.objects.get()
    MeetingHook.objects.update(validated_at=START)
    shown = client.get(f"{address}zoom/").content.decode()
    (folded,) = re.findall(r"<details.*?</details>", shown, re.S)
    assert 'name="renew" value="1"' in folded
    # Pressed twice, it is one new address.
    for _press in range(2):
        response = client.post(f"{address}zoom/", {"renew": "1"}, follow=True)
        assert response.status_code == 200
    hook = MeetingHook.objects.get()
    assert (hook.token_version, hook.secret, hook.validated_at) == (2, "bi-mat-vi-du", None)
    assert hook.url in response.content.decode()
    assert before.url not in response.content.decode()
    assert client.post(f"/hooks/zoom/{before.token}/").status_code == 404
    assert client.post(f"/hooks/zoom/{hook.token}/").status_code == 401
    assert [entry.change_message for entry in LogEntry.objects.all() if hook.token in entry.change_message] == []
    assert LogEntry.objects.count() == 2
    client.post(f"{address}zoom/", {"renew": "x"})
    assert MeetingHook.objects.get().token_version == 2


@pytest.mark.parametrize("secret", ["", "abc123", "two words of it"])
def test_what_is_no_secret_is_refused_at_the_field(client, conference, address, secret):
    answer = client.post(f"{address}zoom/", {"secret": secret})
    assert answer.status_code == 422
    assert answer.context["form"].errors["secret"]


def test_a_list_goes_from_the_file_to_the_numbers(client, conference, point, delegate, address, monkeypatch):
    monkeypatch.setattr(starting.transaction, "on_commit", lambda call, **_kwargs: call())
    monkeypatch.setattr(starting, "_hand_over", lambda job, run, task, work: work(job=job, run=run))
    rows = zoom(
        f"{delegate.full_name},,07/19/2027 07:55:10 AM,07/19/2027 10:58:02 AM,183,Yes,,No",
        "iPhone,,07/19/2027 08:00:10 AM,,10,Yes,,No",
    )
    upload = f"/admin/lists/conference/{conference.pk}/meeting/"
    assert client.get(upload).status_code == 200
    answer = client.post(upload, {"file": SimpleUploadedFile("hop.csv", rows), "point": point.pk, "zone": ""})
    job = ImportJob.objects.get()
    assert answer["Location"] == f"/admin/lists/import/{job.pk}/"
    page = client.get(answer["Location"])
    assert page.context["work"] == 2
    client.post(f"/admin/lists/import/{job.pk}/apply/", {"seen": job.options["version"]})
    job.refresh_from_db()
    assert (job.state, job.rows) == ("done", [])
    assert Attendance.objects.get().met_minutes == 183
    assert client.get(f"/admin/lists/import/{job.pk}/").status_code == 200
    assert client.get(f"{upload}sample.xlsx").status_code == 200
    assert "iPhone" in text(client.get(address))


def test_a_list_is_read_after_the_end_and_not_after_the_people_are_erased(client, conference, point, clock):
    clock.move_to(conference.ends_at)
    upload = f"/admin/lists/conference/{conference.pk}/meeting/"
    assert client.get(upload).context["refusal"] == ""
    Conference.objects.filter(pk=conference.pk).update(erased_at=START)
    assert client.get(upload).context["refusal"]


def test_a_look_costs_the_same_with_many_names_and_points(client, conference, point, delegate, address):
    def statements():
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        return len(queries)

    store(conference, "Một")
    client.get(address)
    before = statements()
    for number in range(3):
        BridgePointFactory(conference=conference, name=f"Phòng {number}")
    store(conference, "Hai", "Ba")
    facts = {"conference": conference, "kind": "meeting", "state": "done", "created_at": START}
    ImportJob.objects.bulk_create(ImportJob(file_name=f"{n}.csv", by=UserFactory(), **facts) for n in range(3))
    assert statements() == before
