"""What registers, and what it sells or looks for."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from stdnum.vn import mst

from bridges.models import Province
from common.search import Searchable
from conference.models import Product


def clean_tax_code(value: str) -> str:
    """``value`` as the tax office writes it: 10 digits, "-001" behind them for a branch, or a household's 12 digits.

    Raises:
        ValidationError: the check digit is wrong, or it is no tax code at all.
    """
    compact = "".join(value.split()).replace(".", "")
    # Households: the owner's personal number since 1/7/2025 (Decree 168/2025), which has no check digit.
    if len(compact) == 12 and compact.isascii() and compact.isdecimal():
        return compact
    try:
        return mst.format(mst.validate(compact))
    except mst.ValidationError as error:
        raise ValidationError(_("This tax code is not right. Please check the digits, or leave it empty.")) from error


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
    tax_code = models.CharField(_("tax code"), max_length=14, blank=True)
    # No list asks for those of one province.
    province = models.ForeignKey(
        Province,
        verbose_name=_("province"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ["name"]
        # Most producers have none.
        indexes = [models.Index(fields=["tax_code"], name="organisation_tax_code", condition=~Q(tax_code=""))]

    def __str__(self) -> str:
        return self.name

    def search_parts(self) -> list[str]:
        return [self.name, self.tax_code]


class Interest(models.Model):
    """What a registration sells or looks for."""

    class Side(models.TextChoices):
        SELLS = "sells", _("sells")
        BUYS = "buys", _("looks for")

    class Certificate(models.TextChoices):
        VIETGAP = "vietgap", "VietGAP"
        GLOBALGAP = "globalgap", "GlobalGAP"
        ORGANIC = "organic", _("organic")

    registration = models.ForeignKey(
        "registrations.Registration",
        verbose_name=_("registration"),
        on_delete=models.CASCADE,
        related_name="interests",
    )
    side = models.CharField(_("sells or looks for"), max_length=5, choices=Side.choices)
    product = models.ForeignKey(
        Product, verbose_name=_("product"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    other = models.CharField(_("another product"), max_length=120, blank=True)
    amount = models.CharField(_("amount"), max_length=80, blank=True, help_text=_("Such as 20 tonnes a season."))
    season = models.CharField(_("season"), max_length=80, blank=True, help_text=_("Such as July to September."))
    certificates = models.JSONField(_("certificates"), default=list, blank=True)
    ocop_stars = models.PositiveSmallIntegerField(
        _("OCOP stars"), null=True, blank=True, validators=[MinValueValidator(3), MaxValueValidator(5)]
    )

    class Meta:
        verbose_name = _("sells or looks for")
        verbose_name_plural = _("sells or looks for")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.get_side_display()} {self.product or self.other}"
