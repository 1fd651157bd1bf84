"""Who may do what in a conference: inviting, withdrawing, deputies, and what a leader sees."""

import io
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.messages import get_messages
from django.test import Client
from docx import Document

from accounts.models import User
from attendance.duplicating import duplicate
from bridges.models import BridgePoint, Coordinator
from conference.models import Conference
from outbox.models import Message
from registrations.models import Delegate
from tests.conftest import NOW
from tests.support.factories import START, ConferenceFactory, CoordinatorFactory, OrganiserFactory, UserFactory

pytestmark = pytest.mark.django_db
BASE = "/admin/c/na-chi-lang-2027/"
ROLES = f"{BASE}settings/roles/"
WITHDRAW = f"{ROLES}withdraw/"
DEPUTIES = f"{BASE}deputies/"


@pytest.fixture
def conference(world) -> Conference:
    return Conference.objects.get(pk=world.names["conference"])


@pytest.fixture
def point(world) -> BridgePoint:
    return BridgePoint.objects.get(pk=world.names["point"])


def _invite(client, role: str, **more):
    return client.post(ROLES, {"email": "Moi@ViDu.example", "name": "Người Mới", "role": role, **more})


def _undo(client, response):
    """Press the button of the message that follows ``response``."""
    page = client.get(response["Location"]).content.decode()
    sent = re.search(r'name="undo" value="([^"]+)"', page)[1]
    return client.post(f"{BASE}undo/", {"undo": sent})


# --- inviting ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["organiser", "leader", "coordinator"])
def test_who_is_invited_gets_an_account_the_role_and_one_mail(world, conference, point, role):
    client = world.client("organiser here")
    before = Message.objects.count()
    for _ in range(2):
        assert _invite(client, role, point=point.pk).status_code == 302
    user = User.objects.get(email="moi@vidu.example")
    assert (user.is_staff, user.is_organiser, user.has_usable_password()) == (True, role == "organiser", False)
    has_role = {
        "organiser": conference.organisers.filter(pk=user.pk),
        "leader": conference.leaders.filter(pk=user.pk),
        "coordinator": point.coordinators.filter(user=user, deputy_of=None),
    }
    assert [name for name, rows in has_role.items() if rows.exists()] == [role]
    (message,) = Message.objects.order_by("-id")[: Message.objects.count() - before]
    assert message.address == user.email
    # The link opens the form for a code: whoever was just invited has no password to type.
    assert "http://diemcau.test/accounts/login/code/" in message.text
    assert "Hội nghị khai mạc: 08:00, 19/7/2027." in message.text
    assert LogEntry.objects.filter(change_message__contains=f'"name": "{role}"').count() == 1
    page = client.get(ROLES).content.decode()
    assert "moi@vidu.example" in page
    assert "chưa đăng nhập lần nào" in page


def test_a_coordinator_without_a_point_is_asked_for_it_where_the_field_is(world):
    response = _invite(world.client("organiser here"), "coordinator")
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["point"]
    assert 'value="Moi@ViDu.example"' in response.content.decode()
    assert not User.objects.filter(email="moi@vidu.example").exists()


def test_a_point_of_another_conference_cannot_be_chosen(world):
    foreign = BridgePoint.objects.exclude(conference=world.names["conference"]).first()
    assert _invite(world.client("organiser here"), "coordinator", point=foreign.pk).status_code == 422


# --- withdrawing ------------------------------------------------------------------------------------------------------


def test_an_organiser_is_withdrawn_in_one_press_and_comes_back_by_undo(world, conference):
    other = OrganiserFactory()
    conference.organisers.add(other)
    client = world.client("organiser here")
    response = client.post(WITHDRAW, {"who": f"organiser/{other.pk}"})
    assert not conference.organisers.filter(pk=other.pk).exists()
    _undo(client, response)
    assert conference.organisers.filter(pk=other.pk).exists()


def test_nobody_withdraws_the_last_organiser(world, conference):
    own = world.users["organiser here"]
    conference.organisers.add(OrganiserFactory(is_active=False))
    for role in ("organiser here", "superuser"):
        response = world.client(role).post(WITHDRAW, {"who": f"organiser/{own.pk}", "sure": "yes"})
        assert "duy nhất" in " ".join(str(message) for message in get_messages(response.wsgi_request))
    assert conference.organisers.filter(pk=own.pk).exists()


def test_who_withdraws_their_own_role_is_asked_first(world, conference):
    own = world.users["organiser here"]
    conference.organisers.add(OrganiserFactory())
    client = world.client("organiser here")
    asked = client.post(WITHDRAW, {"who": f"organiser/{own.pk}"})
    assert asked.status_code == 200
    assert "dc-harsh" in asked.content.decode()
    assert conference.organisers.filter(pk=own.pk).exists()
    assert client.post(WITHDRAW, {"who": f"organiser/{own.pk}", "sure": "yes"})["Location"] == "/admin/conferences/"
    assert client.get(ROLES).status_code == 404


def test_a_leader_is_withdrawn_and_comes_back_by_undo(world, conference):
    leader = world.users["leader"]
    client = world.client("organiser here")
    response = client.post(WITHDRAW, {"who": f"leader/{leader.pk}"})
    assert world.client("leader").get(BASE).status_code == 404
    _undo(client, response)
    assert world.client("leader").get(BASE).status_code == 200


def test_a_coordinator_goes_with_their_deputies_and_they_come_back_together(world, point):
    row = point.coordinators.get()
    deputy = CoordinatorFactory(bridge_point=point, deputy_of=row)
    client = world.client("organiser here")
    response = client.post(WITHDRAW, {"who": f"coordinator/{row.pk}"})
    assert not point.coordinators.exists()
    _undo(client, response)
    again = point.coordinators.get(user=row.user)
    assert (again.pk, again.deputy_of) == (row.pk, None)
    assert point.coordinators.get(user=deputy.user).deputy_of == again


@pytest.mark.parametrize("who", ["organiser/x", "organiser/99999999999999999999", "king/1", "organiser", ""])
def test_what_is_nobody_is_withdrawn_from_nobody(world, who):
    assert world.client("organiser here").post(WITHDRAW, {"who": who}).status_code in (302, 404)


def test_a_coordinator_of_another_conference_is_not_found(world):
    foreign = CoordinatorFactory(bridge_point=BridgePoint.objects.exclude(conference=world.names["conference"]).first())
    assert world.client("organiser here").post(WITHDRAW, {"who": f"coordinator/{foreign.pk}"}).status_code == 404
    assert Coordinator.objects.filter(pk=foreign.pk).exists()


# --- deputies ---------------------------------------------------------------------------------------------------------


def test_a_coordinator_names_a_deputy_who_may_do_the_same_but_names_nobody(world, point):
    client = world.client("coordinator here")
    assert client.post(DEPUTIES, {"email": "pho@vidu.example", "name": "Phó", "point": point.pk}).status_code == 302
    row = point.coordinators.get(user__email="pho@vidu.example")
    assert row.deputy_of.user == world.users["coordinator here"]
    world.users["deputy"] = row.user
    deputy = world.client("deputy")
    assert deputy.get(f"/admin/lists/point/{point.pk}/delegates.xlsx").status_code == 200
    assert deputy.get(DEPUTIES).status_code == 404
    assert deputy.post(DEPUTIES, {"email": "x@vidu.example", "point": point.pk}).status_code == 404


def test_a_coordinator_withdraws_their_own_deputies_only(world, point):
    own = CoordinatorFactory(bridge_point=point, deputy_of=point.coordinators.get())
    beside = CoordinatorFactory(bridge_point=point)
    client = world.client("coordinator here")
    assert client.post(f"{DEPUTIES}{beside.pk}/withdraw/").status_code == 404
    response = client.post(f"{DEPUTIES}{own.pk}/withdraw/")
    assert not Coordinator.objects.filter(pk=own.pk).exists()
    _undo(client, response)
    assert Coordinator.objects.get(pk=own.pk).deputy_of.user == world.users["coordinator here"]


def test_a_coordinator_cannot_name_anybody_at_a_point_of_others(world):
    hall = BridgePoint.objects.get(conference=world.names["conference"], is_hub=True)
    response = world.client("coordinator here").post(DEPUTIES, {"email": "x@vidu.example", "point": hall.pk})
    assert response.status_code == 422
    assert not User.objects.filter(email="x@vidu.example").exists()


def test_who_was_a_deputy_and_is_appointed_is_one_no_longer(world, point):
    deputy = CoordinatorFactory(bridge_point=point, deputy_of=point.coordinators.get())
    client = world.client("organiser here")
    client.post(ROLES, {"email": deputy.user.email, "role": "coordinator", "point": point.pk})
    deputy.refresh_from_db()
    assert deputy.deputy_of is None


def test_a_duplicate_has_the_same_deputies(conference, point):
    deputy = CoordinatorFactory(bridge_point=point, deputy_of=point.coordinators.get())
    copy = duplicate(
        conference=conference, slug="moi", name="Mới", short_name="Mới", starts_at=START.replace(year=2028), now=NOW
    )
    row = Coordinator.objects.get(bridge_point__conference=copy, user=deputy.user)
    assert row.deputy_of.user == deputy.deputy_of.user
    assert row.deputy_of.bridge_point.conference == copy


# --- what a leader sees -----------------------------------------------------------------------------------------------


def test_a_leader_reads_numbers_that_lead_nowhere_else(world):
    client = world.client("leader")
    page = client.get(BASE).content.decode()
    content = page[page.index('<div class="dc-ov">') :]
    assert set(re.findall(r'href="(/[^"]*)"', content)) == set()
    tabs = page[page.index("dc-ws-tabs") : page.index("</nav>", page.index("dc-ws-tabs"))]
    for address in re.findall(r'href="([^"]+)"', tabs):
        # The tab of the day leads on to the first page that they see.
        assert client.get(address, follow=True).status_code == 200
    assert "/admin/all/" not in page


def test_a_leader_reads_no_name_phone_or_address(world):
    client = world.client("leader")
    answers = [client.get(address) for address in (BASE, f"{BASE}papers/")]
    assert [answer.status_code for answer in answers] == [200, 200]
    texts = [answer.content.decode() for answer in answers]
    for delegate in Delegate.objects.filter(registration__conference=world.names["conference"]):
        for secret in (delegate.full_name, delegate.email, str(delegate.phone), delegate.phone.as_national):
            assert not any(secret in text for text in texts)


def test_the_list_of_delegates_for_a_leader_has_names_and_no_phones(world, point):
    client = world.client("leader")
    made = Document(io.BytesIO(client.get(f"{BASE}papers/{point.pk}/delegates.docx").content))
    every = {cell.text for table in made.tables for row in table.rows for cell in row.cells}
    delegate = Delegate.objects.filter(registration=world.names["registration"]).first()
    assert delegate.full_name in every
    assert "Điện thoại" not in every
    assert not any(re.search(r"\d{4} ?\d{3} ?\d{3}", text) for text in every)


# --- constant queries -------------------------------------------------------------------------------------------------


def test_the_page_takes_the_same_queries_with_one_and_with_many(
    world, point, conference, django_assert_max_num_queries
):
    client = world.client("organiser here")

    def queries() -> int:
        with django_assert_max_num_queries(40) as taken:
            client.get(ROLES)
        return len(taken)

    first = queries()
    for _ in range(3):
        conference.organisers.add(OrganiserFactory())
        conference.leaders.add(UserFactory(is_staff=True))
        CoordinatorFactory(bridge_point=point, deputy_of=CoordinatorFactory(bridge_point=point))
    assert queries() == first


# --- what goes with the last role -------------------------------------------------------------------------------------


def _new_person() -> User:
    return User.objects.get(email="moi@vidu.example")


def _rights(user: User) -> tuple[bool, bool]:
    user.refresh_from_db()
    return user.is_staff, user.is_organiser


@pytest.mark.parametrize("role", ["organiser", "leader", "coordinator"])
def test_with_the_last_role_goes_what_an_invitation_brought_and_undo_brings_it_back(world, point, role):
    client = world.client("organiser here")
    _invite(client, role, point=point.pk)
    user = _new_person()
    invited = Client()
    invited.force_login(user)
    assert invited.get(BASE).status_code in (200, 302)
    row = user.pk if role != "coordinator" else point.coordinators.get(user=user).pk
    response = client.post(WITHDRAW, {"who": f"{role}/{row}"})
    assert _rights(user) == (False, False)
    # The session goes on as a registrant's; staff pages are closed to it.
    assert invited.get("/accounts/registrations/").status_code == 200
    assert invited.get("/admin/conferences/new/", follow=True).status_code == 403
    assert "/admin/" not in invited.get("/").content.decode()
    _undo(client, response)
    assert _rights(user) == (True, role == "organiser")


def test_who_has_another_role_keeps_the_way_in_and_loses_only_the_right_to_create(world, conference, point):
    client = world.client("organiser here")
    _invite(client, "organiser")
    _invite(client, "coordinator", point=point.pk)
    user = _new_person()
    client.post(WITHDRAW, {"who": f"organiser/{user.pk}"})
    assert _rights(user) == (True, False)
    client.post(WITHDRAW, {"who": f"coordinator/{point.coordinators.get(user=user).pk}"})
    assert _rights(user) == (False, False)


def test_who_organises_another_conference_goes_on_doing_so(world, conference):
    _invite(world.client("organiser here"), "organiser")
    user = _new_person()
    ConferenceFactory(organisers=[user])
    world.client("organiser here").post(WITHDRAW, {"who": f"organiser/{user.pk}"})
    assert _rights(user) == (True, True)


def test_what_an_administrator_gave_stays_and_the_page_says_so(world, conference):
    other = OrganiserFactory()
    conference.organisers.add(other)
    client = world.client("organiser here")
    assert "quản trị viên cấp" in client.get(ROLES).content.decode()
    response = client.post(WITHDRAW, {"who": f"organiser/{other.pk}"})
    assert _rights(other) == (True, True)
    assert "quản trị viên" in " ".join(str(message) for message in get_messages(response.wsgi_request))


def test_an_administrator_who_ticks_the_right_makes_it_stay(world, conference):
    client = world.client("organiser here")
    _invite(client, "leader")
    user = _new_person()
    form = {"email": user.email, "name": user.name, "phone": "", "is_active": "on", "is_staff": "on"}
    page = world.client("superuser").post(
        f"/admin/accounts/user/{user.pk}/change/", {**form, "staff_by_role": "on", "is_organiser": "on"}
    )
    assert page.status_code == 302, page.context["errors"]
    client.post(WITHDRAW, {"who": f"leader/{user.pk}"})
    assert _rights(user) == (True, True)


def test_deputies_lose_it_with_their_coordinator(world, point):
    client = world.client("organiser here")
    _invite(client, "coordinator", point=point.pk)
    row = point.coordinators.get(user=_new_person())
    deputy = CoordinatorFactory(bridge_point=point, deputy_of=row, user__is_staff=True, user__staff_by_role=True)
    response = client.post(WITHDRAW, {"who": f"coordinator/{row.pk}"})
    assert _rights(deputy.user) == (False, False)
    _undo(client, response)
    assert _rights(deputy.user) == (True, False)


# --- the mail about it ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "words"),
    [("organiser", "ban tổ chức"), ("leader", "số liệu và giấy tờ"), ("coordinator", "làm đầu mối điểm cầu")],
)
def test_the_mail_greets_by_name_says_who_invites_and_whom_to_ask(world, conference, point, role, words):
    Conference.objects.filter(pk=conference.pk).update(contact_name="Lê Thị Hỏi", contact_email="hoi@vidu.example")
    _invite(world.client("organiser here"), role, point=point.pk)
    text = Message.objects.latest("id").text
    assert text.startswith("Kính gửi Ông/Bà Người Mới,")
    assert words in text
    own = world.users["organiser here"]
    assert f"Người mời: {own.name} ({own.email})" in text
    assert "liên hệ: Lê Thị Hỏi, " in text
    assert text.endswith("Trân trọng,\nLê Thị Hỏi\n")


def test_a_deputy_is_told_that_they_are_a_deputy_and_of_whom(world, point):
    above = point.coordinators.get().user
    client = Client()
    client.force_login(above)
    client.post(DEPUTIES, {"email": "moi@vidu.example", "name": "Người Mới", "point": point.pk})
    message = Message.objects.latest("id")
    assert message.subject.startswith("Phân công phó đầu mối")
    assert "làm phó đầu mối điểm cầu" in message.text
    assert f"Người mời: {above.name}" in message.text
