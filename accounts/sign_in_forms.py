"""What signing in asks, where it differs from allauth's; named in ``ACCOUNT_FORMS``.

Apart from forms.py, which allauth's own forms import.
"""

import secrets
from typing import Any, cast

from allauth.account.fields import EmailField
from allauth.account.forms import ConfirmLoginCodeForm as UsualConfirmLoginCodeForm
from allauth.account.forms import LoginForm as UsualLoginForm
from allauth.account.forms import RequestLoginCodeForm as UsualRequestLoginCodeForm
from allauth.account.forms import SignupForm as UsualSignupForm
from allauth.core import context, ratelimit
from allauth.core.exceptions import ImmediateHttpResponse
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.models import User


def _too_many() -> ImmediateHttpResponse:
    return ImmediateHttpResponse(ratelimit.respond_429(context.request))


class LoginForm(UsualLoginForm):
    """E-mail address and password: a phone has no password, only codes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = EmailField()
        self.order_fields(["login", "password", "remember"])

    def clean(self) -> dict[str, Any]:
        try:
            return cast(dict[str, Any], super().clean())
        except ValidationError as error:
            if error.code != "too_many_login_attempts":
                raise
            # Anybody can bring an account here by guessing: its owner is told of the way that stays open.
            raise ValidationError(
                _(
                    "Too many wrong passwords have been tried for this account, perhaps by somebody else. For some"
                    " minutes no password opens it. “Send me a sign-in code” below works all the same."
                ),
                code=error.code,
            ) from error


class SignupForm(UsualSignupForm):
    """Who has an account already is answered like who has none, and after the same work."""

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        if self.account_already_exists:
            self._work_in_vain(request)
        return cast(tuple[User | None, HttpResponse | None], super().try_save(request))

    def _work_in_vain(self, request: HttpRequest) -> None:
        """Make an account that nobody has asked for, and take it back: most of all, hash the password.

        Without this, whoever has an account would be answered ten times as fast.
        """
        email = self.cleaned_data["email"]
        self.cleaned_data["email"], self.account_already_exists = f"{secrets.token_hex(12)}@example.invalid", False
        try:
            with transaction.atomic():
                self.save(request)
                transaction.set_rollback(True)
        finally:
            self.cleaned_data["email"], self.account_already_exists = email, True


class RequestLoginCodeForm(UsualRequestLoginCodeForm):
    """Where the code goes: an e-mail address, or a mobile number where SMS are sent."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "phone" in self.fields:
            self.fields["phone"].label = _("Or mobile number")

    def clean_email(self) -> str:
        try:
            return cast(str, super().clean_email())
        except ValidationError as error:
            raise _too_many() if error.code == "too_many_login_attempts" else error from error

    def clean_phone(self) -> str:
        try:
            return cast(str, super().clean_phone())
        except ValidationError as error:
            raise _too_many() if error.code == "too_many_login_attempts" else error from error

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        if not self.errors and not cleaned.get("email") and not cleaned.get("phone"):
            raise ValidationError(_("Please say where the code is to go."), code="required")
        return cleaned


class ConfirmLoginCodeForm(UsualConfirmLoginCodeForm):
    """The code; whoever guesses many, for whomever, is stopped."""

    def clean_code(self) -> str:
        # Also before a right one, or the hundredth guess would still get in.
        if not ratelimit.consume(context.request, action="wrong_login_code", dry_run=True):
            raise _too_many()
        try:
            return cast(str, super().clean_code())
        except ValidationError:
            ratelimit.consume(context.request, action="wrong_login_code")
            raise
