"""QR codes drawn as SVG."""

import segno
from django.utils.safestring import SafeString, mark_safe


def svg(text: str, label: str) -> SafeString:
    """The QR code of ``text`` as inline SVG, dark on white in every colour scheme; ``label`` is its title."""
    code = segno.make(text, error="m", micro=False)
    # segno escapes the title; nothing else in the markup comes from outside.
    return mark_safe(code.svg_inline(border=3, light="#fff", omitsize=True, title=label, svgclass="qr", lineclass=None))
