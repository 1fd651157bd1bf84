"""What is stored in codes or in English is read in words, and a state says what is true."""

import ast
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import translation

from accounts import messages as account_messages
from accounts.models import User
from conference.models import Conference, Phase
from messaging import kind_names, message_kinds
from messaging.kind_names import KIND_NAMES
from messaging.message_kinds import LABELS
from outbox import queue
from outbox.models import Message
from registrations.models import Registration
from tests.conftest import NOW
from tests.support.factories import BridgePointFactory, ConferenceFactory, OrganiserFactory, UserFactory
from tests.support.html_forms import filled_in
from tests.test_access_matrix import GET, read_anew, rows

pytestmark = pytest.mark.django_db

#: Codes of the outbox, what it writes itself, and what a library calls a version.
_CODES = (
    "own_page", "follow_up", "staff_reminder", "staff_news", "called_off", "No usable", "istorical", "sign_in_code",
    "account_", "appointed", "channel_stopped", "sms_held_back", "trial",
)  # fmt: skip


def words_of(html: str) -> str:
    return " ".join(re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", html, flags=re.DOTALL).split())


#: Which ``account_…`` mails this site sends; the adapter makes their kinds out of the names of allauth's templates.
_ACCOUNT_MAILS = (
    "login_code", "email_confirmation", "email_confirmation_signup", "password_reset_key", "unknown_account",
    "account_already_exists", "second_factor_reset",
)  # fmt: skip
#: Rooms that write into the outbox.
_WRITERS = ("accounts", "bridges", "conference", "messaging", "registrations")


def constants_of(value: ast.expr) -> Iterator[str]:
    """The texts that ``value`` can be: a text, one of two, or the name of one in capitals, as in the code."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    elif isinstance(value, ast.IfExp):
        yield from (*constants_of(value.body), *constants_of(value.orelse))
    elif isinstance(value, ast.Name | ast.Attribute):
        name = value.id if isinstance(value, ast.Name) else value.attr
        yield from (
            text
            for module in (account_messages, message_kinds, kind_names)
            if name.isupper() and isinstance(text := getattr(module, name, None), str)
        )


def kinds_given_to(call: ast.Call) -> Iterator[ast.expr]:
    """What ``call`` is given as a kind of message, if it writes messages."""
    name = ast.unparse(call.func).rpartition(".")[2]
    if name in ("Message", "Occasion", "about", "_post", "tell", "tell_of_role"):
        yield from (keyword.value for keyword in call.keywords if keyword.arg == "kind")
    # The alarms have it in the second place.
    elif name == "_write" and len(call.args) > 1:
        yield call.args[1]


def kinds_in_use() -> set[str]:
    """Every kind of message that the code names where it writes one, those of registrations and of rules."""
    found = {str(state) for state in Registration.State} | {f"account_{name}" for name in _ACCOUNT_MAILS}
    found |= {*message_kinds.BY_RULE, *message_kinds.NOTICES}
    for room in _WRITERS:
        for path in (settings.BASE_DIR / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    found.update(text for value in kinds_given_to(node) for text in constants_of(value))
    return found


@pytest.mark.usefixtures("at_now")
def test_every_kind_that_the_code_writes_has_a_name_in_the_outbox_and_among_what_is_held(client):
    kinds = kinds_in_use()
    assert kinds >= {"sign_in_code", "appointed", "channel_stopped", "sms_held_back", "trial", "moved", "announcement"}
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    client.post("/admin/held/", {"choice": "hold"})
    queue.post(
        Message(key=f"k{number}", channel="sms", address="+84912345678", kind=kind, due_at=NOW, created_at=NOW)
        for number, kind in enumerate(sorted(kinds))
    )
    # The world of other tests of this module may be there as well.
    named = Message.objects.filter(key__in=[f"k{number}" for number in range(len(kinds))])
    assert named.count() == len(kinds)
    message = named.get(kind="trial")
    for address in ("/admin/outbox/message/", f"/admin/outbox/message/{message.pk}/change/", "/admin/held/"):
        words = words_of(client.get(address).content.decode())
        found = [kind for kind in kinds if re.search(rf"\b{kind}\b", words)]
        assert found == [], address
        assert str(KIND_NAMES["trial"]).casefold() in words.casefold()


@pytest.mark.one_engine
def test_no_page_for_staff_says_a_code(world):
    Message.objects.update(state="failed", error="No usable address.")
    for number, kind in enumerate(kinds_in_use()):
        Message.objects.create(
            key=f"code-{number}", channel="sms", address="+84912345678", kind=kind, due_at=NOW, created_at=NOW
        )
    shown = {}
    pages = [row for row in rows(GET) if row.startswith("/admin/")]
    for row, answer in read_anew(world, pages, "superuser"):
        if "html" in answer.content_type:
            words = words_of(answer.content.decode())
            if found := [code for code in _CODES if code in words]:
                shown[row] = found
    assert shown == {}


@pytest.mark.usefixtures("at_now")
class TestAtNow:
    def test_the_outbox_names_channel_and_kind_and_why(self, client):
        message = Message.objects.create(
            key="k", channel="sms", address="+84912345678", kind="starting", due_at=NOW, created_at=NOW,
            state="failed", error="No usable address.",
        )  # fmt: skip
        client.force_login(UserFactory(is_staff=True, is_superuser=True))
        for address in ("/admin/outbox/message/", f"/admin/outbox/message/{message.pk}/change/"):
            words = words_of(client.get(address).content.decode())
            assert str(LABELS["starting"]) in words
            assert "SMS" in words
            assert "starting" not in words
            assert "sms" not in words

    @pytest.mark.parametrize(
        ("change", "phase"),
        [
            ({"cancelled_at": NOW}, Phase.CANCELLED),
            ({"starts_at": NOW - timedelta(hours=1), "ends_at": NOW + timedelta(hours=1)}, Phase.RUNNING),
            ({"starts_at": NOW - timedelta(hours=4), "ends_at": NOW - timedelta(hours=1)}, Phase.OVER),
            ({"registration_opens_at": NOW + timedelta(days=1)}, Phase.SOON),
        ],
    )
    def test_a_point_is_not_called_open_while_its_conference_takes_nobody(self, client, change, phase):
        organiser = OrganiserFactory()
        BridgePointFactory(conference=ConferenceFactory(organisers=[organiser]))
        client.force_login(organiser)
        with translation.override("en"):
            client.cookies["django_language"] = "en"
            assert "registration open" in words_of(client.get("/admin/bridges/bridgepoint/").content.decode())
            Conference.objects.update(**change)
            words = words_of(client.get("/admin/bridges/bridgepoint/").content.decode())
            assert "registration open line" not in words
            assert f"{phase.label} line" in words

    def test_who_is_made_an_organiser_gets_into_the_administration(self, client):
        client.force_login(UserFactory(is_staff=True, is_superuser=True))
        user = UserFactory()
        address = f"/admin/accounts/user/{user.pk}/change/"
        response = client.post(address, filled_in(client.get(address), is_organiser="on"))
        assert list(response.context["adminform"].form.errors) == ["is_staff"]
        assert not User.objects.get(pk=user.pk).is_organiser
        response = client.post(address, filled_in(client.get(address), is_organiser="on", is_staff="on"))
        assert response.status_code == 302
        user = User.objects.get(pk=user.pk)
        assert user.is_organiser
        client.force_login(user)
        assert client.get("/admin/").status_code == 200

    def test_a_new_organiser_without_access_is_asked_about_at_the_box(self, client):
        client.force_login(UserFactory(is_staff=True, is_superuser=True))
        data = {"email": "moi@vidu.example", "usable_password": "false", "is_organiser": "on"}
        response = client.post("/admin/accounts/user/add/", data)
        assert "is_staff" in response.context["adminform"].form.errors
        assert not User.objects.filter(email="moi@vidu.example").exists()

    def test_the_database_keeps_no_organiser_without_access(self):
        with pytest.raises(IntegrityError), transaction.atomic():
            UserFactory(is_organiser=True)
