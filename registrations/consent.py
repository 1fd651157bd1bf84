"""To what people consent, version by version (Law 91/2025/QH15: free, specific, provable)."""

from django.utils.translation import gettext_lazy as _

VERSION = "2026-12b"

#: How consent was given; kept with each registration.
WEB, TELEPHONE, LIST = "web", "telephone", "list"
WAYS = {
    WEB: _("box ticked in the web form"),
    TELEPHONE: _("by telephone, noted by staff"),
    LIST: _("stated by whoever sent the list"),
}

#: Every version that somebody may have consented to; {days} is the conference's own.
TEXTS = {
    "2026-11": _(
        "I agree that the organisers store these data to run this conference and to send me its messages, "
        "and erase them when that is done."
    ),
    "2026-12": _(
        "I agree that the organisers store these data to run this conference and to send me its messages. They are"
        " erased {days} days after the conference; I can see, correct and erase them myself at any time."
    ),
    "2026-12b": _(
        "I agree that the organisers store these data to run this conference and to send me its messages. They are"
        " erased {days} days after the end of the conference; I can see, correct and erase them myself at any time."
    ),
}


def text(days: int, version: str = VERSION) -> str:
    """The words of ``version`` for a conference that erases after ``days``."""
    return str(TEXTS[version]).replace("{days}", str(days))
