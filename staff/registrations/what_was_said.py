"""What a registration's people said of themselves, on its page: what they sell or look for, and their answers."""

from collections.abc import Iterable

from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from registrations.models import Interest, Registration


@admin.display(description=_("sells or looks for"))
def interest_list(registration: Registration) -> str:
    """Each product with amount, season and certificates."""
    return _html_list(map(interest_words, registration.interests.select_related("product")))


@admin.display(description=_("answers"))
def answer_list(registration: Registration) -> str:
    """Each answer with its question, and with the name of the delegate whom it was asked of."""
    answers = registration.answers.select_related("question", "delegate")
    return _html_list(
        format_html(
            "{}{}: <strong>{}</strong>",
            f"{answer.delegate} – " if answer.delegate else "",
            answer.question,
            answer.words,
        )
        for answer in answers.order_by("delegate_id", "question__position", "question_id")
    )


def _html_list(rows: Iterable[str]) -> str:
    items = format_html_join("", "<li>{}</li>", ((row,) for row in rows))
    return format_html('<ul class="dc-said">{}</ul>', items) if items else "–"


def interest_words(interest: Interest) -> str:
    """One of them in words: the product, how much, when, with which certificates."""
    certificates = dict(Interest.Certificate.choices)
    stars = gettext("OCOP %(count)d stars") % {"count": interest.ocop_stars} if interest.ocop_stars else ""
    facts = (
        str(interest).strip(),
        interest.amount,
        interest.season,
        *(str(certificates.get(name, name)) for name in interest.certificates),
        stars,
    )
    return ", ".join(fact for fact in facts if fact)
