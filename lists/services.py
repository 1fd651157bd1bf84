"""Use cases of lists and papers that belong to no single list."""

from conference.models import Conference
from lists.models import LetterTemplate


def copy_letter(*, source: Conference, target: Conference) -> None:
    """Give ``target`` the office's own Word file for letters, if ``source`` has one."""
    if kept := LetterTemplate.objects.filter(conference=source).first():
        LetterTemplate.objects.create(
            conference=target, content=kept.content, name=kept.name, by_id=kept.by_id, uploaded_at=kept.uploaded_at
        )
