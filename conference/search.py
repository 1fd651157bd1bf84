"""Searching without accents: "chi lang" finds "Chi Lăng", on both database engines alike."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from notifications.plain_text import without_accents


def fold(text: str) -> str:
    """``text`` as it is compared: without accents, without case, single spaces."""
    return " ".join(without_accents(text).casefold().split())


def matching(query: str, field: str = "search_text") -> Q:
    """The condition that every word of ``query`` occurs in the folded ``field``."""
    condition = Q()
    for word in fold(query).split()[:20]:
        condition &= Q(**{f"{field}__contains": word})
    return condition


class Searchable(models.Model):
    """Keeps ``search_text`` beside what ``search_parts`` answers."""

    search_text = models.TextField(_("search text"), blank=True, editable=False)

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.refresh_search_text()
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "search_text"}
        super().save(*args, **kwargs)

    def search_parts(self) -> list[str]:
        """The texts by which this row is found."""
        raise NotImplementedError

    def refresh_search_text(self) -> None:
        """Bring ``search_text`` up to date; ``save`` does it, bulk operations must."""
        self.search_text = fold(" ".join(part for part in self.search_parts() if part))
