"""Checking a Word file that somebody uploads: in the limited process (ADR 34), so that no file holds up the site."""

import base64

from django.conf import settings
from django.utils.translation import get_language, gettext

from lists.limited import process
from lists.papers.checks import Checked
from lists.papers.letters import WrongLetter

#: A letter of our own takes a twentieth of the time and a quarter of the memory.
LIMITS = process.Limits(memory=512 * 1024 * 1024, processor=10, clock=20)


def check(content: bytes) -> Checked:
    """What ``checks.check`` says about ``content``, after ``process.PATIENCE + LIMITS.clock`` seconds at the latest.

    Raises:
        WrongLetter: as there, or it takes too much, or two other files are being looked at.
    """
    order = {
        "language": get_language() or settings.LANGUAGE_CODE,
        "catalogues": [str(path) for path in settings.LOCALE_PATHS],
    }
    try:
        answer = process.run("letter", content, limits=LIMITS, patience=process.PATIENCE, **order)
    except process.Busy as error:
        raise WrongLetter(
            gettext("Other files are being checked just now. Please send it again in a minute.")
        ) from error
    except (process.TooMuch, process.Broken) as error:
        raise WrongLetter(
            gettext(
                "The file cannot be opened: it takes more time or memory than a letter needs. Please start from the"
                " site's own file."
            )
        ) from error
    if "wrong" in answer:
        raise WrongLetter(answer["wrong"])
    return Checked(base64.b64decode(answer["content"]), tuple(answer["lacking"]))
