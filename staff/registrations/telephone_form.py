"""The form of the administration for somebody who registers by telephone: it cleans input, nothing more."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, cast

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bridges.models import BridgePoint, Province
from bridges.seat_words import seats_left_words
from common.fields import LineField, read_phone
from conference.models import Conference
from registrations import consent, services
from registrations.forms.interests import InterestForm, InterestRows
from registrations.forms.mails import OneWayForm, email_field
from registrations.forms.parts import (
    KINDS,
    REDRAWS,
    name_field,
    phone_field,
    position_field,
    tax_code_field,
)
from registrations.forms.people import MAX_PASTED, MAX_PEOPLE, person_of, too_many
from registrations.forms.questions import answers_in, field_for, name_of
from registrations.models import Question, Registration
from registrations.pasted_people import read_people
from staff.edit_conflicts import focus_in
from staff.registrations.forms import LINES, WIDE
from staff.registrations.interest_rows import in_office_words


def open_points(user: Any, now: datetime, conference: Conference | None = None) -> list[BridgePoint]:
    """Where ``user`` may still register somebody, open and closed: of ``conference``, or conference by conference."""
    points = BridgePoint.objects.run_by(user).filter(conference__ends_at__gt=now, conference__cancelled_at=None)
    if conference is not None:
        points = points.filter(conference=conference)
    return list(
        points.select_related("conference").order_by("conference__starts_at", "conference_id", "position", "id")
    )


def _point_words(point: BridgePoint) -> str:
    closed = "" if point.is_open else f", {gettext('closed to the public')}"
    return f"{point.name} ({seats_left_words(point)}{closed})"


class TelephoneForm(OneWayForm):
    """A registration that somebody makes by telephone; it has the fields that the conference needs.

    ``conference``: the one that is registered for, where that is settled.
    """

    point = forms.TypedChoiceField(
        label=_("Bridge point"),
        coerce=int,
        error_messages={
            "required": _("Please choose a bridge point."),
            "invalid_choice": _("You cannot register anybody at this bridge point. Please choose another."),
        },
    )
    organisation_name = LineField(label=_("Organisation"), widget=forms.TextInput(attrs=WIDE))
    organisation_kind = forms.ChoiceField(label=_("Kind of organisation"), choices=KINDS)
    province = forms.ModelChoiceField(
        label=_("Province"), queryset=Province.objects.none(), required=False, empty_label=_("Please choose")
    )
    tax_code = tax_code_field()
    full_name = name_field(widget=forms.TextInput(attrs={**WIDE, "autocomplete": "off"}))
    position = position_field(widget=forms.TextInput(attrs={**WIDE, "autocomplete": "off"}))
    phone = phone_field(help_text=_("A Vietnamese mobile receives the link by SMS, a foreign number by e-mail."))
    email = email_field(help_text=_("Mobile or e-mail: one is enough, both are safer."))
    language = forms.ChoiceField(label=_("Language of the messages"), choices=settings.LANGUAGES, initial="vi")
    people = forms.CharField(
        label=_("Further people"),
        required=False,
        max_length=MAX_PASTED,
        help_text=_("One a line: name, position, phone. An e-mail address may stand in any place."),
        widget=forms.Textarea(attrs=LINES),
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

    def __init__(
        self, *args: Any, points: Sequence[BridgePoint], conference: Conference | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._settled = conference
        self._offer_points(points)
        for name in ("phone", "email"):
            self.fields[name].widget.attrs["autocomplete"] = "off"
        # The provinces of the time, as on the public page.
        day = self.conference.starts_at if self.conference else timezone.now()
        field = cast("forms.ModelChoiceField[Any]", self.fields["province"])
        field.queryset = Province.objects.valid_on(timezone.localtime(day).date())
        self._add_questions()

    def _offer_points(self, points: Sequence[BridgePoint]) -> None:
        """Let one of ``points`` be chosen, conference by conference if it is not settled; the only one is chosen."""
        self.points = {point.pk: point for point in points}
        groups: list[Any] = [
            (conference.short_name, [(point.pk, _point_words(point)) for point in members])
            for conference, members in groupby(points, key=lambda point: point.conference)
        ]
        if self._settled:
            groups = [choice for _name, choices in groups for choice in choices]
            if len(points) == 1:
                self.initial["point"] = points[0].pk
            if all(point.seats is None for point in points):
                # Nothing can be full.
                del self.fields["waitlist"]
        cast(forms.ChoiceField, self.fields["point"]).choices = [("", _("Please choose")), *groups]

    def _add_questions(self) -> None:
        """Add a field for each question of the conference, if it is known."""
        self.questions = list(self.conference.questions.filter(is_active=True)) if self.conference else []
        for question in self.questions:
            self.add_field(name_of(question), field_for(question, required=question.is_required))
        if any(question.asked == Question.Asked.DELEGATE for question in self.questions):
            note = gettext(
                "The questions for each delegate are asked of the caller only; the others answer on the registrant’s"
                " page."
            )
            self.fields["people"].help_text = format_html("{}<br>{}", self.fields["people"].help_text, note)

    @property
    def question_fields(self) -> list[forms.BoundField]:
        """The fields of the organiser's own questions; whoever calls answers those asked of each delegate, too."""
        return [self[name_of(question)] for question in self.questions]

    @property
    def conference(self) -> Conference | None:
        """The one that is settled; else that of the point that is chosen so far, or the only one there is."""
        if self._settled:
            return self._settled
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
            return [("", consent.text(days)) for days in names]
        return [(", ".join(which), consent.text(days)) for days, which in names.items()]

    @cached_property
    def interests(self) -> InterestRows:
        """What the organisation sells or looks for."""
        products = list(self.conference.products.all()) if self.conference else []
        return InterestRows(self.data if self.is_bound else None, products)

    @property
    def interest_rows(self) -> Sequence[InterestForm]:
        """The rows of products to draw: those in use, and an empty one where there is none or one was asked for."""
        rows = self.interests.rows_to_draw
        used = len(self.interests.filled)
        return in_office_words(rows if self.is_unfinished or not used else rows[:used])

    def focus_first_error(self) -> None:
        """Let the cursor stand in the first field with an error, in the order in which they are drawn."""
        last = ["consented"]
        parts: list[tuple[forms.BaseForm, list[str]]] = [(self, [name for name in self.fields if name not in last])]
        parts += [(row, list(row.fields)) for row in self.interests.filled]
        any(focus_in(part, names) for part, names in (*parts, (self, last)))

    @property
    def is_unfinished(self) -> bool:
        """Whether the button was pressed that draws another row, and not the one that registers."""
        return self.is_bound and not REDRAWS.isdisjoint(self.data)

    def leave_unchecked(self) -> None:
        super().leave_unchecked()
        self.interests.leave_unchecked(focus_new=True)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.interests.is_valid():
            self.add_error(None, _("Please check what is sold or looked for."))
        return cleaned

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
                read_phone(person.phone),
                person.email,
            )
            for person in people
        ]

    @property
    def chosen_point(self) -> BridgePoint:
        """The point of a valid form."""
        return self.points[self.cleaned_data["point"]]

    def registration(self) -> services.NewRegistration:
        """What a valid form says."""
        data = self.cleaned_data
        contact = person_of(data, [q for q in self.questions if q.asked == Question.Asked.DELEGATE])
        return services.NewRegistration(
            organisation=services.OrganisationData(
                data["organisation_kind"], data["organisation_name"], data["province"], data["tax_code"]
            ),
            people=[contact, *data["people"]],
            language=data["language"],
            interests=self.interests.interests(),
            answers=answers_in(data, [q for q in self.questions if q.asked == Question.Asked.ORGANISATION]),
            consent_way=consent.TELEPHONE,
            source=Registration.Source.STAFF,
        )

    def content(self) -> list[Any]:
        """All that a valid form says, in an order that does not change."""
        data = self.cleaned_data
        own = [data[name] for name in sorted(data) if name != "waitlist"]
        return ["staff", *own, *(str(sorted(row.cleaned_data.items())) for row in self.interests.filled)]
