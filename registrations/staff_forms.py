"""Forms of the administration about registrations and invitations: they clean input, nothing more."""

import hashlib
import json
import re
import secrets
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from phonenumber_field.phonenumber import to_python

from accounts.fields import CleanTextFormMixin, LineField, clean_text
from accounts.phones import e164_of
from bridges.models import BridgePoint, Province
from conference.models import Conference
from registrations import consent, services
from registrations.form_parts import (
    KINDS,
    OneWayForm,
    email_field,
    name_field,
    phone_field,
    position_field,
    tax_code_field,
)
from registrations.models import Guest, Invitation, Registration
from registrations.people_forms import MAX_PASTED, MAX_PEOPLE, read_people, too_many

_WIDE = {"class": "vTextField"}
_LINES = {"class": "vLargeTextField", "rows": 4}
#: So many lines are read at once.
MAX_GUESTS = 500
_PHONE_LIKE = re.compile(r"\+?[\d\s.()/-]{6,}")


class ReasonForm(forms.Form):
    """Why requests are declined."""

    reason = LineField(
        label=_("Reason"),
        max_length=300,
        help_text=_("The people read it, in their message and on their page."),
        widget=forms.Textarea(attrs={**_LINES, "rows": 3}),
        error_messages={"required": _("Please give the reason: whoever asked reads it.")},
    )


class OutOfTurnForm(forms.Form):
    """Why somebody gets his seats before others."""

    reason = LineField(
        label=_("Reason"),
        max_length=300,
        help_text=_("It stays in the history of the registration; the people do not read it."),
        widget=forms.Textarea(attrs={**_LINES, "rows": 3}),
        error_messages={"required": _("Please give the reason; it stays in the history.")},
    )


class EraseForm(forms.Form):
    """The question before personal data are erased."""

    sure = forms.BooleanField(
        label=_("Yes, erase these data. This cannot be taken back."),
        error_messages={"required": _("Please tick the box if you mean it.")},
    )


def open_points(user: Any, now: datetime) -> list[BridgePoint]:
    """Where ``user`` may still register somebody: open and closed points, conference by conference."""
    points = BridgePoint.objects.run_by(user).filter(conference__ends_at__gt=now, conference__cancelled_at=None)
    return list(
        points.select_related("conference").order_by("conference__starts_at", "conference_id", "position", "id")
    )


def _point_words(point: BridgePoint) -> str:
    if point.seats is None:
        words = _g("no seat limit")
    elif point.is_full:
        words = _g("full")
    else:
        left = point.seats_left
        words = ngettext("%(count)d seat left", "%(count)d seats left", left) % {"count": left}
    closed = "" if point.is_open else f", {_g('closed to the public')}"
    return f"{point.name} ({words}{closed})"


class TelephoneForm(OneWayForm):
    """A registration that somebody makes by telephone."""

    point = forms.TypedChoiceField(
        label=_("Bridge point"),
        coerce=int,
        error_messages={
            "required": _("Please choose a bridge point."),
            "invalid_choice": _("You cannot register anybody at this bridge point. Please choose another."),
        },
    )
    organisation_name = LineField(label=_("Organisation"), widget=forms.TextInput(attrs=_WIDE))
    organisation_kind = forms.ChoiceField(label=_("Kind of organisation"), choices=KINDS)
    province = forms.ModelChoiceField(
        label=_("Province"), queryset=Province.objects.none(), required=False, empty_label=_("Please choose")
    )
    tax_code = tax_code_field()
    full_name = name_field(widget=forms.TextInput(attrs={**_WIDE, "autocomplete": "off"}))
    position = position_field(widget=forms.TextInput(attrs={**_WIDE, "autocomplete": "off"}))
    phone = phone_field(help_text=_("A mobile number receives the link by SMS."))
    email = email_field(help_text=_("Mobile or e-mail: one is enough, both are safer."))
    language = forms.ChoiceField(label=_("Language of the messages"), choices=settings.LANGUAGES, initial="vi")
    people = forms.CharField(
        label=_("Further people"),
        required=False,
        max_length=MAX_PASTED,
        help_text=_("One a line: name, position, phone. An e-mail address may stand in any place."),
        widget=forms.Textarea(attrs=_LINES),
    )
    consented = forms.BooleanField(
        label=_("Has agreed by telephone to the storing of these data"),
        error_messages={"required": _("Please read the words out. Without consent the registration is not stored.")},
    )
    waitlist = forms.BooleanField(
        label=_("Take a place on the waitlist if the point is full"),
        required=False,
        help_text=_("Otherwise nothing is stored, and you can offer another point."),
    )
    nonce = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, *args: Any, points: Sequence[BridgePoint], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.points = {point.pk: point for point in points}
        groups = [
            (conference.short_name, [(point.pk, _point_words(point)) for point in members])
            for conference, members in groupby(points, key=lambda point: point.conference)
        ]
        self.fields["point"].choices = [("", _("Please choose")), *groups]
        for name in ("phone", "email"):
            self.fields[name].widget.attrs["autocomplete"] = "off"
        # The provinces of the time, as on the public page.
        day = self.conference.starts_at if self.conference else timezone.now()
        self.fields["province"].queryset = Province.objects.valid_on(timezone.localtime(day).date())
        self.initial.setdefault("nonce", secrets.token_urlsafe(16))

    @property
    def conference(self) -> Conference | None:
        """The conference of the point that is chosen so far, or the only one there is."""
        chosen = str(self["point"].value() or "")
        if chosen.isascii() and chosen.isdecimal() and int(chosen) in self.points:
            return self.points[int(chosen)].conference
        conferences = {point.conference for point in self.points.values()}
        return conferences.pop() if len(conferences) == 1 else None

    @property
    def consent_texts(self) -> list[tuple[str, str]]:
        """What is read out: of the conference that is known, otherwise of each that differs, with their names."""
        if self.conference:
            return [("", consent.text(self.conference.erase_after_days))]
        names: dict[int, list[str]] = {}
        for conference in dict.fromkeys(point.conference for point in self.points.values()):
            names.setdefault(conference.erase_after_days, []).append(conference.short_name)
        if len(names) == 1:
            return [("", consent.text(*names))]
        return [(", ".join(which), consent.text(days)) for days, which in names.items()]

    def clean_people(self) -> list[services.Person]:
        people, complaints = read_people(self.cleaned_data["people"])
        if not complaints and len(people) >= MAX_PEOPLE:
            complaints = [too_many()]
        if complaints:
            raise ValidationError(complaints)
        return [
            services.Person(
                person.full_name,
                person.position,
                to_python(person.phone, region="VN").as_e164 if person.phone else "",
                person.email.lower(),
            )
            for person in people
        ]

    @property
    def chosen_point(self) -> BridgePoint:
        """The point of a valid form."""
        return self.points[self.cleaned_data["point"]]

    def registration(self) -> services.Form:
        """What a valid form says."""
        data = self.cleaned_data
        phone = e164_of(data["phone"])
        contact = services.Person(data["full_name"], data["position"], phone, data["email"])
        return services.Form(
            organisation=services.OrganisationData(
                data["organisation_kind"], data["organisation_name"], data["province"], data["tax_code"]
            ),
            people=[contact, *data["people"]],
            language=data["language"],
            consent_way=consent.TELEPHONE,
            source=Registration.Source.STAFF,
        )

    def submission_key(self) -> str | None:
        """The same for the same form with the same content; None without a nonce."""
        data = self.cleaned_data
        if not data["nonce"]:
            return None
        content = ["staff", *(str(data[name] or "") for name in sorted(data) if name != "waitlist")]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()


class InvitationForm(CleanTextFormMixin, forms.ModelForm):
    """An invitation, and a box for its guests. Partner and bridge point are those of its conference."""

    paste = forms.CharField(
        label=_("Add guests"),
        required=False,
        max_length=100_000,
        help_text=_(
            "One a line: name, position, organisation, e-mail, phone; commas, semicolons or the columns of a"
            " spreadsheet between them. Whoever is on the list already is skipped."
        ),
        widget=forms.Textarea(attrs={**_LINES, "rows": 6}),
    )

    class Meta:
        model = Invitation
        fields = ("conference", "name", "partner", "bridge_point", "quota", "is_active", "text")
        widgets = {"text": forms.Textarea(attrs=_LINES)}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        conference = self.instance.conference_id or self._only_conference()
        for name in ("partner", "bridge_point"):
            if name in self.fields:
                field = self.fields[name]
                if conference:
                    field.queryset = field.queryset.filter(conference=conference)
                else:
                    field.queryset = field.queryset.select_related("conference").order_by(
                        "-conference__starts_at", "position", "id"
                    )
                    field.label_from_instance = lambda row: f"{row} – {row.conference}"
        if "bridge_point" in self.fields and self.instance.pk and (self.instance.quota or self.instance.used):
            # Seats that are kept or taken at one point do not move to another.
            self.fields["bridge_point"].disabled = True
            self.fields["bridge_point"].help_text = _(
                "Fixed while seats are kept there for its guests or taken by them."
            )
        for field in self.fields.values():
            for right in ("can_add_related", "can_change_related", "can_view_related", "can_delete_related"):
                if hasattr(field.widget, right):
                    setattr(field.widget, right, False)

    def _only_conference(self) -> int | None:
        """The conference that a new invitation will belong to, if there is no choice."""
        field = self.fields.get("conference")
        if field is None:
            return None
        if (given := str(self.initial.get("conference") or "")).isdecimal():
            field.queryset = field.queryset.filter(pk=given)
        rows = list(field.queryset[:2])
        if len(rows) == 1:
            self.initial["conference"] = rows[0].pk
            return rows[0].pk
        return None

    def clean_paste(self) -> list[Guest]:
        guests, complaints = read_guests(self.cleaned_data["paste"])
        if complaints:
            raise ValidationError(complaints)
        return guests


class GuestForm(CleanTextFormMixin, forms.ModelForm):
    """One guest."""

    class Meta:
        model = Guest
        fields = ("name", "position", "organisation", "email", "phone")

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()

    def validate_unique(self) -> None:
        # Django leaves out constraints that name the invitation, since a table below a page does not ask for it.
        super().validate_unique()
        try:
            self.instance.validate_constraints()
        except ValidationError as error:
            self._update_errors(error)


class GuestFormSet(forms.BaseInlineFormSet):
    """The guests of an invitation, nobody twice in what is sent at once."""

    def clean(self) -> None:
        super().clean()
        seen: set[str] = set()
        for form in self.forms:
            if form in self.deleted_forms or not hasattr(form, "cleaned_data"):
                continue
            phone = form.cleaned_data.get("phone")
            own = {form.cleaned_data.get("email"), e164_of(phone)} - {"", None}
            if own & seen:
                form.add_error(None, _("Another line has this address already."))
            seen |= own


def read_guests(text: str) -> tuple[list[Guest], list[str]]:
    """The guests of ``text`` as unsaved rows, and complaints, each naming its line."""
    guests: list[Guest] = []
    complaints: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip(" \t,;"):
            continue
        if len(guests) == MAX_GUESTS:
            return [], [
                _g("At most %(count)d lines at once. Please add the others afterwards.") % {"count": MAX_GUESTS}
            ]
        try:
            guests.append(_read_guest(line))
        except ValidationError as error:
            shown = " ".join(line.split())
            facts = {"number": number, "line": shown[:60], "error": " ".join(error.messages)}
            complaints.append(_g("Line %(number)d (%(line)s): %(error)s") % facts)
    return guests, complaints


def _read_guest(line: str) -> Guest:
    separator = next((sign for sign in "\t;," if sign in line), ",")
    parts = [clean_text(part) for part in line.split(separator)]
    if len(parts) > 1 and parts[0].rstrip(".").isdecimal() and len(parts[0]) <= 4:
        # A number in front counts the lines.
        parts = parts[1:]
    guest, words = Guest(), []
    for part in parts:
        if "@" in part and not guest.email:
            guest.email = _checked_email(part)
        elif _PHONE_LIKE.fullmatch(part) and not guest.phone:
            guest.phone = _checked_phone(part)
        else:
            words.append(part)
    while words and not words[-1]:
        words.pop()
    if not words or not words[0]:
        raise ValidationError(_g("Please give the name of this person."))
    if len(words) > 3:
        raise ValidationError(
            _g(
                "There is more than name, position and organisation. Please put semicolons between them"
                " where one holds a comma."
            )
        )
    guest.name, guest.position, guest.organisation = [*words, "", ""][:3]
    if max(len(guest.name), len(guest.position)) > 150 or len(guest.organisation) > 200:
        raise ValidationError(_g("This is too long. Is each person on a line of his own?"))
    return guest


def _checked_email(text: str) -> str:
    text = text.strip("<>").lower()
    try:
        validate_email(text)
    except ValidationError as error:
        raise ValidationError(_g("This is not an e-mail address. Example: ten@example.vn.")) from error
    if len(text) > 254:
        raise ValidationError(_g("This is not an e-mail address. Example: ten@example.vn."))
    return text


def _checked_phone(text: str) -> Any:
    number = to_python(text, region="VN")
    if not number or not number.is_valid():
        raise ValidationError(_g("This is not a phone number. Example: 0912 345 678."))
    return number


class SendForm(forms.Form):
    """To which guests an invitation goes."""

    FIRST, AGAIN = "first", "again"

    to = forms.ChoiceField(label=_("Who gets it"), widget=forms.RadioSelect)
    # When it was last sent, as the page said: nobody sends twice by pressing twice.
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = choices
