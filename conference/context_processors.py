"""What every template knows."""

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict:
    """``DEMO``: whether this is the demo, with a mailbox instead of real mail and SMS."""
    return {"DEMO": settings.DEMO}
