"""Personal links let in whoever has them: staff are not shown those of others."""

from io import BytesIO
from zipfile import ZipFile, is_zipfile

import pytest

from tests.test_access_matrix import GET, read, rows

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]

# The letter is handed to the delegate: it brings them their QR code on paper. Who has made it is noted.
LETTER = "/admin/lists/delegate/{delegate}/letter.docx"
STAFF_PAGES = [row for row in rows(GET) if row.startswith("/admin/") and row != LETTER]


def text_of(content: bytes) -> str:
    """What stands in a page or in the parts of a Word or Excel file."""
    if is_zipfile(BytesIO(content)):
        with ZipFile(BytesIO(content)) as parts:
            return "".join(parts.read(name).decode(errors="replace") for name in parts.namelist())
    return content.decode(errors="replace")


@pytest.mark.slow
@pytest.mark.parametrize("role", ["coordinator here", "organiser here", "superuser"])
def test_no_page_or_file_for_staff_shows_a_personal_link(world, role):
    answers = dict(read(world, STAFF_PAGES, role))
    assert all(answer.tokens for answer in answers.values())
    shown = {row for row, answer in answers.items() if any(t in text_of(answer.content) for t in answer.tokens)}
    assert shown == set()
