"""What mail services report, through Anymail's own webhooks."""

import pkgutil
from base64 import b64encode
from datetime import UTC, datetime
from types import ModuleType, SimpleNamespace

import pytest
from anymail import backends
from anymail.signals import AnymailTrackingEvent, EventType, RejectReason, tracking
from django.test import Client
from django.urls import include, path
from django.utils import translation

import conference.urls
from outbox import bounces, mail_webhooks
from outbox.channels.base import Outcome, Report
from outbox.models import Message
from tests.conftest import NOW

SECRET = "postmark:a-long-secret"
POSTMARK = "anymail.backends.postmark.EmailBackend"
SERVICES = sorted(
    module.name for module in pkgutil.iter_modules(backends.__path__) if not module.name.startswith(("base", "test"))
)


def addresses_with(settings, backend: str, **anymail: str) -> str:
    """Make a site with this mail service."""
    settings.EMAIL_BACKEND, settings.ANYMAIL = backend, anymail
    urls = ModuleType("urls_of_a_mail_service")
    urls.urlpatterns = [path("anymail/", include((mail_webhooks.addresses(), "anymail"))), *conference.urls.urlpatterns]
    settings.ROOT_URLCONF = urls


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def webhook(settings):
    """A call of Postmark's tracking webhook; answers its status."""
    addresses_with(settings, POSTMARK, WEBHOOK_SECRET=SECRET)
    tracking.connect(bounces.record, dispatch_uid="outbox.bounces")
    client = Client()

    def call(body: dict, secret: str = SECRET) -> int:
        user, _, password = secret.partition(":")
        headers = {"Authorization": basic(user, password)} if secret else {}
        return client.post(
            "/anymail/postmark/tracking/", body, content_type="application/json", headers=headers
        ).status_code

    return call


def basic(user: str, password: str) -> str:
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


def mail(**fields) -> Message:
    return Message.objects.create(
        **{
            "key": "welcome-1/email",
            "channel": "email",
            "address": "a@vidu.example",
            "text": "T",
            "state": Message.State.SENT,
            "provider_reference": "pm-1",
            "due_at": NOW,
            "created_at": NOW,
            **fields,
        }
    )


def hard_bounce(**fields) -> dict:
    """Postmark's example of its bounce webhook."""
    return {
        "RecordType": "Bounce",
        "ID": 42,
        "Type": "HardBounce",
        "TypeCode": 1,
        "MessageID": "pm-1",
        "Description": "The server was unable to deliver your message (ex: unknown user, mailbox not found).",
        "Details": "smtp;550 5.1.1 The email account that you tried to reach does not exist.",
        "Email": "a@vidu.example",
        "BouncedAt": "2027-07-01T03:00:00Z",
        "Inactive": True,
        **fields,
    }


def delivery() -> dict:
    return {
        "RecordType": "Delivery",
        "MessageID": "pm-1",
        "Recipient": "a@vidu.example",
        "DeliveredAt": "2027-07-01T03:00:00Z",
        "Details": "Test delivery webhook details",
    }


@pytest.mark.django_db
@pytest.mark.parametrize("secret", ["", "postmark:wrong", "other:a-long-secret"])
def test_a_call_without_the_secret_is_refused(webhook, secret):
    mail()
    assert webhook(hard_bounce(), secret) == 400
    assert Message.objects.get().state == Message.State.SENT


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("method", ["get", "head", "post"])
def test_anonymous_calls_at_the_address_of_any_mail_service_are_refused_in_order(settings, service, method):
    """Anymail's own addresses answer with a fault where a service lacks its settings."""
    addresses_with(settings, POSTMARK, WEBHOOK_SECRET=SECRET)
    client = Client(raise_request_exception=False)
    for address in (f"/anymail/{service}/tracking/", f"/anymail/{service}/inbound/", f"/anymail/{service}/"):
        for headers in ({}, {"Authorization": "Basic !"}, {"Authorization": basic("x", "y")}):
            assert getattr(client, method)(address, headers=headers).status_code < 500, address


# Of two services Anymail says that it gives them up.
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::anymail.exceptions.AnymailNotSupportedWarning")
@pytest.mark.parametrize("service", SERVICES)
def test_the_service_in_use_has_an_address_that_refuses_strangers_or_has_none(settings, service):
    addresses_with(settings, f"anymail.backends.{service}.EmailBackend", WEBHOOK_SECRET=SECRET)
    answer = Client(raise_request_exception=False).post(f"/anymail/{service}/tracking/", {}, "application/json")
    assert answer.status_code in (400, 404)


def test_the_address_needs_the_secret_and_a_service_of_anymail(settings):
    settings.EMAIL_BACKEND, settings.ANYMAIL = POSTMARK, {}
    assert mail_webhooks.addresses() == []
    settings.EMAIL_BACKEND, settings.ANYMAIL = "django.core.mail.backends.smtp.EmailBackend", {"WEBHOOK_SECRET": SECRET}
    assert mail_webhooks.addresses() == []


@pytest.mark.django_db
def test_a_bounce_fails_the_mail_and_the_same_again_changes_nothing(webhook):
    mail()
    for _ in range(2):
        assert webhook(hard_bounce()) == 200
        message = Message.objects.get()
        assert message.state == Message.State.FAILED
        assert message.error.endswith("(smtp;550 5.1.1 The email account that you tried to reach does not exist.)")


@pytest.mark.django_db
def test_a_delivery_is_recorded_and_a_late_bounce_does_not_take_it_back(webhook):
    mail()
    for body in (delivery(), delivery(), hard_bounce()):
        assert webhook(body) == 200
        assert Message.objects.get().state == Message.State.DELIVERED


@pytest.mark.django_db
def test_a_report_of_another_site_s_mail_changes_nothing(webhook):
    mail(provider_reference="pm-2")
    assert webhook(hard_bounce()) == 200
    assert Message.objects.get().state == Message.State.SENT


def test_a_report_goes_to_the_outbox_with_the_time(monkeypatch):
    calls = []
    monkeypatch.setattr(bounces, "receipts", SimpleNamespace(apply=lambda **call: calls.append(call)))
    before = datetime.now(UTC)
    bounces.record(sender=object, event=event(EventType.DELIVERED), esp_name="Postmark")
    bounces.record(sender=object, event=event(EventType.OPENED), esp_name="Postmark")
    ((call),) = calls
    assert (call["channel"], call["reports"]) == ("email", [Report(Outcome.DELIVERED, provider_reference="pm-1")])
    assert before <= call["now"] <= datetime.now(UTC)


def event(event_type: str, **fields) -> AnymailTrackingEvent:
    return AnymailTrackingEvent(event_type=event_type, message_id="pm-1", **fields)


@pytest.mark.parametrize(
    "event_type",
    [
        EventType.QUEUED,
        EventType.SENT,
        EventType.DEFERRED,
        EventType.AUTORESPONDED,
        EventType.OPENED,
        EventType.CLICKED,
        EventType.UNSUBSCRIBED,
        EventType.UNKNOWN,
    ],
)
def test_what_settles_nothing_is_no_report(event_type):
    assert bounces.read(event(event_type)) is None


def test_an_event_without_a_mail_is_no_report():
    assert bounces.read(AnymailTrackingEvent(event_type=EventType.BOUNCED, message_id=None)) is None


def test_a_complaint_means_that_the_mail_arrived():
    assert bounces.read(event(EventType.COMPLAINED)) == Report(Outcome.DELIVERED, provider_reference="pm-1")


@pytest.mark.parametrize(
    ("fields", "words", "bad_address"),
    [
        ({"reject_reason": RejectReason.BOUNCED}, "The mailbox does not exist.", True),
        ({"reject_reason": RejectReason.INVALID}, "The mailbox does not exist.", True),
        ({"reject_reason": RejectReason.TIMED_OUT}, "The recipient's mail server sent the mail back.", False),
        ({"reject_reason": RejectReason.OTHER}, "The recipient's mail server sent the mail back.", False),
        (
            {"reject_reason": RejectReason.BOUNCED, "mta_response": "550 5.7.1 policy"},
            "The recipient's mail server sent the mail back. (550 5.7.1 policy)",
            False,
        ),
        (
            {"reject_reason": RejectReason.OTHER, "mta_response": "550 5.1.1\r\n gone"},
            "The mailbox does not exist. (550 5.1.1 gone)",
            True,
        ),
        # Postmark, Brevo and Amazon SES each call a soft bounce by another name.
        (
            {"reject_reason": RejectReason.BOUNCED, "esp_event": {"Type": "SoftBounce"}},
            "The recipient's mail server sent the mail back.",
            False,
        ),
        (
            {"reject_reason": RejectReason.BOUNCED, "esp_event": {"event": "soft_bounce"}},
            "The recipient's mail server sent the mail back.",
            False,
        ),
        (
            {"reject_reason": RejectReason.BOUNCED, "description": "Transient: General"},
            "The recipient's mail server sent the mail back. (Transient: General)",
            False,
        ),
    ],
)
def test_a_bounce_says_whether_the_address_is_of_use(fields, words, bad_address):
    assert bounces.read(event(EventType.BOUNCED, **fields)) == Report(
        Outcome.FAILED, provider_reference="pm-1", words=words, bad_address=bad_address
    )


@pytest.mark.parametrize(
    ("event_type", "reason", "words", "bad_address"),
    [
        (EventType.REJECTED, RejectReason.SPAM, "The recipient does not want mails from us.", True),
        (EventType.REJECTED, RejectReason.UNSUBSCRIBED, "The recipient does not want mails from us.", True),
        (EventType.REJECTED, RejectReason.INVALID, "The mail service does not send to this address.", True),
        (EventType.REJECTED, RejectReason.BOUNCED, "The mail service does not send to this address.", True),
        (EventType.REJECTED, RejectReason.BLOCKED, "The mail service did not send this mail.", False),
        (EventType.FAILED, None, "The mail service could not send this mail.", False),
    ],
)
def test_a_mail_that_the_service_did_not_send_failed(event_type, reason, words, bad_address):
    assert bounces.read(event(event_type, reject_reason=reason)) == Report(
        Outcome.FAILED, provider_reference="pm-1", words=words, bad_address=bad_address
    )
