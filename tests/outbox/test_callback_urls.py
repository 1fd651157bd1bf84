"""``manage.py callback_urls``: what an administrator gives to a provider."""

from io import StringIO

from django.core.management import call_command

from outbox import receipts


def printed() -> str:
    out = StringIO()
    call_command("callback_urls", stdout=out)
    return out.getvalue()


def test_a_channel_whose_provider_calls_back_has_an_address(settings):
    settings.OUTBOX_CHANNELS = {
        "email": "outbox.channels.email.EmailChannel",
        "sms": "outbox.channels.kannel.Gateway",
    }
    assert printed() == f"sms     {receipts.callback_url('sms')}\n"


def test_without_such_a_channel_it_says_so(settings):
    settings.OUTBOX_CHANNELS = {"email": "outbox.channels.email.EmailChannel"}
    assert printed() == "No channel in use has its reports called back.\n"
