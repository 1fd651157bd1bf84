"""Words that a conference cannot take as its address."""

from functools import cache

from django.core.exceptions import ValidationError
from django.urls import URLResolver, get_resolver
from django.utils.translation import gettext_lazy

# Held for rooms to come and for files that browsers ask for at the root.
_KEPT = {
    "api", "assets", "attendance", "check-in", "conference", "dang-ky", "demo", "diem-cau", "en", "favicon", "help",
    "join", "login", "logout", "mail", "mailbox", "media", "new", "press", "privacy", "register", "reports", "robots",
    "sms", "static", "tim-kiem", "trade", "vi", "webhooks", "well-known", "www",
}  # fmt: skip


def _first_parts(patterns: list) -> set[str]:
    parts = set()
    for pattern in patterns:
        route = str(pattern.pattern)
        if isinstance(pattern, URLResolver) and not route.strip("^/"):
            parts |= _first_parts(pattern.url_patterns)
        elif not route.startswith("<"):
            parts.add(route.lstrip("^").split("/")[0].rstrip("$"))
    return parts - {""}


@cache
def reserved_words() -> frozenset[str]:
    """The words kept from conferences: the first part of every address of the site, and those held for later."""
    return frozenset(_KEPT | _first_parts(get_resolver().url_patterns))


def validate_free_address(value: str) -> None:
    """Raises ValidationError if ``value`` is an address of the site itself."""
    if value.lower() in reserved_words():
        raise ValidationError(
            gettext_lazy("“%(value)s” is an address of this site. Please choose another."), params={"value": value}
        )
