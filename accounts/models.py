"""The user: signs in with an e-mail address."""

from typing import Any

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField


class UserManager(BaseUserManager["User"]):
    """Makes users by e-mail address."""

    use_in_migrations = True

    def _create(self, email: str, password: str | None, **fields: Any) -> "User":
        if not email:
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A new user; without ``password`` he can sign in by e-mailed code only.

        Raises:
            ValueError: ``email`` is empty.
        """
        return self._create(email, password, **fields)

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A new user who may do everything."""
        return self._create(email, password, **{**fields, "is_staff": True, "is_superuser": True})


class User(AbstractUser):
    """Somebody who signs in: an organiser, a coordinator, or a registrant who wants an account."""

    username = None
    first_name = None
    last_name = None
    email = models.EmailField(
        _("e-mail address"), unique=True, error_messages={"unique": _("This e-mail address has an account already.")}
    )
    name = models.CharField(_("full name"), max_length=150, blank=True)
    phone = PhoneNumberField(_("phone"), blank=True)
    is_organiser = models.BooleanField(
        _("organiser"),
        default=False,
        help_text=_("May create conferences, and runs those that name this user among their organisers."),
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []

    objects = UserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_once",
                violation_error_message=_("This e-mail address has an account already."),
            )
        ]

    def __str__(self) -> str:
        return display_name(self)

    def clean(self) -> None:
        super().clean()
        self.email = self.email.strip().lower()

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return display_name(self)


def display_name(user: User) -> str:
    """How the site addresses ``user``: his name, else his e-mail address."""
    return user.name or user.email
