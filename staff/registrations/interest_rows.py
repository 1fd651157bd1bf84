"""What an organisation sells or looks for, asked on pages of staff: not in the words in which registrants are asked."""

from collections.abc import Sequence
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext

from registrations.forms.interests import InterestForm
from registrations.models import Interest


def in_office_words(rows: Sequence[InterestForm]) -> Sequence[InterestForm]:
    """``rows``, each asking about the organisation and not about whoever fills it in."""
    for row in rows:
        side: Any = row.fields["side"]
        side.label = gettext("Sells or looks for")
        side.choices = [side.choices[0], *((value, capfirst(label)) for value, label in Interest.Side.choices)]
    return rows
