"""The guide in templates: the "?" beside the title of a page, and the pictures in a chapter."""

from typing import Any

from django import template
from django.template.context import Context
from django.urls import reverse

from staff.help.chapters import PICTURE_SIZE, paragraph_of

register = template.Library()


@register.simple_tag(takes_context=True)
def help_address(context: Context) -> str:
    """Where the guide speaks of the page that is shown; "" if nowhere."""
    request = context.get("request")
    match = getattr(request, "resolver_match", None)
    paragraph = paragraph_of(match.view_name if match else "", context.get("tab", "") or "")
    chapter, _, anchor = paragraph.partition("#")
    return f"{reverse('help:chapter', args=[chapter])}#{anchor}" if chapter else ""


@register.inclusion_tag("staff/help/picture.html")
def guide_picture(name: str, words: str) -> dict[str, Any]:
    """The picture ``name`` with what it shows in ``words``."""
    width, height = PICTURE_SIZE
    return {"file": f"guide/{name}.webp", "words": words, "width": width, "height": height}
