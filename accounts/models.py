"""The user: signs in with an e-mail address, or with a mobile number that a code proves."""

from typing import Any, ClassVar

from allauth.account.models import EmailAddress
from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from common.phones import written


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
        """A new user; without ``password`` they can sign in by e-mailed code only.

        Raises:
            ValueError: ``email`` is empty.
        """
        return self._create(email, password, **fields)

    def of_phone(self, phone: str) -> "User | None":
        """Whom a code sent to ``phone`` (E.164) lets in; never staff, nor anybody who is switched off."""
        own = Q(email=None) | ~Q(phone_verified_at=None)
        proved_first = F("phone_verified_at").desc(nulls_last=True)
        return self.filter(own, phone=phone, is_active=True, is_staff=False).order_by(proved_first, "pk").first()

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A new user who may do everything."""
        return self._create(email, password, **{**fields, "is_staff": True, "is_superuser": True})


class User(AbstractUser):
    """Somebody who signs in: an organiser, a coordinator, or a registrant who wants an account."""

    # The columns of Django's user that this one does without, and one that may be empty here.
    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    email = models.EmailField(  # type: ignore[assignment]
        _("e-mail address"),
        unique=True,
        null=True,
        blank=True,
        help_text=_("Empty only for those who sign in with a code by SMS."),
        error_messages={"unique": _("This e-mail address has an account already.")},
    )
    name = models.CharField(_("full name"), max_length=150, blank=True)
    phone = PhoneNumberField(_("phone"), blank=True)
    # Only a phone that a code has proved lets anybody in, or shows its registrations.
    phone_verified_at = models.DateTimeField(_("phone proved at"), null=True, blank=True, editable=False)
    is_organiser = models.BooleanField(
        _("organiser"),
        default=False,
        help_text=_("May create conferences, and runs those that name this user among their organisers."),
    )
    # Both are set where a role brought the right; what an administrator gave, no withdrawal takes.
    staff_by_role = models.BooleanField(
        _("access ends with the last role"),
        default=False,
        help_text=_(
            "Came with a role in a conference, and goes when the last role is withdrawn. Untick it to keep it."
        ),
    )
    organiser_by_role = models.BooleanField(
        _("organiser ends with the last conference"),
        default=False,
        help_text=_(
            "Came with an invitation to organise a conference, and goes with the last such role. Untick it to keep it."
        ),
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    # No heir of Django's manager, which asks for a user name.
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_once",
                violation_error_message=_("This e-mail address has an account already."),
            ),
            models.UniqueConstraint(
                fields=["phone"], condition=~Q(phone_verified_at=None), name="user_proved_phone_once"
            ),
            models.UniqueConstraint(fields=["phone"], condition=Q(email=None), name="user_phone_alone_once"),
            # Whoever sees the administration is reached, and signs in, by e-mail.
            models.CheckConstraint(condition=Q(is_staff=False) | ~Q(email=None), name="user_staff_has_email"),
            models.CheckConstraint(condition=~Q(email=None) | ~Q(phone=""), name="user_has_an_address"),
            # Without the administration there is nothing that an organiser could run.
            models.CheckConstraint(
                condition=Q(is_organiser=False) | Q(is_staff=True),
                name="user_organiser_is_staff",
                violation_error_message=_("Organisers work in the administration: this needs access to it as well."),
            ),
        ]

    def __str__(self) -> str:
        return display_name(self)

    def clean(self) -> None:
        super().clean()
        self.email = (self.email or "").strip().lower() or None
        if not self.email and (self.is_staff or not self.phone_verified_at):
            raise ValidationError({"email": _("Please give an e-mail address.")})

    @property
    def proved_emails(self) -> list[str]:
        """The e-mail addresses that are theirs for certain, in lower case. One query."""
        verified = EmailAddress.objects.filter(user=self, verified=True)
        return [email.lower() for email in verified.values_list("email", flat=True)]

    @property
    def proved_phones(self) -> list[str]:
        """The phone numbers (E.164) that are theirs for certain."""
        return [self.phone.as_e164] if self.phone and self.phone_verified_at else []

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return display_name(self)


def display_name(user: User) -> str:
    """How the site addresses ``user``: their name, else their e-mail address, else their phone."""
    return user.name or user.email or written(user.phone)


class Session(AbstractBaseSession):
    """What the site remembers of a browser; written and read by ``accounts/sessions.py`` only.

    ``session_key`` is a hash of the key in the cookie, and ``session_data`` are sealed.
    """

    # A keyed hash of the phone or e-mail address that the data name: by it they are found when a person is erased.
    address = models.CharField(max_length=32, blank=True, default="", db_index=True, editable=False)

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
