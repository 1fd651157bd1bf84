"""A misconfiguration of this room becomes a system check."""

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from control.line_needs import DEFAULTS


@register
def line_needs_are_known(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """``LINE_NEEDS`` names kinds of points that have a line, what is measured of it, and whole numbers."""
    needs = settings.LINE_NEEDS
    if isinstance(needs, dict) and all(kind in DEFAULTS and _is_known(kind, own) for kind, own in needs.items()):
        return []
    kinds = ", ".join(DEFAULTS)
    hint = f'Such as LINE_NEEDS={{"video_room": {{"upload_kbps": 6000}}}}; the kinds: {kinds}.'
    return [Error("LINE_NEEDS is not understood.", hint=hint, id="diemcau.E008")]


def _is_known(kind: str, own: object) -> bool:
    return isinstance(own, dict) and all(
        name in DEFAULTS[kind] and isinstance(value, int) and value >= 0 for name, value in own.items()
    )
