"""Zalo notices, and the renewal of the access to them."""

import fcntl
import json
import os
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

import pytest
from django.utils import translation

from outbox.channels import http, zns
from outbox.channels.base import Envelope, Outcome, Refused, Report, Stopped, Unavailable, Uncertain, Unreachable
from outbox.channels.zns import Gateway
from tests.support.providers import DROP, Answer, Zalo, running


@pytest.fixture(autouse=True)
def _english_and_impatient(monkeypatch):
    monkeypatch.setattr(http, "TIMEOUTS", (2, 2))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with translation.override("en"):
        yield


@pytest.fixture
def zalo():
    with running(Zalo()) as provider:
        yield provider


@pytest.fixture
def file(tmp_path) -> Path:
    """As somebody put it there by hand: without a date."""
    path = tmp_path / "zalo.json"
    path.write_text(json.dumps({"access_token": "access-0", "refresh_token": "refresh-0"}))
    return path


def url(zalo: Zalo, file: Path, secret: str = Zalo.SECRET) -> str:
    return (
        f"zns+http://{Zalo.APP}:{quote(secret, safe='')}@{zalo.netloc}/?access_token_file={quote(str(file))}"
        f"&token_url={quote(f'http://{zalo.netloc}{Zalo.TOKEN_PATH}', safe='')}"
    )


def envelope(**fields) -> Envelope:
    return Envelope(
        **{
            "address": "+84912345678",
            "message_id": "",
            "text": "not used",
            "reference": "7-abc",
            "template_id": "505",
            "parameters": {"name": "Ông Thụ", "time": "08:00"},
            **fields,
        }
    )


def send(zalo: Zalo, file: Path, **fields) -> str:
    with Gateway(url(zalo, file)) as gateway:
        return gateway.send(envelope(**fields))


def fault(zalo: Zalo, file: Path, **fields) -> Exception:
    with pytest.raises(Exception) as raised:  # noqa: PT011
        send(zalo, file, **fields)
    return raised.value


def test_a_notice_is_a_template_and_its_parameters(zalo, file):
    assert send(zalo, file) == "zns1"
    assert zalo.taken == [
        {
            "phone": "84912345678",
            "template_id": "505",
            "template_data": {"name": "Ông Thụ", "time": "08:00"},
            "tracking_id": "7-abc",
        }
    ]
    assert zalo.renewals == 0


def test_a_message_without_a_template_is_refused_without_asking_zalo(zalo, file):
    error = fault(zalo, file, template_id="")
    assert (type(error), str(error)) == (Refused, "No approved Zalo template is named for this message.")
    assert (error.bad_address, zalo.calls) == (False, 0)


def test_a_batch_takes_one_connection(zalo, file):
    with Gateway(url(zalo, file)) as gateway:
        for number in range(5):
            gateway.send(envelope(reference=f"{number}-abc"))
    assert (len(zalo.taken), zalo.connections) == (5, 1)


@pytest.mark.parametrize(
    ("code", "kind", "bad_address"),
    [
        (-100, Unavailable, False),
        (-104, Stopped, False),
        (-108, Refused, True),
        (-109, Refused, False),
        (-110, Refused, False),
        (-112, Refused, False),
        (-114, Refused, True),
        (-115, Stopped, False),
        (-118, Refused, True),
        (-119, Refused, True),
        (-131, Refused, False),
        (-132, Refused, False),
        (-133, Unavailable, False),
        (-135, Stopped, False),
        (-137, Stopped, False),
        (-139, Refused, False),
        (-141, Refused, True),
        (-144, Unreachable, False),
        (-146, Refused, False),
        (-147, Unavailable, False),
        (-9999, Unavailable, False),
    ],
)
def test_each_code_has_its_consequence_and_stands_in_brackets(zalo, file, code, kind, bad_address):
    zalo.script = [{"error": code, "message": "x"}]
    error = fault(zalo, file)
    assert type(error) is kind
    assert str(error).endswith(f". (Zalo {code})")
    assert getattr(error, "bad_address", False) is bad_address
    assert getattr(error, "pause", None) == (3600 if code == -144 else None)


@pytest.mark.parametrize("lost", [DROP, Answer(504), Answer(200, "<html>")])
def test_a_notice_whose_answer_was_lost_is_uncertain(zalo, file, lost):
    zalo.script = [zalo.after(lost)]
    assert type(fault(zalo, file)) is Uncertain


# --- access ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [-124, -216, -220])
def test_a_refused_token_is_renewed_once_and_the_notice_sent(zalo, file, code):
    zalo.script = [{"error": code, "message": "Access token invalid"}]
    assert send(zalo, file) == "zns1"
    assert zalo.renewals == 1
    kept = json.loads(file.read_text())
    assert (kept["access_token"], kept["refresh_token"]) == ("access-1", "refresh-1")
    assert kept["expires_at"] == pytest.approx(time.time() + 90000, abs=60)
    assert file.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in file.parent.iterdir()) == ["zalo.json", "zalo.json.lock"]


def test_a_token_that_is_refused_again_stops_the_channel(zalo, file):
    zalo.script = [{"error": -124}, {"access_token": "a", "refresh_token": "r"}, {"error": -124}]
    error = fault(zalo, file)
    assert (type(error), zalo.calls) == (Stopped, 3)
    assert str(error) == "Zalo does not accept our access: authorise the application again. (Zalo -124)"


def test_a_token_near_its_end_is_renewed_beforehand(zalo, file):
    file.write_text(
        json.dumps({"access_token": "access-0", "refresh_token": "refresh-0", "expires_at": time.time() + 60})
    )
    send(zalo, file)
    assert (zalo.renewals, zalo.calls) == (1, 2)


def test_a_refresh_token_alone_is_enough_to_begin(zalo, file):
    file.write_text(json.dumps({"refresh_token": "refresh-0"}))
    send(zalo, file)
    send(zalo, file)
    assert (zalo.renewals, len(zalo.taken)) == (1, 2)


def test_an_answer_without_a_lifetime_means_the_documented_25_hours(zalo, file):
    zalo.expires_in = "soon"
    file.write_text(json.dumps({"refresh_token": "refresh-0"}))
    send(zalo, file)
    assert json.loads(file.read_text())["expires_at"] == pytest.approx(time.time() + 25 * 3600, abs=60)


def test_two_workers_whose_token_ended_renew_it_once(zalo, file, monkeypatch):
    """A refresh token works once: the second one must take what the first one got."""
    both_at_the_lock = threading.Barrier(2, timeout=10)

    def flock(descriptor: int, operation: int) -> None:
        both_at_the_lock.wait()
        fcntl.flock(descriptor, operation)

    monkeypatch.setattr(zns, "fcntl", SimpleNamespace(flock=flock, LOCK_EX=fcntl.LOCK_EX))
    file.write_text(json.dumps({"refresh_token": "refresh-0"}))
    outcomes: list[str] = []
    workers = [threading.Thread(target=lambda: outcomes.append(send(zalo, file))) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(20)
    assert (sorted(outcomes), zalo.renewals) == (["zns1", "zns2"], 1)


def test_a_used_up_refresh_token_stops_the_channel_and_keeps_the_file(zalo, file):
    file.write_text(json.dumps({"refresh_token": "old"}))
    error = fault(zalo, file)
    assert type(error) is Stopped
    assert str(error) == "Zalo does not renew our access: authorise the application again. (Zalo -14014)"
    assert json.loads(file.read_text()) == {"refresh_token": "old"}
    assert sorted(path.name for path in file.parent.iterdir()) == ["zalo.json", "zalo.json.lock"]


@pytest.mark.parametrize("step", [DROP, Answer(503), Answer(200, "<html>"), Answer(429, "", Retry_After="60")])
def test_while_access_cannot_be_renewed_no_notice_is_in_doubt(zalo, file, step):
    file.write_text(json.dumps({"refresh_token": "refresh-0"}))
    zalo.script = [step]
    error = fault(zalo, file)
    assert type(error) is Unreachable
    assert error.pause == (60 if isinstance(step, Answer) and step.status == 429 else None)


def test_a_wrong_secret_stops_the_channel(zalo, file):
    file.write_text(json.dumps({"refresh_token": "refresh-0"}))
    with Gateway(url(zalo, file, secret="wrong")) as gateway, pytest.raises(Stopped, match="Zalo -14004"):
        gateway.send(envelope())


@pytest.mark.parametrize("content", [None, "no json", "[]"])
def test_a_file_that_is_missing_or_broken_stops_the_channel(zalo, file, content):
    if content is None:
        file.unlink()
    else:
        file.write_text(content)
    error = fault(zalo, file)
    assert (type(error), zalo.calls) == (Stopped, 0)
    assert "access_token_file" in str(error)


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_cannot_be_written_costs_no_refresh_token(zalo, file):
    file.write_text(json.dumps({"refresh_token": "refresh-0"}))
    file.parent.chmod(0o500)
    error = fault(zalo, file)
    file.parent.chmod(0o700)
    assert (type(error), zalo.calls) == (Stopped, 0)


def test_without_a_place_for_the_answer_no_refresh_token_is_spent(zalo, file, monkeypatch):
    def full(*args: object, **kwargs: object) -> None:
        raise OSError("no space left")

    file.write_text(json.dumps({"refresh_token": "refresh-0"}))
    monkeypatch.setattr("outbox.channels.zns.mkstemp", full)
    error = fault(zalo, file)
    assert (type(error), zalo.calls) == (Stopped, 0)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("zalo://1:s@h/?access_token_file=/x", "must begin with zns://"),
        ("zns://h/?access_token_file=/x", "USER:PASSWORD"),
        ("zns://1:s@h/", "lacks access_token_file"),
    ],
)
def test_an_address_that_lacks_something_is_refused_in_words(address, words):
    with pytest.raises(ValueError, match=words):
        Gateway(address)


# --- reports --------------------------------------------------------------------------------------------------------


def event(name: str = "user_received_message", **message: object) -> bytes:
    return json.dumps(
        {
            "app_id": "3972",
            "event_name": name,
            "sender": {"id": "oa"},
            "recipient": {"id": "user"},
            "message": {"delivery_time": "1714529562000", "msg_id": "zns1", "tracking_id": "7-abc", **message},
            "timestamp": "1714529562001",
        }
    ).encode()


def test_a_notice_that_reached_the_phone_is_reported_by_our_reference():
    assert Gateway.read_callback({}, event()) == [Report(Outcome.DELIVERED, reference="7-abc")]


@pytest.mark.parametrize(
    "body", [event("follow"), event("user_send_text"), event(delivery_time=None), event(tracking_id="")]
)
def test_what_else_happens_at_the_account_is_no_report(body):
    assert Gateway.read_callback({}, body) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"x",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        b'{"event_name": 1}',
        b'{"event_name": "user_received_message"}',
    ],
)
def test_anything_else_is_no_callback(body):
    with pytest.raises(ValueError, match=r"."):
        Gateway.read_callback({}, body)
