"""What an entry in the log of the administration says, in words of the reader's language."""

import json
from functools import cache
from typing import Any

from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.db.models import Model
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext

from staff.roles.history_sources import ROLE_NAMES

#: For names of rows and fields that stand in the log: texts of the models, which are in the catalogue from there.
_translated = translation.gettext
#: Parts of the log about rows that keep versions of their own.
_WITH_VERSIONS = {"connection details", "bridge point", "delegate", "reminder", "text"}


def said_by(entry: LogEntry) -> tuple[str, list[list[str]]]:
    """What ``entry`` says beyond what versions say, and the fields that have changed: label, before, after.

    The words are empty where versions say everything.
    """
    if not entry.change_message.startswith("["):
        # Words without a name in them are stored as in the sources, and are in the catalogue from there.
        return _translated(entry.change_message) if entry.change_message else "", []
    try:
        parts = json.loads(entry.change_message)
    except ValueError:
        return entry.change_message, []
    own = [part for part in parts if _is_own(part)]
    changes = [
        [_label(label, details["name"]), *values]
        for part in own
        for details in part.values()
        for label, *values in details.get("values", [])
    ]
    return " ".join(_words(entry, part) for part in own), changes


def _is_own(part: Any) -> bool:
    """Whether a part of a log message speaks of rows that keep no versions."""
    details = next(iter(part.values()), None) if isinstance(part, dict) else None
    return isinstance(details, dict) and "name" in details and details["name"] not in _WITH_VERSIONS


def _words(entry: LogEntry, part: dict[str, Any]) -> str:
    what, details = next(iter(part.items()))
    facts = {"name": _name(details["name"]), "who": details.get("object", "")}
    if details["name"] in ROLE_NAMES and what in ("added", "deleted"):
        words = gettext("Role given: %(name)s – %(who)s.") if what == "added" else _withdrawn_words()
        return words % facts
    if what == "changed" and details.get("values"):
        return gettext("Changed %(name)s “%(who)s”.") % facts
    fields = [_label(name, details["name"]) for name in details.get("fields", [])]
    told = {what: {**details, "name": facts["name"], **({"fields": fields} if fields else {})}}
    said: str = LogEntry(action_flag=entry.action_flag, change_message=json.dumps([told])).get_change_message()
    return said


def _withdrawn_words() -> str:
    return gettext("Role withdrawn: %(name)s – %(who)s.")


@cache
def _models() -> dict[str, type[Model]]:
    """The models by the name under which the log keeps their rows."""
    with translation.override(None):
        return {str(model._meta.verbose_name): model for model in apps.get_models()}


def _name(name: str) -> str:
    """What the log calls ``name``, in the reader's language; some are in the catalogue with their context alone."""
    said = _translated(name) if name else ""
    return str(_models()[name]._meta.verbose_name) if said == name and name in _models() else said


def _label(label: str, name: str) -> str:
    """The name of a field of a row ``name``, as the log keeps it, "Title", in the reader's language.

    Ours begin with a small letter; those of a model may be in the catalogue with their context alone.
    """
    model = _models().get(name)
    for one in model._meta.fields if model else ():
        with translation.override(None):
            is_it = capfirst(str(one.verbose_name)) == label
        if is_it:
            return str(capfirst(str(one.verbose_name)))
    said = _translated(label) if label else ""
    return said if said != label or not label else str(capfirst(_translated(label[0].lower() + label[1:])))
