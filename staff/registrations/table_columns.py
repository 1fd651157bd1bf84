"""The columns of the table of a conference's people, of which everybody chooses their own."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.phones import written
from registrations.models import Delegate, Registration
from staff.registrations.page_fields import attendance_words
from staff.registrations.what_was_said import interest_words

#: So many names of a registration are written out.
_NAMES = 3


@dataclass(frozen=True)
class Row:
    """A line of the table: a registration, or one of its people."""

    registration: Registration
    delegate: Delegate | None = None


@dataclass(frozen=True)
class Column:
    """A column: its key, its label, what stands in it, whether it is shown to who has not chosen, what it reads.

    ``only``: "registrations" or "people" where it says nothing in a list of the others. ``reads``: what is fetched for
    it, as a path from a registration.
    """

    key: str
    label: Any
    cell: Callable[[Row], str | SafeString]
    usual: bool = False
    only: str = ""
    reads: tuple[str, ...] = ()


def _two_lines(first: Any, second: Any) -> str | SafeString:
    return format_html('{}<br><span class="quiet">{}</span>', first, second) if second else str(first)


def _organisation(row: Row) -> str | SafeString:
    owner = row.registration.organisation
    return _two_lines(owner.name, owner.get_kind_display())


def _contact(row: Row) -> str | SafeString:
    one = row.registration
    return _two_lines(one.contact_name, written(one.contact_phone) or one.contact_email)


def _address(row: Row) -> str | SafeString:
    one = row.delegate
    return _two_lines(written(one.phone) or one.email, one.email if one.phone else "") if one else ""


def _names(row: Row) -> str:
    names = [delegate.full_name for delegate in row.registration.delegates.all()]
    others = len(names) - _NAMES
    shown = ", ".join(names[:_NAMES])
    return gettext("%(names)s and %(count)d more") % {"names": shown, "count": others} if others > 0 else shown


def _state(row: Row) -> str | SafeString:
    one = row.registration
    return format_html('<span class="dc-state dc-is-{}">{}</span>', one.state, one.get_state_display())


def _present(row: Row) -> str:
    if row.delegate is not None:
        return attendance_words(row.delegate)
    people = row.registration.delegates.all()
    there = sum(1 for delegate in people if getattr(delegate, "attendance", None))
    return f"{there}/{len(people)}" if there else "–"


def _interests(row: Row) -> str:
    return "; ".join(interest_words(interest) for interest in row.registration.interests.all())


def _notes(row: Row) -> str:
    return " · ".join(note.text for note in row.registration.office_notes.all())


def _moment(row: Row) -> str:
    return date_format(timezone.localtime(row.registration.created_at), "d/m/Y H:i")


def _opened(row: Row) -> str:
    opened = row.registration.link_opened_at
    return date_format(timezone.localtime(opened), "d/m/Y H:i") if opened else gettext("not opened yet")


#: In the order in which they stand.
COLUMNS = (
    Column("organisation", _("organisation"), _organisation, usual=True, only="people"),
    Column("contact", _("contact person"), _contact, usual=True, only="registrations"),
    Column("address", _("phone and e-mail"), _address, usual=True, only="people"),
    Column("names", _("people who come"), _names, only="registrations"),
    Column("point", _("bridge point"), lambda row: row.registration.bridge_point.label, usual=True),
    Column("state", _("state"), _state, usual=True),
    Column("seats", _("seats"), lambda row: str(row.registration.seats), usual=True, only="registrations"),
    Column("province", _("province"), lambda row: str(row.registration.organisation.province or "")),
    Column("tax_code", _("tax code"), lambda row: row.registration.organisation.tax_code),
    Column("interests", _("sells or looks for"), _interests, reads=("interests__product",)),
    Column("invitation", _("invited by"), lambda row: str(row.registration.invitation or "")),
    Column("opened", _("link opened"), _opened),
    Column("present", _("attendance"), _present),
    Column("notes", _("office note"), _notes, reads=("office_notes",)),
    Column("source", _("came by"), lambda row: str(row.registration.get_source_display())),
    Column("number", _("number"), lambda row: row.registration.number, only="people"),
    Column("created_at", _("registered at"), _moment, usual=True, only="registrations"),
)


def columns_of(view: str, chosen: Iterable[str] | None) -> list[Column]:
    """The columns of the list ``view``: those ``chosen`` by their keys; None: the usual ones."""
    offered = [column for column in COLUMNS if column.only in ("", view)]
    if chosen is None:
        return [column for column in offered if column.usual]
    keys = set(chosen)
    return [column for column in offered if column.key in keys]
