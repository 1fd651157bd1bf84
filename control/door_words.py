"""How the phones at the doors of a point stand, in words, for the board."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext

from attendance.devices_now import DeviceNow, DoorsNow, Life
from control.room_words import hour


@dataclass(frozen=True)
class DeviceLine:
    """A phone: its name, what is to be said of it, and its life (``attendance.devices_now.Life``)."""

    name: str
    words: str
    life: str
    #: Whether somebody should look at it.
    is_amiss: bool


def device_lines(doors: DoorsNow | None, now: datetime) -> list[DeviceLine]:
    """The phones at ``doors`` as a board names them at ``now``."""
    return [_line(device, now) for device in doors.devices] if doors else []


def _line(device: DeviceNow, now: datetime) -> DeviceLine:
    amiss = list(_amiss(device, now))
    words = amiss or [gettext("in use")]
    if not device.has_list:
        words.append(gettext("no list yet"))
    return DeviceLine(device.name, ", ".join(words), device.life.value, bool(amiss))


def _amiss(device: DeviceNow, now: datetime) -> list[str]:
    found = []
    if device.life is Life.SILENT:
        words = gettext("silent since %(time)s") if device.seen_at else gettext("silent")
        found.append(words % {"time": hour(device.seen_at, now)} if device.seen_at else words)
    elif device.seen_at:
        found.append(gettext("not heard of since %(time)s") % {"time": hour(device.seen_at, now)})
    if device.has_queue:
        found.append(gettext("not all sent yet"))
    if device.list_of:
        found.append(gettext("list of %(time)s") % {"time": hour(device.list_of, now)})
    return found
