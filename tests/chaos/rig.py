"""What every fault is tried on: the site's real processes between a database, a broker and far sides of our own."""

import json
import os
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

import psycopg2

from tests.chaos import visitors
from tests.chaos.servers import ROOT, Hung, PostgreSQL, Process, Redis, Stage, basic_environment, free_port, wait_until

SLUG = "hoi-nghi-thu"
#: What is not over: somebody must still do something about it.
OPEN_STATES = ("queued", "claimed", "sending")


class FarSide:
    """The mail server and the SMS gateway (tests/chaos/far_side.py), and how to talk to them."""

    def __init__(self, stage: Stage) -> None:
        self.mail_port, self.sms_port, self._control_port = free_port(), free_port(), free_port()
        ports = [str(p) for p in (self.mail_port, self.sms_port, self._control_port)]
        stage.process("far-side", [sys.executable, "-m", "tests.chaos.far_side", *ports])
        wait_until(self._answers, "the far side answers")

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self._control_port), 1).close()
        except OSError:
            return False
        return True

    def _order(self, **order: Any) -> dict[str, Any]:
        with socket.create_connection(("127.0.0.1", self._control_port), 10) as line:
            line.sendall(json.dumps(order).encode() + b"\n")
            return json.loads(line.makefile("rb").readline())

    def mail(self, **mode: Any) -> None:
        """Have the mail server behave so (fields of ``far_side.MailMode``); what is not named is healthy."""
        self._order(mail=mode)

    def sms(self, **mode: Any) -> None:
        """Have the SMS gateway behave so (fields of ``far_side.SMSMode``)."""
        self._order(sms=mode)

    def forget(self) -> None:
        """Be healthy and know nothing."""
        self._order(mail={}, sms={}, forget=True)

    def keep(self, count: int) -> None:
        """Keep the text of the next so many mails."""
        self._order(keep=count)

    def kept(self) -> list[bytes]:
        """The mails that were kept, as they came over the line."""
        return [text.encode("latin-1") for text in self._order(kept=True)["kept"]]

    def arrived(self) -> int:
        """How many copies of anything have arrived."""
        counts = self._order()
        return counts["mails"] + counts["texts"]

    def ledger(self) -> dict[str, list]:
        """All that arrived: lists ``mails``, ``texts``, ``connections`` as in ``far_side.Ledger``."""
        return self._order(tell=True)


@dataclass
class Verdict:
    """What one fault did: figures to print, and the promises that it broke."""

    figures: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def figure(self, words: str) -> None:
        self.figures.append(words)

    def promise(self, holds: object, otherwise: str) -> None:
        """Note ``otherwise`` as broken unless ``holds``."""
        if not holds:
            self.broken.append(otherwise)


@dataclass
class Count:
    """The outbox compared with what the far sides saw."""

    states: Counter
    lost: list[str]
    #: copies beyond the first, by channel
    copies: Counter
    #: persons who saw more than one Message-ID for one message
    strangers: list[str]
    #: sent although the outbox says otherwise: keys by state
    unbooked: Counter

    def words(self, copies_of: Iterable[str] = ("email", "sms")) -> str:
        copies = " + ".join(f"{self.copies[channel]} {channel}" for channel in copies_of)
        return f"lost {len(self.lost)}, copies {copies}"


class Site:
    """One installation: a database of its own, and the processes started for it. Leaving it ends them."""

    def __init__(self, rig: "Rig", database: str) -> None:
        self.rig = rig
        self.database = database
        #: what its processes see beside ``Rig.environment``
        self.environment: dict[str, str] = {}
        self._processes: list[Process] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for process in self._processes:
            process.kill()

    # --- processes ----------------------------------------------------------------------------------------------------

    def start(self, name: str, *command: str, **environment: str) -> Process:
        """Start ``command`` of our Python for this site."""
        everything = {**self.rig.environment(self.database), **self.environment, **environment}
        process = self.rig.stage.process(name, [sys.executable, *command], environment=everything)
        self._processes.append(process)
        return process

    def loop(self, **environment: str) -> Process:
        """``manage.py deliver --loop``."""
        return self.start("loop", "manage.py", "deliver", "--loop", **environment)

    def worker(self, concurrency: int = 2, *, name: str = "worker", **environment: str) -> Process:
        """A Celery worker."""
        options = ["--concurrency", str(concurrency), "--loglevel", "WARNING", "--hostname", f"{name}@%h"]
        return self.start(name, "-m", "celery", "-A", "conference", "worker", *options, **environment)

    def beat(self, *, name: str = "beat", **environment: str) -> Process:
        """Celery beat, with its memory in a folder of its own as on a machine of its own."""
        schedule = str(self.rig.stage.folder / f"{self.database}-{name}")
        options = ["--loglevel", "WARNING", "--pidfile", "", "--schedule", schedule]
        return self.start(name, "-m", "celery", "-A", "conference", "beat", *options, **environment)

    def services(self, **environment: str) -> Process:
        """``manage.py services``: everything, as forks of one parent."""
        options = ["--bind", f"127.0.0.1:{free_port()}", "--workers", "1", "--patience", "30"]
        return self.start("services", "manage.py", "services", *options, **environment)

    def web(
        self, workers: int = 2, application: str = "conference.wsgi", port: int | None = None
    ) -> tuple[Process, int]:
        """gunicorn, and its port: ``port`` for one that takes the place of another."""
        port = port or free_port()
        options = ["--bind", f"127.0.0.1:{port}", "--workers", str(workers), "--no-control-socket"]
        process = self.start("web", "-m", "gunicorn", application, *options, "--log-level", "warning")

        def answers() -> bool:
            if process.exit_code is not None:
                raise Hung(f"gunicorn does not start: {process.words()}")
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
            except OSError:
                return False
            return True

        def is_loaded() -> bool:
            with suppress(OSError):
                return visitors.ask(port, "GET", "/healthz")[0] > 0
            return False

        wait_until(answers, "gunicorn answers")
        # The port is open before the workers have loaded the site, which takes long where others work too.
        with ThreadPoolExecutor(2 * workers) as pool:
            list(pool.map(lambda _: wait_until(is_loaded, "gunicorn has loaded the site", 180), range(4 * workers)))
        return process, port

    # --- the database -------------------------------------------------------------------------------------------------

    def query(self, sql: str, *values: Any) -> list[tuple]:
        """Run ``sql`` over a connection of its own and return its rows, if any; waits for a server that restarts."""
        deadline = time.monotonic() + 30
        while True:
            try:
                connection = psycopg2.connect(self.rig.postgres.url(self.database))
                try:
                    with connection, connection.cursor() as cursor:
                        cursor.execute(sql, values or None)
                        return cursor.fetchall() if cursor.description else []
                finally:
                    connection.close()
            except psycopg2.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def number(self, sql: str, *values: Any) -> Any:
        """The one value that ``sql`` asks for."""
        return self.query(sql, *values)[0][0]

    def unfinished(self, where: str = "TRUE") -> int:
        """How many due messages are not over yet."""
        sql = f"SELECT count(*) FROM outbox_message WHERE state IN %s AND due_at <= now() AND {where}"
        return self.number(sql, OPEN_STATES)

    def wait_until_finished(self, seconds: float, where: str = "TRUE") -> float:
        """Wait until nothing that is due is open; returns the seconds, or infinity when it takes too long."""
        try:
            return wait_until(lambda: not self.unfinished(where), "everything is out", seconds, 0.2)
        except Hung:
            return float("inf")

    def due_now(self, where: str = "TRUE") -> int:
        """Make queued messages due this moment; returns how many."""
        changed = self.query(
            "UPDATE outbox_message SET due_at = now(), created_at = now()"
            f" WHERE state = 'queued' AND {where} RETURNING 1"
        )
        return len(changed)

    def longest_wait(self, where: str = "TRUE") -> float:
        """The longest time in seconds between a sent message's being due and its leaving."""
        sql = (
            "SELECT coalesce(max(extract(epoch FROM sent_at - due_at)), 0) FROM outbox_message"
            f" WHERE state = 'sent' AND {where}"
        )
        return float(self.number(sql))

    def let_time_pass(self, amount: timedelta) -> None:
        """Move every time that delivery looks at back by ``amount``, as if that had passed."""
        columns = self.query(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE data_type = 'timestamp with time zone'"
            " AND table_name IN ('outbox_message', 'outbox_channelstate')"
            " AND column_name NOT IN ('sent_at', 'created_at')"
        )
        for table in {table for table, _ in columns}:
            changes = ", ".join(f"{c} = {c} - interval '{amount.total_seconds()} s'" for t, c in columns if t == table)
            self.query(f"UPDATE {table} SET {changes}")

    def count(self) -> Count:
        """Compare the outbox with what arrived."""
        from outbox.models import Message
        from outbox.send import message_id

        self.rig.use(self.database)
        ledger = self.rig.far.ledger()
        mails = Counter(identity for _, identity, _ in ledger["mails"])
        texts = Counter(reference for _, reference, _, _ in ledger["texts"])
        persons: dict[str, set[str]] = {}
        for _, identity, address in ledger["mails"]:
            persons.setdefault(address, set()).add(identity)
        states, copies, unbooked, lost = Counter(), Counter(), Counter(), []
        rows: Counter = Counter()
        for message in Message.objects.all():
            arrived = mails[message_id(message.key)] if message.channel == "email" else texts[message.reference]
            states[message.state] += 1
            rows[message.address] += 1
            copies[message.channel] += max(arrived - 1, 0)
            if message.state in (*OPEN_STATES, "sent", "delivered") and not arrived:
                lost.append(f"{message.key} ({message.state})")
            if arrived and message.state not in ("sent", "delivered"):
                unbooked[message.state] += arrived
        strangers = [address for address, identities in persons.items() if len(identities) > rows[address]]
        return Count(states, lost, copies, strangers, unbooked)


class Rig:
    """The servers, and sites on them."""

    def __init__(self, stage: Stage, messages: int) -> None:
        self.stage = stage
        self.messages = messages
        self.postgres = PostgreSQL(stage)
        self.redis = Redis(stage)
        self.far = FarSide(stage)
        self.var = stage.folder / "var"
        self.var.mkdir()
        self._templates: set[str] = set()
        self._number = 0
        self.postgres.execute("CREATE DATABASE empty")
        self._manage("migrate", "--verbosity", "0")
        self._manage("collectstatic", "--noinput", "--verbosity", "0")
        self._become_the_site()

    def environment(self, database: str) -> dict[str, str]:
        """Everything that the site reads; set and empty, not unset: a developer's .env must not choose."""
        return {
            **basic_environment(),
            "DEMO": "0",
            "DEBUG": "0",
            "SECRET_KEY": "only-for-chaos-0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJ",
            "SECRET_KEY_FALLBACKS": "",
            "ALLOWED_HOSTS": "127.0.0.1",
            "SITE_URL": "http://diemcau.test",
            "CSRF_TRUSTED_ORIGINS": "",
            "DATABASE_URL": self.postgres.url(database),
            "DATABASE_CONN_MAX_AGE": "600",
            "REDIS_URL": self.redis.url,
            "EMAIL_URL": f"smtp://127.0.0.1:{self.far.mail_port}",
            "EMAIL_BACKEND": "",
            "ANYMAIL": "{}",
            "DEFAULT_FROM_EMAIL": "Điểm Cầu <no-reply@diemcau.test>",
            "SMS_CHANNEL": "tests.chaos.gateway.Gateway",
            "SMS_URL": "",
            "ZALO_CHANNEL": "",
            "ZALO_URL": "",
            "CHAOS_SMS_PORT": str(self.far.sms_port),
            "QUIET_HOURS": "",
            # A thousand people register in minutes: what the limits hold back would count as lost.
            "SMS_PER_NUMBER_PER_HOUR": "0",
            "SMS_PER_CONFERENCE_PER_HOUR": "0",
            "PAGE_CACHE_SECONDS": "5",
            "MFA_REQUIRED_FOR_STAFF": "0",
            # All its visitors come from one address.
            "REGISTRATIONS_PER_HOUR": "0",
            "HTTPS": "0",
            "SECURE_HSTS_SECONDS": "0",
            "TRUSTED_PROXIES": "0",
            "VAR_DIR": str(self.var),
            "PORT": "8000",
            "LOG_LEVEL": "WARNING",
        }

    def _manage(self, *arguments: str) -> None:
        process = self.stage.process(
            arguments[0], [sys.executable, "manage.py", *arguments], environment=self.environment("empty")
        )
        if process.wait(180):
            raise Hung(f"manage.py {arguments[0]} failed:\n{process.words(3000)}")

    def _become_the_site(self) -> None:
        """This process fills and reads the databases with the site's own code."""
        os.environ.update(self.environment("empty"))
        os.environ["DJANGO_SETTINGS_MODULE"] = "conference.settings"
        os.chdir(ROOT)
        import django

        django.setup()
        # Nobody is nudged from here: the faults are about the site's own processes.
        from outbox import nudge

        nudge._nudge = lambda: None

    def use(self, database: str) -> None:
        """Have this process's models work on ``database``."""
        from django.db import connection

        connection.close()
        connection.settings_dict["NAME"] = database

    def site(self, *, messages: int | None = None, channels: Sequence[str] = ("email", "sms")) -> Site:
        """A new site with that many confirmations (default: as asked for) in its outbox, due now.

        Redis is empty, the far sides healthy.
        """
        wanted = self.messages if messages is None else messages
        people = wanted // len(channels)
        template = f"filled_{people}_{'_'.join(channels)}"
        if template not in self._templates:
            self._fill(template, people, channels)
            self._templates.add(template)
        self._number += 1
        database = f"site_{self._number}"
        self.use("empty")
        # PostgreSQL copies sequences with numbers that it has not logged as given; a crash before the next checkpoint
        # would give them again.
        self.postgres.execute(f"CREATE DATABASE {database} TEMPLATE {template}", "CHECKPOINT")
        self.redis.client.flushall()
        self.far.forget()
        site = Site(self, database)
        site.due_now()
        return site

    def _fill(self, database: str, people: int, channels: Sequence[str]) -> None:
        from django.db import transaction

        from bridges.models import BridgePoint
        from conference.models import Conference
        from registrations.services import NewRegistration, OrganisationData, Person, register

        self.postgres.execute(f"CREATE DATABASE {database} TEMPLATE empty")
        self.use(database)
        now = datetime.now(UTC)
        with transaction.atomic():
            conference = Conference.objects.create(
                slug=SLUG,
                name="Hội nghị kết nối cung cầu",
                short_name="Hội nghị thử",
                starts_at=now + timedelta(days=30),
                ends_at=now + timedelta(days=30, hours=3),
                scheduled_at=now - timedelta(days=10),
                is_published=True,
                contact_name="Ban tổ chức",
                contact_email="btc@vidu.example",
            )
            point = BridgePoint.objects.create(conference=conference, kind="online", name="Trực tuyến", seats=None)
            BridgePoint.objects.create(conference=conference, kind="venue", name="Hội trường", seats=50, position=1)
            for number in range(people):
                register(
                    conference=conference,
                    point=point,
                    form=NewRegistration(
                        organisation=OrganisationData("cooperative", f"HTX Ví Dụ {number}"),
                        people=[
                            Person(
                                f"Nguyễn Văn {number}",
                                "Giám đốc",
                                f"+8490{number:07d}" if "sms" in channels else "",
                                f"dai.bieu{number}@vidu.example" if "email" in channels else "",
                            )
                        ],
                        language="vi",
                    ),
                    now=now,
                )
