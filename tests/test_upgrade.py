"""A database as release 0.2.0 left it is brought to the present, with what stands in it."""

import base64
from collections.abc import Iterable, Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt
from django.contrib.sessions.models import Session as OldSession
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.test import Client

from attendance.models import Attendance
from lists.models import ImportJob
from messaging.models import KnownDetails, KnownTime
from outbox import hold
from outbox.models import Message
from registrations.models import Delegate, Erasure, Guest, Registration
from registrations.tokens import derive_all, fingerprint
from tests.conftest import NOW
from tests.support.factories import START

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_now")]

#: The last migrations of 0.2.0.
RELEASE_0_2_0 = [
    ("accounts", "0001_initial"),
    ("attendance", "0001_initial"),
    ("bridges", "0002_provinces"),
    ("conference", "0001_initial"),
    # A room that came later: nothing of it was there.
    ("control", None),
    ("demo", "0001_initial"),
    ("lists", "0001_initial"),
    ("messaging", "0001_initial"),
    ("outbox", "0001_initial"),
    ("registrations", "0001_initial"),
]
SECRET = "JBSWY3DPEHPK3PXP"
BEAT = NOW - timedelta(hours=2)


def migrate(targets: Iterable[tuple[str, str | None]] = ()) -> Any:
    """Bring the database to ``targets``, whatever they do not name to the present; returns the models of then."""
    executor = MigrationExecutor(connection)
    now = executor.loader.graph.leaf_nodes()
    ours = dict(targets)
    executor.migrate(wanted := [(app, ours.get(app, name)) for app, name in now])
    return executor.loader.project_state([target for target in wanted if target[1]]).apps


def _drop_all_tables() -> None:
    """From the beginning to 0.2.0 is a shorter way than back from the present."""
    sql = connection.SchemaEditorClass.sql_delete_table
    with connection.constraint_checks_disabled(), connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(sql % {"table": connection.ops.quote_name(table)})


@pytest.fixture
def old(at_now) -> Iterator[SimpleNamespace]:
    """A database of 0.2.0 with a row of each kind; their keys and links."""
    _drop_all_tables()
    apps = migrate(RELEASE_0_2_0)
    try:
        yield _fill(apps.get_model)
    finally:
        migrate()


def _link(purpose: str) -> dict[str, Any]:
    """The columns of a personal link, with the link itself as 0.2.0 wrote it: by the key of now, in base64."""
    uid = uuid4()
    token = list(derive_all(purpose, uid, 1))[-1]
    assert len(base64.urlsafe_b64decode(f"{token}==")) == 16
    return {"token": token, "columns": {"uid": uid, "token_version": 1, "token_hash": fingerprint(token)}}


def _fill(model: Any) -> SimpleNamespace:
    user = model("accounts", "User").objects.create(email="can.bo@vidu.example", is_staff=True, password="!")
    model("mfa", "Authenticator").objects.create(user_id=user.pk, type="totp", data={"secret": SECRET})
    model("sessions", "Session").objects.create(session_key="k" * 32, session_data="x", expire_date=START)
    conference = model("conference", "Conference").objects.create(
        slug="na-2027", name="Hội nghị na", short_name="Na", starts_at=START, ends_at=START + timedelta(hours=3),
        is_published=True, is_tentative=True,
    )  # fmt: skip
    point = model("bridges", "BridgePoint").objects.create(
        conference=conference, kind="venue", name="Hội trường", seats=9, seats_taken=2
    )
    model("bridges", "Connection").objects.create(bridge_point=point, web_url="https://192.168.1.20/hop")
    model("messaging", "KnownTime").objects.create(conference=conference, starts_at=START)
    model("messaging", "KnownDetails").objects.create(bridge_point=point, changed=["web_url"], notices=1)
    invitation = model("registrations", "Invitation").objects.create(
        conference=conference, name="Sở Công Thương", **_link("invitation")["columns"]
    )
    guest = model("registrations", "Guest").objects.create(invitation=invitation, name="Khách", email="k@vidu.example")
    organisation = model("registrations", "Organisation").objects.create(kind="cooperative", name="HTX Ví Dụ")
    own = _link("registration")
    registration = model("registrations", "Registration").objects.create(
        conference=conference, bridge_point=point, organisation=organisation, state="confirmed", seats=2,
        holds_seats=True, contact_name="Nguyễn Văn Một", contact_email="mot@vidu.example",
        contact_phone="+84900000001", created_at=NOW - timedelta(days=1), confirmed_at=NOW - timedelta(days=1),
        **own["columns"],
    )  # fmt: skip
    links = [_link("delegate") for _ in range(2)]
    people = [
        model("registrations", "Delegate").objects.create(
            registration=registration, full_name=name, email=f"{name[-3:].lower()}@vidu.example", is_contact=not number,
            **links[number]["columns"],
        )
        for number, name in enumerate(["Nguyễn Văn Một", "Trần Thị Hai"])
    ]  # fmt: skip
    model("attendance", "Attendance").objects.create(
        delegate=people[0], conference=conference, bridge_point=point, mode="in_person", first_at=NOW, last_at=NOW
    )
    model("registrations", "Erasure").objects.create(
        conference=conference, at=NOW, way="staff", registrations=1, delegates=1, messages=1
    )
    messages = model("outbox", "Message").objects
    for state in ("queued", "sent"):
        messages.create(
            key=state, channel="email", address="mot@vidu.example", text="Lời", state=state, due_at=START,
            created_at=BEAT - timedelta(hours=1), sent_at=NOW if state == "sent" else None,
            person=f"delegate/{people[0].pk}",
        )  # fmt: skip
    model("outbox", "Heartbeat").objects.create(name="beat", at=BEAT)
    model("lists", "ImportJob").objects.create(
        conference=conference, kind="people", file_name="danh-sach.csv", created_at=NOW
    )
    return SimpleNamespace(
        registration=registration.pk, guest=guest.pk, own=own["token"], joins=[link["token"] for link in links]
    )


# One test: making the database takes seconds.
def test_what_stands_in_a_database_of_0_2_0_is_there_after_the_upgrade(old, client):
    migrate()
    _check_links(old, client)
    _check_rows(old)
    _check_sign_in()
    _check_what_is_known_of_the_installation()


def _check_links(old: SimpleNamespace, client: Client) -> None:
    own_page = client.get(f"/r/{old.own}/")
    assert own_page.status_code == 200
    assert "Trần Thị Hai" in own_page.content.decode()
    assert [client.get(f"/j/{token}/").status_code for token in old.joins] == [200, 200]


def _check_rows(old: SimpleNamespace) -> None:
    # The SMS of colleagues wait for nobody: they have had them.
    assert not Registration.objects.get(pk=old.registration).colleagues_wait
    assert [d.full_name for d in Delegate.objects.as_entered()] == ["Nguyễn Văn Một", "Trần Thị Hai"]
    assert Guest.objects.get().pk == old.guest
    messages = set(Message.objects.values_list("key", "state", "text"))
    assert messages == {("queued", "queued", "Lời"), ("sent", "sent", "Lời")}
    there = Attendance.objects.get()
    assert there.checked_in_at == there.first_at
    assert KnownTime.objects.get().is_tentative
    assert KnownDetails.objects.get().changed_for_delegates == ["web_url"]
    assert ImportJob.objects.get().state == "checked"
    assert Erasure.objects.get().by is None


def _check_sign_in() -> None:
    """Everybody signs in once more, with the second factor that they have; the database no longer shows its secret."""
    assert not OldSession.objects.exists()
    sealed = Authenticator.objects.get().data["secret"]
    assert SECRET not in sealed
    assert decrypt(sealed) == SECRET


def _check_what_is_known_of_the_installation() -> None:
    with transaction.atomic():
        # An upgrade where the database lies is no restoring.
        assert hold.look(NOW).held_since is None
        transaction.set_rollback(True)
    # Of a dump, held by hand, the last sign of life is known: reminders of the time since are left out.
    left_out = hold.left_out(hold.hold_by_hand(NOW))
    assert [left_out(BEAT - timedelta(minutes=3)), left_out(NOW - timedelta(hours=1))] == [False, True]
