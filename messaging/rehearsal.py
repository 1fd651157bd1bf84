"""What the first messages of a worker would otherwise wait for; nothing is asked of the database."""

from django.conf import settings
from django.utils.module_loading import import_string

from messaging import message_kinds
from messaging.texts import defaults
from messaging.texts.render import compile_text
from outbox import channels
from registrations import qr


def rehearse() -> None:
    """Import the channels, and take our own texts apart in every language, which the process keeps from then on."""
    import_string(settings.EMAIL_BACKEND)
    for name in channels.names():
        channels.channel_class(name)
    qr.png(settings.SITE_URL)
    for kind, _label in message_kinds.TEMPLATED:
        for channel in ("email", "sms"):
            for language, _name in settings.LANGUAGES:
                if text := defaults.default(kind, channel, language):
                    compile_text(text.subject, text.body, language, channel == "email")
