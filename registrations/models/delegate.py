"""The people whom an organisation sends."""

from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField
from simple_history.models import HistoricalRecords

from accounts.models import User
from common.alphabet import name_key
from common.phones import mobile_of, searched
from common.search import Searchable
from outbox.refs import Ref
from registrations.models.registration import Registration
from registrations.tokens import LinkHolder, LinkHolderQuerySet, address

_SORT_LENGTH = 310


class DelegateQuerySet(LinkHolderQuerySet["Delegate"]):
    """Questions asked of delegates."""

    def run_by(self, user: User) -> "DelegateQuerySet":
        """Those at the bridge points that ``user`` runs."""
        if user.is_superuser:
            return self
        return self.filter(registration__in=Registration.objects.run_by(user).values("pk"))

    def of_addresses(self, emails: list[str], phones: Collection[str] = ()) -> "DelegateQuerySet":
        """Those reached by one of these (lower-case) e-mail addresses or phone numbers (E.164)."""
        return self.filter(Q(email__in=emails) | Q(phone__in=phones))

    def as_entered(self) -> "DelegateQuerySet":
        """The people of one registration as they were entered, the contact person first."""
        return self.order_by("-is_contact", "list_order", "id")

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
    email = models.EmailField(_("e-mail"), blank=True)
    # ``mobile_of(phone)``, stored so that a database statement can choose by it.
    mobile = models.CharField(_("mobile"), max_length=20, blank=True, editable=False)
    is_contact = models.BooleanField(_("contact person"), default=False)
    # Where they stand among the people of the registration; equal ones in the order in which they were entered.
    list_order = models.PositiveSmallIntegerField(default=0, editable=False)
    # Vietnamese lists sort by the given name, which stands last.
    sort_name = models.CharField(_("sort name"), max_length=_SORT_LENGTH, blank=True, editable=False)

    objects = DelegateQuerySet.as_manager()
    history = HistoricalRecords(
        excluded_fields=["search_text", "sort_name", "mobile", "token_hash", "list_order"], no_db_index=["uid"]
    )

    class Meta:
        verbose_name = _("delegate")
        verbose_name_plural = _("delegates")
        ordering = ["sort_name", "id"]
        constraints = [models.UniqueConstraint(fields=["token_hash"], name="delegate_link")]
        indexes = [
            models.Index(fields=["phone"], name="delegate_phone"),
            models.Index(fields=["email"], name="delegate_email"),
            # The list of a conference's people by name, page by page.
            models.Index(fields=["sort_name", "id"], name="delegate_by_name"),
        ]

    def __str__(self) -> str:
        return self.full_name

    def search_parts(self) -> list[str]:
        return [self.full_name, self.email, searched(self.phone)]

    def refresh_search_text(self) -> None:
        super().refresh_search_text()
        self.sort_name = name_key(self.full_name)[:_SORT_LENGTH]
        self.mobile = mobile_of(self.phone)

    def save(self, *args: Any, **kwargs: Any) -> None:
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "sort_name", "mobile"}
        super().save(*args, **kwargs)

    @staticmethod
    def waits() -> Q:
        """The condition under which a delegate still waits for their SMS; see ``Registration.colleagues_wait``."""
        return Delegate.unopened() & Q(is_contact=False)

    @staticmethod
    def unopened() -> Q:
        """The condition that nobody of a delegate's registration has opened a link in a message of ours.

        Of what staff have entered or decided on that is not known: such a registration is never meant.
        """
        of_visitor = Q(registration__source=Registration.Source.WEB, registration__decided_at=None)
        return of_visitor & Q(registration__link_opened_at=None)

    @property
    def person(self) -> str:
        """This delegate as the outbox calls them."""
        return str(Ref("delegate", self.pk))

    @property
    def join_url(self) -> str:
        """The personal link as it stands in messages."""
        return f"{settings.SITE_URL}{address('attendance:join', self.token)}"
