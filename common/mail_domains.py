"""Mail domains that are nearly right: gmial.com, gmail.con. What was meant is asked, never taken unasked.

No list of all domains is kept and no server is asked. What differs in the first letter is somebody else's domain
(ymail.com, email.com), and so may be one that differs by more than a slip of the finger; nothing is said about those.
"""

from functools import lru_cache

from django.utils.translation import gettext

#: Where people here have their mail, and the endings that their names have.
_ENDINGS = {
    "gmail": ("com",),
    "yahoo": ("com", "com.vn"),
    "hotmail": ("com",),
    "outlook": ("com", "com.vn"),
    "icloud": ("com",),
    "live": ("com",),
}
#: What people type for the endings. Nobody gives out addresses at these names with such an ending.
_WRONG_ENDINGS = {
    "com": [
        "con", "cm", "co", "om", "ocm", "cmo", "vom", "xom", "cpm", "cim", "comm", "ccom", "coom", "comn", "cok", "c0m",
        "com.com", "com.co", "con.com",
    ],
    "com.vn": [
        "com.vm", "con.vn", "con.vm", "com.v", "com.vnn", "com.nv", "com.bn", "cm.vn", "comvn", "co.vn", "om.vn",
        "com.vn.vn",
    ],
}  # fmt: skip
_MEANT_ENDING = {wrong: right for right, all_wrong in _WRONG_ENDINGS.items() for wrong in all_wrong}
#: Shorter names have too many neighbours: line.com, love.com.
_FEWEST_LETTERS = 5


def meant_by(email: str) -> str:
    """The address that is probably meant by ``email``; "" if its domain may well be right."""
    local, _at, domain = email.rpartition("@")
    meant = _meant_domain(domain.lower()) if local else ""
    return f"{local}@{meant}" if meant else ""


def question_about(email: str) -> str:
    """What is asked about ``email`` where a list says something about one of its rows; "" if nothing."""
    meant = meant_by(email)
    return gettext("“%(email)s”: is %(meant)s meant?") % {"email": email, "meant": meant} if meant else ""


@lru_cache(maxsize=4096)
def _meant_domain(domain: str) -> str:
    name, _dot, ending = domain.partition(".")
    meant = _meant_name(name)
    if not meant:
        return ""
    right = _right_ending(meant, ending)
    return f"{meant}.{right}" if right and (meant, right) != (name, ending) else ""


def _meant_name(name: str) -> str:
    if name in _ENDINGS:
        return name
    return next((known for known in _ENDINGS if len(known) >= _FEWEST_LETTERS and _is_slip(name, known)), "")


def _right_ending(name: str, ending: str) -> str:
    """The ending that is meant by ``ending`` behind ``name``; "" if nobody can say."""
    right = _MEANT_ENDING.get(ending, ending)
    if right in _ENDINGS[name]:
        return right
    # Addresses of Google have one ending, whatever country they are used in.
    return "com" if name == "gmail" and right in ("vn", "com.vn") else ""


def _is_slip(typed: str, meant: str) -> bool:
    """Whether ``typed`` has one letter too many, too few or wrong, or two the wrong way round, behind the first."""
    if typed[:1] != meant[0] or abs(len(typed) - len(meant)) > 1:
        return False
    while typed and meant and typed[0] == meant[0]:
        typed, meant = typed[1:], meant[1:]
    while typed and meant and typed[-1] == meant[-1]:
        typed, meant = typed[:-1], meant[:-1]
    if max(len(typed), len(meant)) == 1:
        return True
    return len(typed) == 2 and typed == meant[::-1]
