"""Searching without accents: "chi lang" finds "Chi Lăng", on both database engines alike."""

import re
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy
from phonenumber_field.phonenumber import PhoneNumber, to_python

from common.text import without_accents

_PHONE_LIKE = re.compile(r"\+?[\d\s.()/-]{9,25}")


def fold(text: str) -> str:
    """``text`` as it is compared: without accents, without case, single spaces."""
    return " ".join(without_accents(text).casefold().split())


def matching(query: str, field: str = "search_text") -> Q:
    """The condition that every word of ``query`` occurs in the folded ``field``; a phone number is one word.

    However it is written (+84912000001, 0912.000.001), it is looked for as the lists keep it: 0912000001.
    """
    words = fold(query).split()[:20]
    if _PHONE_LIKE.fullmatch(query.strip()):
        number = to_python(query, region="VN")
        if isinstance(number, PhoneNumber) and number.is_valid():
            words = ["".join(filter(str.isdigit, number.as_national))]
    condition = Q()
    for word in words:
        condition &= Q(**{f"{field}__contains": word})
    return condition


class Searchable(models.Model):
    """Keeps ``search_text`` beside what ``search_parts`` answers."""

    search_text = models.TextField(gettext_lazy("search text"), blank=True, editable=False)

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
