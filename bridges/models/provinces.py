"""Provinces, each as it was called at its time."""

from datetime import date
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common.alphabet import text_key


class ProvinceQuerySet(models.QuerySet["Province"]):
    """Questions asked of provinces."""

    def valid_on(self, day: date) -> "ProvinceQuerySet":
        """Those that existed on ``day``."""
        return self.filter(Q(valid_from=None) | Q(valid_from__lte=day), Q(valid_to=None) | Q(valid_to__gte=day))


class Province(models.Model):
    """A province or a city of that rank, as it was called at its time (63 until 30/6/2025, 34 since)."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=60)
    kind = models.CharField(
        _("kind"),
        max_length=10,
        # The rank alone; elsewhere the word "province" stands for both.
        choices=[("province", pgettext_lazy("rank", "province")), ("city", _("city"))],
        default="province",
    )
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    latitude = models.FloatField(_("latitude"))
    longitude = models.FloatField(_("longitude"))
    sort_name = models.CharField(_("sort name"), max_length=200, blank=True, editable=False)

    objects = ProvinceQuerySet.as_manager()

    class Meta:
        verbose_name = _("province")
        verbose_name_plural = _("provinces")
        ordering = ["sort_name", "id"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.sort_name = text_key(self.name)
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "sort_name"}
        super().save(*args, **kwargs)
