"""What is said after the seats of a bridge point were changed."""

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext

from bridges.models import BridgePoint


def warn_of_seats(request: HttpRequest, point: BridgePoint) -> None:
    """Say so if more seats are taken or kept than ``point``, just saved, has now. One query."""
    if point.seats is None:
        return
    # What was read before it was saved may be older than what is taken.
    point.refresh_from_db(fields=["seats_taken", "seats_reserved"])
    words = ""
    if point.seats < point.seats_taken:
        words = gettext("%(point)s: %(taken)d seats are taken already, more than there are now; nobody was dropped.")
    elif point.seats < point.seats_taken + point.seats_reserved:
        words = gettext(
            "%(point)s: %(taken)d seats are taken and %(kept)d kept for invitations, more than there are now."
        )
    if words:
        messages.warning(
            request, words % {"point": point.label, "taken": point.seats_taken, "kept": point.seats_reserved}
        )
