"""A dump that is really restored: nothing leaves a second time, whatever left after it was made."""

from datetime import timedelta

import pytest
from django.utils import timezone

from outbox.models import Message
from tests.support.factories import BridgePointFactory, ConferenceFactory, registered
from tests.support.fakes import SMTPSink
from tests.support.site_process import copy_of_database, environment, manage

pytestmark = pytest.mark.django_db(transaction=True)
ADDRESS = "dai.bieu100@vidu.example"


@pytest.fixture
def sink():
    server = SMTPSink()
    yield server
    server.close()


def test_what_left_after_the_dump_does_not_leave_again(tmp_path, sink):
    now = timezone.now()
    # The reminder of an hour before belonged out five minutes ago.
    conference = ConferenceFactory(
        starts_at=now + timedelta(minutes=55), ends_at=now + timedelta(hours=3), scheduled_at=now - timedelta(days=60)
    )
    registered(BridgePointFactory(conference=conference), now=now - timedelta(hours=2))
    Message.objects.exclude(channel="email").delete()
    database = copy_of_database(tmp_path)
    try:
        site = environment(tmp_path, sink, database.url)
        # The site is alive and has nothing to do; then the confirmation comes in, and the dump is made, an hour ago.
        database.execute("UPDATE messaging_rule SET is_active = false", "UPDATE outbox_message SET state = 'cancelled'")
        manage("deliver", environment=site)
        assert sink.mails == []
        # Every restart is well.
        manage("deliver", environment=site)
        assert "Nothing is held" in manage("outbox", "--review", environment=site)
        made = (now - timedelta(hours=1)).strftime("%Y-%m-%d %H:%M:%S+00:00")
        database.execute(
            "UPDATE messaging_rule SET is_active = true",
            "UPDATE outbox_message SET state = 'queued'",
            f"UPDATE outbox_installation SET seen_at = '{made}'",
        )
        database.dump()

        manage("deliver", environment=site)
        assert [to for to, _mail in sink.mails] == [ADDRESS] * 2, "the confirmation, and the reminder an hour before"

        database.restore()
        manage("deliver", environment=site)
        manage("deliver", environment=site)
        assert len(sink.mails) == 2
        review = manage("outbox", "--review", environment=site)
        assert "this database was restored" in review
        assert "1 wait, 1 of them from before" in review
        assert f"email to {ADDRESS}" in review
        assert "not planned, since it may have left" in review
        assert "--drop" in manage("outbox", "--release", environment=site, fails=True)
        assert "1 dropped; 0 leave" in manage("outbox", "--release", "--drop", environment=site)
        manage("deliver", environment=site)
        assert len(sink.mails) == 2

        # Once more, and this time nothing had left.
        database.restore()
        manage("deliver", environment=site)
        assert len(sink.mails) == 2
        assert "0 dropped; 1 leave" in manage("outbox", "--release", "--send", environment=site)
        manage("deliver", environment=site)
        assert len(sink.mails) == 4
    finally:
        database.drop()
