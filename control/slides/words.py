"""What the checks say of a file of slides, in words."""

from collections.abc import Iterable

from django.conf import settings
from django.utils.translation import gettext, ngettext

from control.models import SlideFile


def refusal_words(why: str, about: str = "") -> str:
    """Why a file is not taken, and what to do about it; ``why`` and ``about`` as ``SlidesRefused`` has them."""
    if why == "big":
        words = gettext(
            "The file is bigger than %(most)d MB. Make its pictures smaller: “Compress Pictures” in PowerPoint."
        )
        return words % {"most": settings.SLIDES_MAX_MB}
    if why == "pages":
        most: int = settings.SLIDES_MAX_PAGES
        words = ngettext(
            "The file has %(pages)s pages; at most %(most)d is allowed.",
            "The file has %(pages)s pages; at most %(most)d are allowed.",
            most,
        )
        return words % {"pages": about, "most": most}
    if why == "external":
        return gettext("The file loads “%(what)s” from elsewhere. Put it into the file itself, or delete the link.") % {
            "what": about
        }
    return _refusals().get(why) or gettext("The file is damaged. Save it anew and send it again.")


def _refusals() -> dict[str, str]:
    return {
        "empty": gettext("The file is empty."),
        "cut off": gettext("The file did not arrive whole: the connection broke. Please send it again."),
        "missing": gettext("Please choose a file."),
        "kind": gettext("This is neither PowerPoint (.pptx) nor PDF nor OpenDocument (.odp), whatever its name says."),
        "old": gettext("This is an old PowerPoint file (.ppt) or one with a password. Save it as .pptx without one."),
        "password": gettext("The file has a password. Please save it without one."),
        "unpacked": gettext("The file is too big when it is unpacked. Make its pictures and films smaller."),
        "too much": gettext("The file takes too long to open. Save it as PDF and send that."),
        "macros": gettext("The file holds macros or other programs. Save it as a plain .pptx."),
        "programs": gettext("The PDF runs programs when it is opened. Print it into a PDF anew."),
        "attachments": gettext("The PDF has other files attached. Print it into a PDF anew."),
        "embedded": gettext("The file holds objects of other programs (OLE). Paste them as pictures."),
        "slideshow": gettext("This is a slide show or a template. Save it as a presentation (.pptx)."),
        "no pages": gettext("The file has no pages."),
        "later": gettext(
            "The file could not be checked or stored just now, which is not its fault. What was there before has"
            " stayed. Please send it again in a few minutes."
        ),
        "busy": gettext(
            "Other files are being checked just now. What was there before has stayed."
            " Please send it again in a minute."
        ),
        "gone": gettext("This part of the programme has been taken out meanwhile."),
    }


def warning_words(file: SlideFile) -> list[str]:
    """What to look at before ``file`` is shown."""
    warnings: Iterable[tuple[str, str]] = file.warnings
    return [_warning(what, about) for what, about in warnings]


def _warning(what: str, about: str) -> str:
    if what == "shape":
        return gettext("The pages are %(shape)s, the screen is 16:9: strips stay dark.") % {"shape": about}
    if what == "font":
        return gettext("The font “%(font)s” is not in the file: letters may look different.") % {"font": about}
    if what == "linked":
        return gettext("“%(what)s” is not in the file, only a link to it: it may not be shown.") % {"what": about}
    return gettext("The file has film or sound: have it tried out at the main point.")
