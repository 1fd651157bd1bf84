"""Rows that belong to a conference: whose they are."""

from typing import Self, TypeVar

from django.db import models

from accounts.models import User
from conference.models import Conference

_Row = TypeVar("_Row", bound=models.Model)


class OfConferenceQuerySet(models.QuerySet[_Row]):
    """Rows that belong to a conference."""

    def run_by(self, user: User) -> Self:
        """Those of the conferences that ``user`` runs as organiser."""
        if user.is_superuser:
            return self
        return self.filter(conference__in=Conference.objects.run_by(user).values("pk"))
