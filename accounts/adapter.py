"""How allauth fits into this site."""

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as allauth_context
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts import messages
from accounts.models import User
from accounts.phones import MobileField
from common.client_address import client_address


def _on_this_site(url: str) -> str:
    """``url`` with scheme and host of ``SITE_URL``."""
    parts = urlsplit(url)
    site = urlsplit(settings.SITE_URL)
    return parts._replace(scheme=site.scheme, netloc=site.netloc).geturl()


class AccountAdapter(DefaultAccountAdapter):
    """Builds links from ``SITE_URL``: a forged Host header must not bend a link in a mail.

    Everything that it sends goes by the outbox, so that no page waits for a mail server.
    Phones: docs/adr/0024-sign-in-by-sms.md.
    """

    # What stands in a mail and nobody may read in the database, by its name in the context of the template.
    _HIDDEN = ("code", "password_reset_url", "activate_url")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Put the mail ``template_prefix`` to ``email`` into the outbox."""
        context = {
            key: _on_this_site(value) if isinstance(value, str) and value.startswith(("http://", "https://")) else value
            for key, value in context.items()
        }
        site = {"name": "Điểm Cầu", "domain": settings.SITE_DOMAIN}
        usual = {"request": allauth_context.request, "email": email, "current_site": site}
        mail = self.render_mail(template_prefix, email, {**usual, **context})
        messages.send_mail(
            name=template_prefix.rpartition("/")[2],
            address=email,
            subject=mail.subject,
            text=mail.body,
            hidden=[context[name] for name in self._HIDDEN if context.get(name)],
            now=timezone.now(),
        )

    def get_client_ip(self, request: HttpRequest) -> str:
        """What tries at signing in are counted by; whose address cannot be told is counted with the others of them."""
        return client_address(request) or "unknown"

    def is_safe_url(self, url: str | None) -> bool:
        """As allauth's; an address that Python does not parse, such as ``http://[``, leads nowhere."""
        try:
            return bool(super().is_safe_url(url))
        except ValueError:
            return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Where a sign-in leads that was not on the way to a page: staff to their conferences, others to their own."""
        return reverse("admin:index") if request.user.is_staff else str(super().get_login_redirect_url(request))

    def get_login_stages(self) -> list[str]:
        """allauth's, but for the proof of an e-mail address."""
        ours = {"allauth.account.stages.EmailVerificationStage": "accounts.stages.EmailVerificationStage"}
        return [ours.get(stage, stage) for stage in super().get_login_stages()]

    def phone_form_field(self, **kwargs: Any) -> MobileField:
        """A mobile number as people write it here."""
        return MobileField(**kwargs)

    def get_phone(self, user: User) -> tuple[str, bool] | None:
        """The phone that ``user`` has proved; one that somebody has only written down does not count."""
        return (user.phone.as_e164, True) if user.phone and user.phone_verified_at else None

    def set_phone(self, user: User, phone: str, verified: bool) -> None:
        """Store ``phone``; only a code proves it."""
        if verified:
            self.set_phone_verified(user, phone)
        else:
            User.objects.filter(pk=user.pk).update(phone=phone, phone_verified_at=None)

    def set_phone_verified(self, user: User, phone: str) -> None:
        """Note that a code proved ``phone``; whoever had it before has it no longer."""
        with transaction.atomic():
            User.objects.filter(phone=phone).exclude(pk=user.pk).update(phone_verified_at=None)
            User.objects.filter(pk=user.pk).update(phone=phone, phone_verified_at=timezone.now())

    def get_user_by_phone(self, phone: str) -> User | None:
        """Whom a code to ``phone`` lets in; never staff."""
        return User.objects.of_phone(phone)

    def send_verification_code_sms(self, user: User, phone: str, code: str, **kwargs: Any) -> None:
        """The code, through the outbox."""
        messages.send_code_by_sms(phone=phone, code=code, now=timezone.now())
