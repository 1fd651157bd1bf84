"""The small forms of the page of the meeting: whom a name means, and Zoom's secret."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from attendance.meeting import Choice
from attendance.models import MeetingStay
from bridges.models import BridgePoint
from common.fields import LineField
from lists.meeting.matching import Means, matcher_for
from registrations import searching
from registrations.models import Delegate, Registration

_MOST_FOUND = 20
_NOBODY = "nobody"
#: Characters; Zoom gives 22.
_SHORTEST_SECRET = 10


class SecretForm(forms.Form):
    """The secret token of the app at Zoom; what is stored is never shown."""

    secret = LineField(
        label=_("secret token"),
        max_length=200,
        help_text=_("From the app at marketplace.zoom.us, under Feature: Secret Token. It is stored sealed."),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, label_suffix="")
        self.fields["secret"].widget.attrs["autocomplete"] = "off"

    def clean_secret(self) -> str:
        """Zoom's tokens are one word of some twenty letters and digits."""
        secret: str = self.cleaned_data["secret"]
        if len(secret) < _SHORTEST_SECRET or " " in secret:
            raise ValidationError(_("This is no secret token of Zoom: copy it whole, it has no spaces."))
        return secret


@dataclass(frozen=True)
class People:
    """Delegates whom a name may mean: those alike, those whom a search has found, and one chosen before."""

    alike: list[Delegate]
    found: list[Delegate]
    chosen: list[Delegate]

    def each_once(self) -> dict[int, Delegate]:
        """All of them by number."""
        return {one.pk: one for one in (*self.alike, *self.found, *self.chosen)}


def people_for(stay: MeetingStay, query: str, chosen: str) -> People:
    """Whom the name of ``stay``, which comes with its conference, may mean. At most six queries.

    ``query``: what is looked for, without accents; ``chosen``: what was sent for the field ``who``.
    """
    conference = stay.conference
    everybody = Delegate.objects.filter(
        registration__conference=conference,
        registration__state__in=Registration.ACTIVE,
        registration__erased_at=None,
    ).select_related("registration__organisation", "registration__bridge_point")
    match = matcher_for(conference, stay.name, stay.email, stay.bridge_point_id).match(stay.name, stay.email)
    near = {*match.alike, match.delegate or 0, stay.delegate_id or 0}
    found = list(everybody.filter(pk__in=searching.delegates(query))[:_MOST_FOUND]) if query.strip() else []
    number = _number_in(chosen, "d")
    return People(list(everybody.filter(pk__in=near)), found, list(everybody.filter(pk=number)) if number else [])


def _number_in(value: str, letter: str) -> int:
    """The number in ``value``, which begins with ``letter``; 0 if it does not."""
    digits = value.removeprefix(letter)
    is_one = value.startswith(letter) and digits.isascii() and digits.isdecimal() and len(digits) < 19
    return int(digits) if is_one else 0


def _words(delegate: Delegate) -> str:
    registration = delegate.registration
    parts = [registration.organisation.name, registration.bridge_point.label, registration.number]
    return f"{delegate.full_name} – {', '.join(filter(None, parts))}"


class WhoForm(forms.Form):
    """Whom a name in the meeting means. It knows what its reader saw, so that two do not undo each other."""

    who = forms.ChoiceField(
        label=_("Who is it?"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Please choose who it is."),
            "invalid_choice": _("This is nobody of this conference. Please choose again."),
        },
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, stay: MeetingStay, people: People, data: Any = None) -> None:
        super().__init__(data, label_suffix="")
        self._stay = stay
        self._people = people.each_once()
        rooms = stay.conference.bridge_points.order_by("position", "pk")
        self._rooms = {point.pk: point for point in rooms if point.is_place}
        self._choices: list[tuple[str, str]] = [
            *((f"d{pk}", _words(one)) for pk, one in self._people.items()),
            *((f"r{pk}", label) for pk, label in _room_labels(self._rooms.values())),
            (_NOBODY, gettext("Not a delegate")),
        ]
        self._who.choices = self._choices
        self._now = _value_of(stay)
        self.initial = {"who": self._now, "seen": self._now}

    @property
    def _who(self) -> forms.ChoiceField:
        return self.fields["who"]  # type: ignore[return-value]

    def clean(self) -> dict[str, Any]:
        """Ask, where somebody else has chosen since the page was drawn."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("who") and cleaned.get("seen", "") != self._now and cleaned["who"] != self._now:
            label = dict(self._choices).get(self._now, gettext("nobody yet"))
            words = gettext("Meanwhile somebody has chosen “%(who)s”. Press the button again to replace it.")
            self.add_error("who", words % {"who": label})
            # Sent again, the reader's own word counts.
            cast("QueryDict", self.data)["seen"] = self._now
        return cleaned

    def choice(self) -> Choice:
        """What a valid form says."""
        value = self.cleaned_data["who"]
        return Choice(self._people.get(_number_in(value, "d")), self._rooms.get(_number_in(value, "r")))


def _room_labels(rooms: Iterable[BridgePoint]) -> list[tuple[int, str]]:
    return [(room.pk, gettext("Device of the room: %(name)s") % {"name": room.name}) for room in rooms]


def _value_of(stay: MeetingStay) -> str:
    """How the form calls what ``stay`` means now; "" while nobody has said it."""
    if stay.means == Means.PERSON and stay.delegate_id:
        return f"d{stay.delegate_id}"
    if stay.means == Means.ROOM and stay.room_id:
        return f"r{stay.room_id}"
    return _NOBODY if stay.means == Means.NOBODY else ""
