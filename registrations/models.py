"""Who comes: organisations, their registrations, the people they send."""

import secrets
from typing import Any

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField
from phonenumber_field.phonenumber import to_python
from phonenumbers import PhoneNumberType, number_type
from simple_history.models import HistoricalRecords

from bridges.models import BridgePoint, Province
from conference.models import Conference
from conference.search import Searchable, fold
from registrations.tokens import LinkHolder, LinkHolderQuerySet

# Without 0/O, 1/I/L and U: it is read out over the telephone.
_NUMBER_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


def new_number() -> str:
    """A registration number such as "K7M4-QXRA": random, so that it tells nobody how many there are."""
    letters = "".join(secrets.choice(_NUMBER_LETTERS) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def mobile_of(phone: Any) -> str:
    """``phone`` (a PhoneNumber, its text, or empty) in E.164 if an SMS can go there, else ""."""
    number = to_python(phone)
    if not number or not number.is_valid():
        return ""
    return number.as_e164 if number_type(number) in _MOBILE else ""


class Organisation(Searchable):
    """What registers: a cooperative, a business, an agency …"""

    class Kind(models.TextChoices):
        COOPERATIVE = "cooperative", _("cooperative")
        BUSINESS = "business", _("business")
        RETAIL = "retail", _("supermarket or store chain")
        AGENCY = "agency", _("state agency")
        PRESS = "press", _("press")
        HOUSEHOLD = "household", _("household producer")
        OTHER = "other", _("other")

    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=200)
    province = models.ForeignKey(
        Province, verbose_name=_("province"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def search_parts(self) -> list[str]:
        return [self.name]


class RegistrationQuerySet(LinkHolderQuerySet):
    """Questions asked of registrations."""

    def run_by(self, user) -> "RegistrationQuerySet":
        """Those at the bridge points that ``user`` runs."""
        if user.is_superuser:
            return self
        return self.filter(bridge_point__in=BridgePoint.objects.run_by(user).values("pk"))

    def in_line(self) -> "RegistrationQuerySet":
        """Those on a waitlist, first come first."""
        return self.filter(state=Registration.State.WAITLISTED).order_by("queue_number")

    def of_addresses(self, emails: list[str]) -> "RegistrationQuerySet":
        """Those made with one of these (lower-case) e-mail addresses."""
        return self.filter(Q(contact_email__in=emails) | Q(delegates__email__in=emails)).distinct()


class Registration(LinkHolder, Searchable):
    """One organisation's registration for one bridge point; holds one delegate or more."""

    LINK_PURPOSE = "registration"

    class State(models.TextChoices):
        CONFIRMED = "confirmed", _("confirmed")
        WAITLISTED = "waitlisted", _("on the waitlist")
        CANCELLED = "cancelled", _("cancelled")

    class Source(models.TextChoices):
        WEB = "web", _("web form")
        STAFF = "staff", _("entered by staff")

    number = models.CharField(_("number"), max_length=12, unique=True, default=new_number, editable=False)
    conference = models.ForeignKey(
        Conference, verbose_name=_("conference"), on_delete=models.CASCADE, related_name="registrations"
    )
    bridge_point = models.ForeignKey(
        BridgePoint, verbose_name=_("bridge point"), on_delete=models.PROTECT, related_name="registrations"
    )
    organisation = models.ForeignKey(
        Organisation, verbose_name=_("organisation"), on_delete=models.PROTECT, related_name="registrations"
    )
    state = models.CharField(_("state"), max_length=12, choices=State.choices)
    seats = models.PositiveSmallIntegerField(_("seats"), default=1, validators=[MinValueValidator(1)])
    queue_number = models.PositiveBigIntegerField(_("place given on the waitlist"), null=True, blank=True)
    contact_name = models.CharField(_("contact person"), max_length=150)
    contact_email = models.EmailField(_("contact e-mail"), blank=True, db_index=True)
    contact_phone = PhoneNumberField(_("contact phone"), blank=True)
    language = models.CharField(_("language"), max_length=8, default="vi", choices=settings.LANGUAGES)
    source = models.CharField(_("source"), max_length=8, choices=Source.choices, default=Source.WEB)
    consent_version = models.CharField(_("version of the consent"), max_length=20, blank=True)
    consented_at = models.DateTimeField(_("consent given at"), null=True, blank=True)
    # The same form sent twice gives the same registration.
    submission_key = models.CharField(max_length=64, unique=True, null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("registered at"))
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)

    objects = RegistrationQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["search_text", "token_hash", "submission_key"])

    class Meta:
        verbose_name = _("registration")
        verbose_name_plural = _("registrations")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["bridge_point", "queue_number"],
                condition=Q(state="waitlisted"),
                name="registration_one_in_each_place",
            ),
        ]
        indexes = [
            models.Index(fields=["bridge_point", "state", "queue_number"], name="registration_line"),
            models.Index(fields=["conference", "state"], name="registration_state"),
        ]

    def __str__(self) -> str:
        return f"{self.number} – {self.organisation}"

    def search_parts(self) -> list[str]:
        return [
            self.number,
            self.number.replace("-", ""),
            self.organisation.name,
            self.contact_name,
            self.contact_email,
            str(self.contact_phone).replace(" ", ""),
        ]

    def get_absolute_url(self) -> str:
        return reverse("registrations:registration", args=[self.token])

    @property
    def url(self) -> str:
        """The registrant's page as it stands in messages."""
        return f"{settings.SITE_URL}{self.get_absolute_url()}"

    @property
    def place_in_line(self) -> int | None:
        """1 for the first on the waitlist; None if it does not wait. One query."""
        if self.state != self.State.WAITLISTED:
            return None
        ahead = Registration.objects.filter(
            bridge_point=self.bridge_point_id, state=self.State.WAITLISTED, queue_number__lt=self.queue_number
        )
        return ahead.count() + 1


class DelegateQuerySet(LinkHolderQuerySet):
    """Questions asked of delegates."""

    def run_by(self, user) -> "DelegateQuerySet":
        """Those at the bridge points that ``user`` runs."""
        if user.is_superuser:
            return self
        return self.filter(registration__in=Registration.objects.run_by(user).values("pk"))

    def attending(self) -> "DelegateQuerySet":
        """Those who have a seat."""
        return self.filter(registration__state=Registration.State.CONFIRMED)


class Delegate(LinkHolder, Searchable):
    """One person who attends, with one personal link and QR code."""

    LINK_PURPOSE = "delegate"

    registration = models.ForeignKey(
        Registration, verbose_name=_("registration"), on_delete=models.CASCADE, related_name="delegates"
    )
    full_name = models.CharField(_("full name"), max_length=150)
    position = models.CharField(_("position"), max_length=150, blank=True)
    phone = PhoneNumberField(_("phone"), blank=True)
    email = models.EmailField(_("e-mail"), blank=True, db_index=True)
    # Where an SMS can go: ``phone`` in E.164 if it is a mobile, so that a database statement can choose by it.
    mobile = models.CharField(_("mobile"), max_length=20, blank=True, editable=False)
    is_contact = models.BooleanField(_("contact person"), default=False)
    # Vietnamese lists sort by the given name, which stands last.
    sort_name = models.CharField(_("sort name"), max_length=310, blank=True, editable=False)

    objects = DelegateQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["search_text", "sort_name", "mobile", "token_hash"])

    class Meta:
        verbose_name = _("delegate")
        verbose_name_plural = _("delegates")
        ordering = ["sort_name", "id"]

    def __str__(self) -> str:
        return self.full_name

    def search_parts(self) -> list[str]:
        return [self.full_name, self.email, str(self.phone).replace(" ", "")]

    def refresh_search_text(self) -> None:
        super().refresh_search_text()
        words = fold(self.full_name).split()
        self.sort_name = " ".join([*words[-1:], *words])
        self.mobile = mobile_of(self.phone)

    def save(self, *args: Any, **kwargs: Any) -> None:
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "sort_name", "mobile"}
        super().save(*args, **kwargs)

    @property
    def person(self) -> str:
        """This delegate as the outbox calls him."""
        return f"delegate/{self.pk}"

    @property
    def join_url(self) -> str:
        """The personal link as it stands in messages."""
        return f"{settings.SITE_URL}{reverse('attendance:join', args=[self.token])}"
