"""Two people at one page never undo each other: a form writes only what its reader has changed.

Each form carries, in one hidden input, a keyed digest of every value with which it was drawn. When it comes back, a
digest that no longer fits what is stored says that somebody else has changed that field; one that does not fit what was
sent says that the reader has. A field that only somebody else has changed stays as it is stored. A field that both have
changed is asked about: the page shows both values, and a choice. Digests, not values, go into the page, so that it
holds nothing that its fields do not show.
"""

import base64
import unicodedata
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, time
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms.utils import ErrorDict
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

MINE, THEIRS = "mine", "theirs"
#: A longer value stands below the field, not in the sentence about it.
_SHORT = 80


class Change(NamedTuple):
    """Who stored something, as people call them, and when."""

    who: str
    at: datetime


class DrawnField(forms.BoundField):
    """A field of a form that carries what it was drawn with; the first field that is drawn takes that along."""

    form: "MergingForm"

    def as_widget(self, *args: Any, **kwargs: Any) -> SafeString:
        return format_html("{}{}", super().as_widget(*args, **kwargs), self.carried)

    @property
    def carried(self) -> SafeString | str:
        """What stands beside the field, for templates that write the field out themselves."""
        return format_html("{}{}", self.form.take_drawn(), self.form.choice(self.name))

    def value(self) -> Any:
        if self.name in self.form.kept:
            return self.field.prepare_value(self.form.value_now(self.name))
        return super().value()

    # Django asks this for what it calls the changed data of a form; its stubs do not know it.
    def _has_changed(self) -> bool:
        seen = self.form.drawn.get(self.name)
        if seen is None or self.field.disabled:
            return bool(super()._has_changed())  # type: ignore[misc]
        if self.form.takes_theirs(self.name) or not self.field.has_changed(self.form.value_now(self.name), self.data):
            return False
        return seen == self.form.digest_now(self.name) or self.form.digest_sent(self.name) != seen


if TYPE_CHECKING:
    # What the mixin is mixed into.
    class _Form(forms.BaseForm):
        _errors: ErrorDict

else:
    _Form = object


class MergingForm(_Form):
    """A form about something stored. Who changes nothing in a field leaves it as it is stored now.

    A field that two have changed is shown with what the other stored, and with a choice between the two.
    """

    bound_field_class: type[forms.BoundField] | None = DrawnField
    #: What is stored now, by field; nothing in a row for somebody new.
    stored: Mapping[str, Any] = MappingProxyType({})

    def carry_drawn(self, stored: Mapping[str, Any]) -> None:
        """Have the form carry what it is drawn with: ``stored``, what is stored now, by field."""
        self.stored = stored

    # --- what it was drawn with, and what is stored now ---------------------------------------------------------------

    @cached_property
    def kept(self) -> set[str]:
        """The fields that stay as somebody else has stored them."""
        return set()

    @cached_property
    def clashes(self) -> set[str]:
        """The fields that both have changed."""
        return set()

    @cached_property
    def drawn(self) -> dict[str, str]:
        """By field, the digest of the value with which it was drawn, as it came back; empty if nothing did."""
        sent = str(self.data.get(self.add_prefix("drawn"), "")) if self.is_bound else ""
        pairs = (pair.partition(":") for pair in sent.split())
        return {name: digest for name, _colon, digest in pairs if name in self.stored}

    def _carried_names(self) -> list[str]:
        fields = ((name, self.fields.get(name)) for name in self.stored)
        return [
            name
            for name, field in fields
            if field is not None
            and not (field.widget.is_hidden or field.disabled or isinstance(field, forms.FileField))
        ]

    def value_now(self, name: str) -> Any:
        """What is stored now in the field ``name``, as exactly as the field shows it."""
        value, field = self.stored.get(name), self.fields[name]
        if isinstance(value, datetime | time) and not field.widget.supports_microseconds:
            return value.replace(microsecond=0)
        return _typed(field, value)

    def digest_now(self, name: str) -> str:
        """The digest of what is stored now."""
        return digest_of(name, self.fields[name], self.value_now(name))

    def digest_sent(self, name: str) -> str:
        """The digest of what was sent; that of nothing if it cannot be taken."""
        try:
            return digest_of(name, self.fields[name], self.fields[name].clean(self[name].data))
        except ValidationError:
            return ""

    def changed_meanwhile(self) -> list[str]:
        """The fields that somebody else has changed since they were drawn."""
        return [n for n in self._carried_names() if n in self.drawn and self.drawn[n] != self.digest_now(n)]

    # --- putting the two together -------------------------------------------------------------------------------------

    def _clean_fields(self) -> None:
        super()._clean_fields()  # type: ignore[misc]
        self.merge()

    _is_merged = False

    def count_as_drawn_now(self) -> None:
        """Drawn again, the form carries what is stored now: its reader has been told of it."""
        self._is_merged = True

    def merge(self) -> None:
        """Keep what only somebody else has changed, and ask about what both have."""
        self.count_as_drawn_now()
        changed, meanwhile = set(self.changed_data), self.changed_meanwhile()
        for name in self._carried_names():
            if name in changed and name in meanwhile:
                self._ask(name)
            elif name not in changed and (name in meanwhile or self.takes_theirs(name)):
                self._keep(name)

    def _keep(self, name: str) -> None:
        self.kept.add(name)
        now, field = self.value_now(name), self.fields[name]
        # What was sent no longer counts, nor what is wrong with it.
        self._errors.pop(name, None)
        # If it was stored under another rule, or as something that no browser sends in one piece, it stays as it is.
        self.cleaned_data[name] = now
        with suppress(ValidationError):
            self.cleaned_data[name] = field.clean(field.prepare_value(now))
            if hasattr(self, f"clean_{name}"):
                self.cleaned_data[name] = getattr(self, f"clean_{name}")()

    def _ask(self, name: str) -> None:
        self.clashes.add(name)
        words = _("Meanwhile somebody has stored “%(value)s” here. Choose what stays, and press the button again.")
        facts = {"value": shorten(self.words_now(name))}
        if change := self.last_change(name):
            words = _("%(who)s stored “%(value)s” here at %(when)s. Choose what stays, and press the button again.")
            facts |= {"who": change.who, "when": moment_words(change.at)}
        self.add_error(name, words % facts)

    def last_change(self, name: str) -> Change | None:
        """Who stored what is stored now in the field ``name``, and when; None if that is unknown, or not to be said."""
        return None

    def words_now(self, name: str) -> str:
        """What is stored now in the field ``name`` as people see it."""
        return _words(self.fields[name], self.value_now(name))

    # --- drawing ------------------------------------------------------------------------------------------------------

    _is_drawn = False

    def take_drawn(self) -> SafeString | str:
        """The hidden input that says with what the form is drawn; "" if it stands on the page already."""
        if self._is_drawn or not (names := self._carried_names()):
            return ""
        self._is_drawn = True
        # Where nobody has been asked yet, it still counts as drawn with what it was.
        is_unasked = self.is_bound and not self._is_merged
        pairs = self.drawn if is_unasked else {name: self.digest_now(name) for name in names}
        value = " ".join(f"{name}:{digest}" for name, digest in pairs.items())
        return format_html('<input type="hidden" name="{}" value="{}">', self.add_prefix("drawn"), value)

    def _choice_name(self, name: str) -> str:
        return f"{self.add_prefix(name)}-keep"

    def takes_theirs(self, name: str) -> bool:
        """Whether the reader, asked about the field ``name``, chose what somebody else has stored."""
        return self.is_bound and self.data.get(self._choice_name(name)) == THEIRS

    def choice(self, name: str) -> SafeString | str:
        """The choice between what the reader typed and what is stored; "" where there is none."""
        if name not in self.clashes:
            return ""
        theirs = self.words_now(name)
        return choice_between(
            self._choice_name(name),
            gettext("Store what I have entered"),
            gettext("Keep what is stored: %(value)s") % {"value": shorten(theirs)},
            "" if theirs == shorten(theirs) else theirs,
        )


def choice_between(name: str, mine: str, theirs: str, whole: str = "") -> SafeString:
    """Two radio buttons called ``name`` with the labels ``mine`` and ``theirs``; ``whole``: a long text below."""
    more = format_html('<div class="dc-clash-text">{}</div>', whole) if whole else ""
    title = gettext("What stays?")
    return format_html(
        '<div class="dc-clash" role="radiogroup" aria-label="{}"><b aria-hidden="true">{}</b>'
        '<label><input type="radio" name="{}" value="{}" checked> {}</label>'
        '<label><input type="radio" name="{}" value="{}"> {}</label>{}</div>',
        title, title, name, MINE, mine, name, THEIRS, theirs, more,
    )  # fmt: skip


def shorten(text: str) -> str:
    """The beginning of ``text`` on one line."""
    line = " ".join(text.split())
    return line if len(line) <= _SHORT and line == text.strip() else f"{line[: _SHORT - 1]}…"


def moment_words(moment: datetime) -> str:
    """``moment`` to the minute, in local time."""
    return date_format(timezone.localtime(moment), "DATETIME_FORMAT")


def _typed(field: forms.Field, value: Any) -> Any:
    """``value`` as ``field`` understands it, where it is stored as text."""
    if not isinstance(value, str) or isinstance(field, forms.ModelChoiceField):
        return value
    try:
        return field.to_python(value)
    except ValidationError:
        return value


def digest_of(name: str, field: forms.Field, value: Any) -> str:
    """A keyed digest of ``value`` in ``field``: equal values have equal ones, however they are written."""
    text = f"{name}\0{_text(field.prepare_value(_typed(field, value)))}"
    digest = salted_hmac("common.edit_conflicts", text, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest[:9]).decode()


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list | tuple | set | QuerySet):
        return "\x1f".join(sorted(map(_text, value)))
    if isinstance(value, datetime) and timezone.is_aware(value):
        return value.astimezone(UTC).isoformat()
    return unicodedata.normalize("NFC", str(value)).replace("\r\n", "\n").strip()


def _words(field: forms.Field, value: Any) -> str:
    """``value`` of ``field`` as people see it."""
    if isinstance(field.widget, forms.PasswordInput):
        return "•••"
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, datetime):
        return moment_words(value)
    prepared = field.prepare_value(value)
    choices = {str(key): str(label) for key, label in _choices(field)}
    if isinstance(prepared, list | tuple):
        return ", ".join(choices.get(str(one), str(one)) for one in prepared) or "–"
    text = "" if prepared is None else str(prepared)
    return choices.get(text, text) or "–"


def _choices(field: forms.Field) -> Iterable[tuple[Any, Any]]:
    """The choices of ``field``; groups are flattened."""
    for key, label in getattr(field, "choices", ()):
        if isinstance(label, list | tuple):
            yield from label
        else:
            yield key, label
