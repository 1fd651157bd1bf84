"""How allauth fits into this site."""

from typing import Any
from urllib.parse import urlsplit, urlunsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings


def _on_this_site(url: str) -> str:
    """``url`` with scheme and host of ``SITE_URL``."""
    parts = urlsplit(url)
    return urlunsplit((*urlsplit(settings.SITE_URL)[:2], *parts[2:]))


class AccountAdapter(DefaultAccountAdapter):
    """Builds links from ``SITE_URL``: a forged Host header must not bend a link in a mail."""

    def render_mail(self, template_prefix: str, email: str, context: dict[str, Any], headers: dict | None = None):
        """The mail ``template_prefix`` to ``email``, every address in its context made one of this site."""
        context = {
            key: _on_this_site(value) if isinstance(value, str) and value.startswith(("http://", "https://")) else value
            for key, value in context.items()
        }
        context["current_site"] = {"name": "Điểm Cầu", "domain": settings.SITE_DOMAIN}
        return super().render_mail(template_prefix, email, context, headers=headers)
