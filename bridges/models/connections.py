"""How a bridge point is connected: its main line, and a spare one."""

from typing import Any, Self, cast

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField
from simple_history.models import HistoricalRecords

from bridges.meeting_links import private_host
from bridges.models.points import BridgePoint


class JoinDetails(models.Model):
    """How a bridge point is joined over one line. All optional, all secret: for the people of that point only."""

    web_url = models.URLField(
        _("web link"),
        blank=True,
        max_length=500,
        validators=[URLValidator(schemes=["https", "http"])],
        help_text=_("Where the join button leads."),
    )
    meeting_id = models.CharField(_("meeting ID"), max_length=100, blank=True)
    password = models.CharField(_("password"), max_length=100, blank=True)
    server = models.CharField(_("server"), max_length=200, blank=True)
    account = models.CharField(_("account"), max_length=100, blank=True)
    sip_address = models.CharField(_("SIP or H.323 address"), max_length=200, blank=True)
    dial_in = models.CharField(_("phone dial-in"), max_length=200, blank=True)
    instructions = models.TextField(_("how to connect"), blank=True, max_length=2000)

    #: Whoever inherits belongs to one.
    bridge_point: "models.OneToOneField[BridgePoint, BridgePoint]"
    bridge_point_id: int
    _web_url_as_loaded: str | None = None

    class Meta:
        abstract = True

    # The stubs describe Django 6.1, which hands in one argument more.
    @classmethod
    def from_db(cls, db: str | None, field_names: Any, values: Any) -> Self:  # type: ignore[override]
        row = super().from_db(db, field_names, values)
        row.has_been_loaded()
        return row

    def has_been_loaded(self) -> None:
        """Remember what the database has; ``from_db`` says so, and look-ups in its place (common/lookups.py)."""
        self._web_url_as_loaded = self.__dict__.get("web_url")

    def clean(self) -> None:
        super().clean()
        if self.web_url == self._web_url_as_loaded:
            # What an earlier version took must not keep anybody from storing the rest of the page.
            return
        if not settings.MEETING_LINKS_PRIVATE and (host := private_host(self.web_url)):
            words = _("%(host)s lies in a private network or on the visitor’s own device: nobody else gets there.")
            raise ValidationError({"web_url": ValidationError(words, code="private", params={"host": host})})

    #: What is shown to attendees beside the button.
    SHOWN = ("meeting_id", "password", "server", "account", "sip_address", "dial_in")

    def shown_details(self) -> list[tuple[str, str]]:
        """Label and value of each detail that is filled in."""
        return [
            (str(cast("models.Field[Any, Any]", self._meta.get_field(name)).verbose_name), getattr(self, name))
            for name in self.SHOWN
            if getattr(self, name)
        ]

    @property
    def is_known(self) -> bool:
        """Whether anything says how to get in: a link, a meeting ID, an address or a number to dial."""
        return bool(self.web_url or self.meeting_id or self.sip_address or self.dial_in)


class Connection(JoinDetails):
    """The main line of a bridge point, and who connects it."""

    bridge_point = models.OneToOneField(
        BridgePoint, verbose_name=_("bridge point"), on_delete=models.CASCADE, related_name="connection"
    )
    technician_name = models.CharField(_("technical contact"), max_length=150, blank=True)
    technician_phone = PhoneNumberField(_("technical contact’s phone"), blank=True)
    technician_email = models.EmailField(_("technical contact’s e-mail"), blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("connection details")
        verbose_name_plural = _("connection details")

    def __str__(self) -> str:
        return str(self.bridge_point)


class SpareLine(JoinDetails):
    """The line to which a bridge point is moved when its main line fails; the same technician connects both."""

    bridge_point = models.OneToOneField(
        BridgePoint, verbose_name=_("bridge point"), on_delete=models.CASCADE, related_name="spare_line"
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("spare line")
        verbose_name_plural = _("spare lines")

    def __str__(self) -> str:
        return str(self.bridge_point)
