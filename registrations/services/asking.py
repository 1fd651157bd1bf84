"""Questions of the organiser's own."""

from conference.models import Conference
from registrations.models import Question


def copy_questions(*, source: Conference, target: Conference) -> None:
    """Give ``target`` the questions of ``source``."""
    copied = ("text", "help_text", "kind", "choices", "asked", "is_required", "is_active", "position")
    Question.objects.bulk_create(
        Question(conference=target, **{name: getattr(question, name) for name in copied})
        for question in source.questions.all()
    )
