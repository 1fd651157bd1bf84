"""Invitations: who brings whom, and how many seats are kept for them."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.http import base36_to_int, int_to_base36
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField
from simple_history.models import HistoricalRecords

from accounts.models import User
from bridges.models import BridgePoint
from common.phones import mobile_of
from conference.models import Conference, Partner
from outbox.refs import Ref
from registrations.tokens import TOKEN_LENGTH, LinkHolder, LinkHolderQuerySet, address, signature, signatures


class InvitationQuerySet(LinkHolderQuerySet["Invitation"]):
    """Questions asked of invitations."""

    def run_by(self, user: User) -> "InvitationQuerySet":
        """Those of the conferences that ``user`` runs."""
        if user.is_superuser:
            return self
        return self.filter(conference__in=Conference.objects.run_by(user).values("pk"))


class Invitation(LinkHolder):
    """Somebody who invites: the organiser or a partner agency, with a link of its own.

    With a bridge point and a quota it keeps that many seats there for its guests; ``used`` is what they have taken.
    Only registrations/seats.py changes quota and used, under the lock of the point.
    """

    LINK_PURPOSE = "invitation"

    conference = models.ForeignKey(
        Conference, verbose_name=_("conference"), on_delete=models.CASCADE, related_name="invitations"
    )
    name = models.CharField(_("who invites"), max_length=200)
    partner = models.ForeignKey(
        Partner, verbose_name=_("partner"), on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    bridge_point = models.ForeignKey(
        BridgePoint,
        verbose_name=_("bridge point"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="invitations",
        help_text=_("Empty: its guests choose."),
    )
    quota = models.PositiveIntegerField(
        _("seats kept for its guests"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100_000)],
        help_text=_("Needs a bridge point. Empty: none are kept."),
    )
    used = models.PositiveIntegerField(_("seats taken by its guests"), default=0, editable=False)
    is_active = models.BooleanField(_("in use"), default=True, help_text=_("Out of use, its link no longer works."))
    text = models.TextField(_("words of invitation"), blank=True, max_length=2000)
    created_at = models.DateTimeField(_("made at"), auto_now_add=True)

    objects = InvitationQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["token_hash", "used"])
    # How simple-history is told not to write.
    skip_history_when_saving: bool

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(quota=None) | ~Q(bridge_point=None), name="invitation_quota_has_point"),
            models.UniqueConstraint(fields=["token_hash"], name="invitation_link"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        # A form loaded a minute ago must not write an old count back.
        if not self._state.adding and kwargs.get("update_fields") is None:
            kwargs["update_fields"] = {
                f.name for f in self._meta.concrete_fields if not f.primary_key and f.name != "used"
            }
        if self.bridge_point_id is None:
            # Seats are kept at a point or not at all.
            self.quota = None
            if kwargs.get("update_fields") is not None:
                kwargs["update_fields"] = {*kwargs["update_fields"], "quota"}
        super().save(*args, **kwargs)

    def clean(self) -> None:
        super().clean()
        errors = {}
        if self.quota and not self.bridge_point_id:
            errors["bridge_point"] = _("Seats can be kept at one bridge point only: please choose it.")
        if self.bridge_point and self.conference_id and self.bridge_point.conference_id != self.conference_id:
            errors["bridge_point"] = _("This bridge point belongs to another conference.")
        if self.partner and self.conference_id and self.partner.conference_id != self.conference_id:
            errors["partner"] = _("This partner belongs to another conference.")
        if errors:
            raise ValidationError(errors)

    @property
    def kept(self) -> int:
        """Seats that are still kept for its guests."""
        return max(self.quota - self.used, 0) if self.quota and self.is_active else 0

    def get_absolute_url(self) -> str:
        return reverse("registrations:invitation", args=[self.token])


class Guest(models.Model):
    """Somebody on the list of an invitation: gets a message with a link, and a letter with a QR code."""

    invitation = models.ForeignKey(
        Invitation, verbose_name=_("invitation"), on_delete=models.CASCADE, related_name="guests"
    )
    name = models.CharField(_("name"), max_length=150)
    position = models.CharField(_("position"), max_length=150, blank=True)
    organisation = models.CharField(_("organisation"), max_length=200, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = PhoneNumberField(_("phone"), blank=True)
    mobile = models.CharField(_("mobile"), max_length=20, blank=True, editable=False)
    registration = models.ForeignKey(
        "registrations.Registration",
        verbose_name=_("registration"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    invited_at = models.DateTimeField(_("invited at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("guest")
        verbose_name_plural = _("guests")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["invitation", "email"], condition=~Q(email=""), name="guest_once_by_email",
                violation_error_message=_("This e-mail address is on the list already."),
            ),
            models.UniqueConstraint(
                fields=["invitation", "phone"], condition=~Q(phone=""), name="guest_once_by_phone",
                violation_error_message=_("This phone number is on the list already."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.mobile = mobile_of(self.phone)
        super().save(*args, **kwargs)

    @property
    def person(self) -> str:
        """This guest as the outbox calls them."""
        return str(Ref("guest", self.pk))

    @property
    def has_registered(self) -> bool:
        """Whether they have a registration that is neither cancelled nor declined."""
        return self.registration is not None and self.registration.is_active

    @property
    def sealed(self) -> str:
        """Their number, signed: fills in the form for them and for nobody else."""
        # The guest of an example has no number.
        return _seal(int_to_base36(self.pk or 0))

    @property
    def url(self) -> str:
        """Their own link to the form, as it stands in messages and on their letter: short, since an SMS is paid by
        its length."""
        return f"{settings.SITE_URL}{address('registrations:guest', self.sealed)}"

    @classmethod
    def unseal(cls, sealed: str) -> "Guest | None":
        """The guest whose number was signed as ``sealed``; None if it was not."""
        number = _number_in(sealed)
        if not any(constant_time_compare(sealed, good) for good in _seals(number)):
            return None
        found = cls.objects.filter(pk=base36_to_int(number))
        return found.select_related("registration", "invitation__conference").first()


_PURPOSE = "guest"
# Stood between number and signature before the number came last.
_BEFORE = "-"


def _number_in(sealed: str) -> str:
    """The number (base 36) that ``sealed`` claims to be of."""
    return sealed.partition(_BEFORE)[0] if _BEFORE in sealed else sealed[TOKEN_LENGTH:]


def _seal(number: str) -> str:
    return f"{signature(_PURPOSE, number)}{number}"


def _seals(number: str) -> Iterator[str]:
    """Every sealed form of ``number`` that is good; those of before have the number in front."""
    for good in signatures(_PURPOSE, number):
        yield f"{good}{number}"
        yield f"{number}{_BEFORE}{good}"
