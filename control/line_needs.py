"""What a line needs, by the kind of point: ``LINE_NEEDS`` in the settings, over what stands here."""

from collections.abc import Mapping
from types import MappingProxyType

from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext

from bridges.models import BridgePoint, Kind
from control.models import LineMeasurement

#: At least so much download and upload (kbit/s); at most so much delay and jitter (ms) and loss (%). Judgement: one
#: picture of 1080 lines both ways in a room; the hall sends and gets more; a channel sends its stream.
DEFAULTS: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {
        Kind.VENUE: {"download_kbps": 8000, "upload_kbps": 8000, "delay_ms": 150, "jitter_ms": 30, "loss_percent": 1},
        Kind.VIDEO_ROOM: {
            "download_kbps": 4000, "upload_kbps": 4000, "delay_ms": 150, "jitter_ms": 30, "loss_percent": 1,
        },
        Kind.ECOMMERCE: {
            "download_kbps": 4000, "upload_kbps": 6000, "delay_ms": 300, "jitter_ms": 60, "loss_percent": 2,
        },
    }
)  # fmt: skip
_AT_LEAST = ("download_kbps", "upload_kbps")


def needs_of(kind: str) -> dict[str, int]:
    """What the line of a point of ``kind`` needs, by the columns of ``LineMeasurement``; empty for own devices."""
    own = settings.LINE_NEEDS.get(kind, {})
    return {**DEFAULTS.get(kind, {}), **own}


def shortfalls(measured: LineMeasurement, point: BridgePoint) -> list[str]:
    """The columns of ``measured`` that fall short of what the line of ``point`` needs; empty: it is good."""
    found = []
    for name, need in needs_of(point.kind).items():
        value = getattr(measured, name)
        if value < need if name in _AT_LEAST else value > need:
            found.append(name)
    return found


def megabits(kbps: int) -> str:
    """``kbps`` in Mbit/s, with one digit where it is less than ten."""
    value = kbps / 1000
    return number_format(value, decimal_pos=0 if value >= 10 else 1)


def measured_words(measured: LineMeasurement) -> str:
    """``measured`` in one line."""
    words = gettext("↓ %(down)s ↑ %(up)s Mbit/s, delay %(delay)d ms, jitter %(jitter)d ms, loss %(loss)d %%")
    return words % {
        "down": megabits(measured.download_kbps),
        "up": megabits(measured.upload_kbps),
        "delay": measured.delay_ms,
        "jitter": measured.jitter_ms,
        "loss": measured.loss_percent,
    }


def shortfall_words(measured: LineMeasurement, point: BridgePoint) -> str:
    """What falls short in ``measured``, and how much is needed; "" if nothing does."""
    needs = needs_of(point.kind)
    labels = {
        "download_kbps": gettext("download below %(need)s Mbit/s"),
        "upload_kbps": gettext("upload below %(need)s Mbit/s"),
        "delay_ms": gettext("delay above %(need)s ms"),
        "jitter_ms": gettext("jitter above %(need)s ms"),
        "loss_percent": gettext("loss above %(need)s %%"),
    }
    found = shortfalls(measured, point)
    return ", ".join(
        labels[name] % {"need": megabits(needs[name]) if name in _AT_LEAST else needs[name]} for name in found
    )
