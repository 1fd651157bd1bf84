"""What every template knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    """``DEMO``: whether this is the demo, with a mailbox instead of real mail and SMS."""
    return {"DEMO": settings.DEMO}
