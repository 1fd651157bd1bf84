"""The connection of a bridge point and its coordinator, as the sheet says them that comes with the connections."""

import re
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from bridges.models import BridgePoint, Connection, Coordinator
from common.phones import e164_of
from common.search import fold
from lists.people import cleaning, columns
from lists.people.cleaning import Refused

DETAILS = ("web_url", "meeting_id", "password", "server", "account", "sip_address", "dial_in")
_COLUMNS = {column.field: column for column in columns.POINTS}
_NAME_LENGTH = 150
# "Nguyễn Văn A – 0912 345 678": who writes both into one cell writes the number behind the name.
_WITH_PHONE = re.compile(r"(?P<name>.*?)[\s,;:(–-]*(?P<phone>(?:\+84|0)[\d .-]{7,13}\d)\s*\)?")


def read_details(cells: dict[str, str]) -> dict[str, str]:
    """The connection details in a row of a list, those that are filled in.

    Raises:
        Refused: one of them cannot be stored.
    """
    found = {name: cells[name] for name in DETAILS if cells.get(name)}
    if "web_url" in found and "://" not in found["web_url"]:
        found["web_url"] = f"https://{found['web_url']}"
    row = Connection(**found)
    try:
        row.clean_fields(exclude=[field.name for field in Connection._meta.fields if field.name not in found])
        row.clean()
    except ValidationError as error:
        name, words = next(iter(error.message_dict.items()))
        raise Refused(f"{_COLUMNS[name].label}: {words[0]}") from error
    return found


@dataclass(frozen=True)
class Contact:
    """The coordinator whom a row names; the phone in E.164. Each may be empty."""

    name: str = ""
    phone: str = ""
    email: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether the row names nobody."""
        return not (self.name or self.phone or self.email)

    def find_in(self, point: BridgePoint) -> Coordinator | None:
        """The coordinator of ``point`` (with its coordinators and their accounts) who is meant."""
        rows = list(point.coordinators.all())
        if self.email:
            return next((row for row in rows if row.user.email == self.email), None)
        if self.name:
            return next((row for row in rows if fold(row.user.name) == fold(self.name)), None)
        return rows[0] if len(rows) == 1 else None

    @property
    def words(self) -> str:
        """How the plan names them."""
        return " ".join(filter(None, [self.name, self.email]))


def read_contact(cells: dict[str, str]) -> Contact:
    """The coordinator whom a row of a list names.

    Raises:
        Refused: a phone number or an e-mail address is none.
    """
    name, number = cells.get("coordinator_name", ""), cells.get("coordinator_phone", "")
    if not number and (match := _WITH_PHONE.fullmatch(name)):
        name, number = match["name"].strip(), match["phone"]
    if len(name) > _NAME_LENGTH:
        words = gettext("%(what)s: longer than %(most)d characters.")
        raise Refused(words % {"what": _COLUMNS["coordinator_name"].label, "most": _NAME_LENGTH})
    phone, _more = cleaning.phone(number)
    email, _more = cleaning.email(cells.get("coordinator_email", ""))
    return Contact(name, phone, email)


def phone_words(row: Coordinator, phone: str) -> str:
    """What becomes of the phone of a coordinator for whom a row gives ``phone``; "" if it stays."""
    before = e164_of(row.user.phone)
    if not phone or phone == before:
        return ""
    if row.user.phone_verified_at:
        return gettext("%(who)s has proved another phone number, which stays.") % {"who": row.user}
    words = gettext("Phone of %(who)s: “%(before)s” becomes “%(after)s”.")
    return words % {"who": row.user, "before": before or "–", "after": phone}
