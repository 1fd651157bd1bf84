"""The seats of a bridge point in words, for every page that names them."""

from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext

from bridges.models import BridgePoint


def seats_left_words(point: BridgePoint) -> str:
    """How many seats a newcomer could take at ``point``: "12 seats left", "full", "no seat limit"."""
    left = point.seats_left
    if left is None:
        return gettext("no seat limit")
    if left == 0:
        return gettext("full")
    return ngettext("%(count)d seat left", "%(count)d seats left", left) % {"count": left}


def offer_words(point: BridgePoint, kept: int = 0) -> str:
    """The same for whoever chooses a point on a public page; ``kept`` seats there are kept for them."""
    if kept and point.seats is not None:
        words = ngettext("%(count)d seat kept for you", "%(count)d seats kept for you and other guests", kept)
        return words % {"count": kept}
    if point.is_full:
        return gettext("Full: you join the waitlist")
    return capfirst(seats_left_words(point))


def seat_counts_words(point: BridgePoint) -> str:
    """How many seats of ``point`` are taken, kept and free, and how many registrations wait: for organisers."""
    words = [gettext("%(count)d taken") % {"count": point.seats_taken}]
    if point.seats_reserved:
        words.append(gettext("%(count)d kept for invitations") % {"count": point.seats_reserved})
    if point.seats is None:
        words.append(gettext("no seat limit"))
    else:
        free = max(point.seats - point.seats_taken - point.seats_reserved, 0)
        words.append(gettext("%(count)d free") % {"count": free})
    if point.waiting_count:
        words.append(gettext("%(count)d on the waitlist") % {"count": point.waiting_count})
    return ", ".join(words)
