"""What a conference shows of itself: its products, partners and programme."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from conference.models.conferences import Conference


class Product(models.Model):
    """Something that is sold at a conference."""

    conference = models.ForeignKey(
        Conference, verbose_name=_("conference"), on_delete=models.CASCADE, related_name="products"
    )
    name = models.CharField(_("name"), max_length=120)
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name


class Partner(models.Model):
    """An agency and what it does for the conference."""

    class Role(models.TextChoices):
        HOST = "host", _("host")
        ORGANISER = "organiser", pgettext_lazy("partner", "organiser")
        CO_ORGANISER = "co_organiser", _("co-organiser")
        INFRASTRUCTURE = "infrastructure", _("connection infrastructure")
        POINT = "point", _("runs a bridge point")
        LOCAL = "local", _("local organisation")
        SUPPORT = "support", _("support")

    conference = models.ForeignKey(
        Conference, verbose_name=_("conference"), on_delete=models.CASCADE, related_name="partners"
    )
    name = models.CharField(_("name"), max_length=200)
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    duty = models.CharField(_("what it does"), max_length=400, blank=True)
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    # On letters and papers in its name, by Decree 30/2020.
    superior = models.CharField(
        _("superior body"), max_length=200, blank=True, help_text=_("Stands above its name on letters and lists.")
    )
    signer_title = models.CharField(
        _("title of who signs"),
        max_length=200,
        blank=True,
        help_text=_("A stroke begins a new line: “For the Director / Deputy Director”."),
    )
    signer_name = models.CharField(_("name of who signs"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("partner")
        verbose_name_plural = _("partners")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name


class ProgrammeItem(models.Model):
    """One entry of the programme."""

    conference = models.ForeignKey(
        Conference, verbose_name=_("conference"), on_delete=models.CASCADE, related_name="programme"
    )
    starts_at = models.DateTimeField(_("start"))
    ends_at = models.DateTimeField(_("end"), null=True, blank=True)
    title = models.CharField(_("title"), max_length=250)
    speaker = models.CharField(_("who"), max_length=250, blank=True)

    class Meta:
        verbose_name = _("programme item")
        verbose_name_plural = _("programme")
        ordering = ["starts_at", "id"]

    def __str__(self) -> str:
        return self.title

    @property
    def is_outside_hours(self) -> bool:
        """Whether it begins before its conference or goes on after it."""
        last = self.ends_at or self.starts_at
        return self.starts_at < self.conference.starts_at or last > self.conference.ends_at

    def clean(self) -> None:
        super().clean()
        if self.ends_at and self.starts_at and self.ends_at <= self.starts_at:
            raise ValidationError({"ends_at": _("This must end after it starts.")})
