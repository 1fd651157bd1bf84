"""Registrations: who comes, to which bridge point."""

import secrets
from collections.abc import Collection
from hmac import compare_digest

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField
from simple_history.models import HistoricalRecords

from accounts.models import User
from bridges.models import BridgePoint
from common.phones import searched
from common.search import Searchable
from conference.models import Conference
from registrations.models.organisation import Organisation
from registrations.tokens import LinkHolder, LinkHolderQuerySet, address, signature

# Without 0/O, 1/I/L and U: it is read out over the telephone.
_NUMBER_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_number() -> str:
    """A registration number such as "K7M4-QXRA": random, so that it tells nobody how many there are."""
    # Drawn at once: letter by letter it takes three times as long.
    rest, letters = secrets.randbelow(len(_NUMBER_LETTERS) ** 8), ""
    for _place in range(8):
        rest, letter = divmod(rest, len(_NUMBER_LETTERS))
        letters += _NUMBER_LETTERS[letter]
    return f"{letters[:4]}-{letters[4:]}"


class RegistrationQuerySet(LinkHolderQuerySet["Registration"]):
    """Questions asked of registrations."""

    def run_by(self, user: User) -> "RegistrationQuerySet":
        """Those at the bridge points that ``user`` runs."""
        if user.is_superuser:
            return self
        return self.filter(bridge_point__in=BridgePoint.objects.run_by(user).values("pk"))

    def in_line(self) -> "RegistrationQuerySet":
        """Those on a waitlist, first come first."""
        return self.filter(state=Registration.State.WAITLISTED).order_by("queue_number")

    def places_in_line(self) -> dict[int, int]:
        """The place of each of those that wait, by its number: 1 for the first at its bridge point. One query."""
        ahead = Registration.objects.in_line().filter(
            bridge_point=OuterRef("bridge_point"), queue_number__lt=OuterRef("queue_number")
        )
        counted = ahead.order_by().values("bridge_point").annotate(count=Count("pk")).values("count")
        places = self.in_line().annotate(ahead=Coalesce(Subquery(counted), 0))
        return {number: count + 1 for number, count in places.values_list("pk", "ahead")}

    def of_addresses(self, emails: list[str], phones: Collection[str] = ()) -> "RegistrationQuerySet":
        """Those made with one of these (lower-case) e-mail addresses or phone numbers (E.164)."""
        contacts = Q(contact_email__in=emails) | Q(contact_phone__in=phones)
        delegates = Q(delegates__email__in=emails) | Q(delegates__phone__in=phones)
        # Each half by its own indexes; an OR across both tables would read them whole.
        rows = Registration.objects.order_by()
        mine = rows.filter(contacts).values("pk").union(rows.filter(delegates).values("pk"))
        return self.filter(pk__in=mine, erased_at=None)

    def active(self) -> "RegistrationQuerySet":
        """Those that are neither cancelled nor declined."""
        return self.filter(state__in=Registration.ACTIVE)


class Registration(LinkHolder, Searchable):
    """One organisation's registration for one bridge point; holds one delegate or more."""

    LINK_PURPOSE = "registration"

    class State(models.TextChoices):
        REQUESTED = "requested", _("requested")
        CONFIRMED = "confirmed", _("confirmed")
        WAITLISTED = "waitlisted", _("on the waitlist")
        DECLINED = "declined", _("declined")
        CANCELLED = "cancelled", _("cancelled")

    class Source(models.TextChoices):
        WEB = "web", _("web form")
        STAFF = "staff", _("entered by staff")
        IMPORT = "import", _("from a list")

    #: Those who come, may come, or wait to.
    ACTIVE = (State.REQUESTED, State.CONFIRMED, State.WAITLISTED)

    number = models.CharField(_("number"), max_length=12, default=new_number, editable=False)
    # Found by indexes below that begin with it.
    conference = models.ForeignKey(
        Conference,
        verbose_name=_("conference"),
        on_delete=models.CASCADE,
        related_name="registrations",
        db_index=False,
    )
    bridge_point = models.ForeignKey(
        BridgePoint,
        verbose_name=_("bridge point"),
        on_delete=models.PROTECT,
        related_name="registrations",
        db_index=False,
    )
    organisation = models.ForeignKey(
        Organisation, verbose_name=_("organisation"), on_delete=models.PROTECT, related_name="registrations"
    )
    state = models.CharField(_("state"), max_length=12, choices=State.choices)
    seats = models.PositiveSmallIntegerField(_("seats"), default=1, validators=[MinValueValidator(1)])
    # Its seats count as taken: always when confirmed, while requested if the conference holds them.
    holds_seats = models.BooleanField(_("holds its seats"), default=False, editable=False)
    queue_number = models.PositiveBigIntegerField(_("place given on the waitlist"), null=True, blank=True)
    contact_name = models.CharField(_("contact person"), max_length=150)
    contact_email = models.EmailField(_("contact e-mail"), blank=True)
    contact_phone = PhoneNumberField(_("contact phone"), blank=True)
    contact_position = models.CharField(_("position of the contact person"), max_length=150, blank=True)
    language = models.CharField(_("language"), max_length=8, default="vi", choices=settings.LANGUAGES)
    source = models.CharField(_("source"), max_length=8, choices=Source.choices, default=Source.WEB)
    consent_version = models.CharField(_("version of the consent"), max_length=20, blank=True)
    consented_at = models.DateTimeField(_("consent given at"), null=True, blank=True)
    consent_way = models.CharField(_("consent given by"), max_length=20, blank=True)
    invitation = models.ForeignKey(
        "registrations.Invitation",
        verbose_name=_("invited by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="registrations",
        db_index=False,
    )
    reason = models.CharField(
        _("reason"), max_length=300, blank=True, help_text=_("Why it was declined, or promoted out of turn.")
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("decided by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    # When a link was opened that only a message of ours holds: whoever registered is reached where they say they are.
    link_opened_at = models.DateTimeField(_("first message opened at"), null=True, blank=True, editable=False)
    erased_at = models.DateTimeField(_("erased at"), null=True, blank=True)
    # The same form sent twice gives the same registration.
    submission_key = models.CharField(max_length=64, null=True, blank=True, editable=False)  # noqa: DJ001
    created_at = models.DateTimeField(_("registered at"))
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)

    objects = RegistrationQuerySet.as_manager()
    # Versions are looked for by the registration that they are of.
    history = HistoricalRecords(
        excluded_fields=["search_text", "token_hash", "submission_key", "link_opened_at"],
        no_db_index=["uid", "number", "conference", "bridge_point", "organisation", "invitation", "decided_by"],
    )
    # How simple-history is told not to write, and why something changed.
    skip_history_when_saving: bool
    _change_reason: str | None
    # See registrations/seats.py.
    has_assumed_seats: bool
    # See registrations/public/own_registration.py.
    has_answers: bool
    has_interests: bool

    class Meta:
        verbose_name = _("registration")
        verbose_name_plural = _("registrations")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["number"], name="registration_number"),
            models.UniqueConstraint(fields=["token_hash"], name="registration_link"),
            models.UniqueConstraint(fields=["submission_key"], name="registration_once_by_form"),
            models.UniqueConstraint(
                fields=["bridge_point", "queue_number"],
                condition=Q(state="waitlisted"),
                name="registration_one_in_each_place",
            ),
        ]
        # Each costs every registration an entry: none without a look-up (docs/adr/0035-few-round-trips.md).
        indexes = [
            models.Index(fields=["bridge_point", "state", "queue_number"], name="registration_line"),
            models.Index(fields=["conference", "state"], name="registration_state"),
            models.Index(fields=["conference", "-created_at"], name="registration_recent"),
            # The list of all conferences together.
            models.Index(fields=["-created_at", "-id"], name="registration_latest"),
            models.Index(fields=["contact_phone"], name="registration_phone"),
            models.Index(fields=["contact_email"], name="registration_email"),
            models.Index(fields=["invitation"], name="registration_invited", condition=~Q(invitation=None)),
            models.Index(fields=["decided_by"], name="registration_decided", condition=~Q(decided_by=None)),
        ]

    def __str__(self) -> str:
        return self.number if self.erased_at else f"{self.number} – {self.organisation}"

    def search_parts(self) -> list[str]:
        return [
            self.number,
            self.number.replace("-", ""),
            self.organisation.name,
            self.organisation.tax_code,
            self.contact_name,
            self.contact_email,
            searched(self.contact_phone),
        ]

    def get_absolute_url(self) -> str:
        return address("registrations:registration", self.token)

    @property
    def is_active(self) -> bool:
        """Whether it is neither cancelled nor declined."""
        return self.state in self.ACTIVE

    @property
    def colleagues_wait(self) -> bool:
        """Whether all but the contact person still wait for their SMS (docs/adr/0033-sms-limits.md).

        Anybody can enter fifty numbers in the form. Theirs leave once the contact person has opened a link in a
        message, unless staff entered the registration or have decided on it. Declining opens nothing: what is declined
        may be made up.
        """
        is_accepted = self.decided_at is not None and self.state != self.State.DECLINED
        return self.link_opened_at is None and self.source == self.Source.WEB and not is_accepted

    def opening_mark(self, secret: str | None = None) -> str:
        """What links in messages to the contact person carry until one is opened; no page shows it.

        ``secret`` defaults to ``SECRET_KEY``.
        """
        return signature("opening", f"{self.uid.hex}/{self.token_version}", secret)[:6]

    def has_opening_mark(self, given: str) -> bool:
        """Whether ``given`` is that mark, made with the present key or an earlier one."""
        marks = (self.opening_mark(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))
        return any(compare_digest(mark.encode(), given.encode("utf-8", "replace")) for mark in marks)

    @property
    def url(self) -> str:
        """The registrant's page as it stands in messages."""
        return f"{settings.SITE_URL}{self.get_absolute_url()}"

    @property
    def standing_mark(self) -> str:
        """State and point, as a form holds them that was drawn for this registration: "waitlisted.7"."""
        return f"{self.state}.{self.bridge_point_id}"

    @property
    def place_in_line(self) -> int | None:
        """1 for the first on the waitlist; None if it does not wait. One query."""
        if self.state != self.State.WAITLISTED:
            return None
        ahead = Registration.objects.filter(
            bridge_point=self.bridge_point_id, state=self.State.WAITLISTED, queue_number__lt=self.queue_number
        )
        return ahead.count() + 1
