"""The registration form and the form that sends links again: they clean input, nothing more."""

from collections.abc import Iterable, Sequence
from copy import copy
from datetime import date
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Self

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from bridges.groups import Group, group_by_kind
from bridges.models import BridgePoint, Province
from bridges.seat_words import offer_words
from common.fields import LineField, refuse_web_address
from common.phones import written
from conference.models import Conference, Product
from registrations import consent, services
from registrations.forms.interests import InterestRows
from registrations.forms.mails import OneWayForm, email_field
from registrations.forms.parts import (
    KINDS,
    REDRAWS,
    Problem,
    StyledForm,
    name_field,
    phone_field,
    position_field,
    tax_code_field,
)
from registrations.forms.people import MAX_PEOPLE, PeopleRows, person_of, require_answers, too_many
from registrations.forms.questions import answers_in, field_for, name_of
from registrations.models import Guest, Invitation, Question


@lru_cache(maxsize=16)
def _provinces(day: date) -> QuerySet[Province]:
    """Those of ``day``, asked for by nobody yet: putting the question together takes longer than most of a form."""
    return Province.objects.valid_on(day)


if TYPE_CHECKING:
    _ProvinceField = forms.ModelChoiceField[Province]
else:
    _ProvinceField = forms.ModelChoiceField


class ProvinceField(_ProvinceField):
    """A province; where those to choose from are ``known`` by their numbers, none is asked for."""

    known: dict[str, Province] | None = None

    def to_python(self, value: Any) -> Any:
        if self.known is None or value in self.empty_values:
            return super().to_python(value)
        if str(value) not in self.known:
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return self.known[str(value)]


class OrganisationFields(OneWayForm):
    """The organisation and its contact person."""

    organisation_kind = forms.ChoiceField(label=_("Kind of organisation"), choices=KINDS)
    organisation_name = LineField(
        label=_("Organisation"),
        help_text=_("Cooperative, company, agency or household."),
        validators=[refuse_web_address],
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    tax_code = tax_code_field()
    province = ProvinceField(
        label=_("Province"), queryset=Province.objects.none(), required=False, empty_label=_("Please choose")
    )
    full_name = name_field()
    position = position_field()
    phone = phone_field(help_text=_("A Vietnamese mobile receives the link by SMS, a foreign number by e-mail."))
    email = email_field(help_text=_("Mobile or e-mail: one is enough, both are safer."))

    def __init__(self, *args: Any, conference: Conference, questions: Iterable[Question], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conference = conference
        self._asked = questions
        self._is_complete = self.is_only_checked
        if self.is_bound:
            self._complete()

    @classmethod
    def only_checked(cls, *args: Any, **kwargs: Any) -> type[Self]:
        kind = super().only_checked(*args, **kwargs)
        province: Any = kind.base_fields["province"]
        province.known = {str(one.pk): one for one in province.queryset}
        return kind

    @cached_property
    def questions(self) -> list[Question]:
        """Those asked of the organisation."""
        return [q for q in self._asked if q.asked == Question.Asked.ORGANISATION]

    @cached_property
    def person_questions(self) -> list[Question]:
        """Those asked of each delegate."""
        return [q for q in self._asked if q.asked == Question.Asked.DELEGATE]

    def _complete(self) -> None:
        """Fill in what costs time, before the fields are drawn or checked: most who open a page get a drawn form."""
        if self._is_complete:
            return
        self._is_complete = True
        day = timezone.localtime(self.conference.starts_at).date()
        province: Any = self.fields["province"]
        province.queryset = _provinces(day)
        for question in self.questions:
            self.add_field(name_of(question), field_for(question, required=question.is_required))

    @property
    def question_fields(self) -> list[forms.BoundField]:
        """The fields of the questions asked of the organisation."""
        self._complete()
        return [self[name_of(question)] for question in self.questions]

    def organisation_data(self) -> services.OrganisationData:
        """The organisation of a valid form."""
        data = self.cleaned_data
        return services.OrganisationData(
            data["organisation_kind"], data["organisation_name"], data["province"], data["tax_code"]
        )

    def answers(self) -> dict[int, str]:
        """What a valid form answers for the organisation."""
        return answers_in(self.cleaned_data, self.questions)


class RegistrationForm(OrganisationFields):
    """One page: the bridge point, the organisation, the people, what they trade, the consent.

    The contact person is the first of the people unless ``contact_only`` is ticked. An invitation whose point is among
    the groups fixes the choice.
    """

    point = forms.TypedChoiceField(
        label=_("Bridge point"),
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Please choose a bridge point."),
            "invalid_choice": _("This bridge point does not exist or takes no registrations. Please choose another."),
        },
    )
    contact_only = forms.BooleanField(label=_("I only register others: I do not attend myself"), required=False)
    consent = forms.BooleanField(
        error_messages={"required": _("Without your consent we may not store the registration.")}
    )
    # Nobody sees this field; a machine that fills in everything fills it in, too.
    homepage = forms.CharField(required=False)

    # Errors are listed in the order of the page.
    field_order = ["point"]

    def __init__(
        self,
        *args: Any,
        points: Sequence[BridgePoint],
        products: Sequence[Product],
        invitation: Invitation | None = None,
        guest: Guest | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.products = products
        self.invitation = invitation
        self.guest = guest
        self._points = {point.pk: point for point in points}
        self._invited_to = self._points.get(invitation.bridge_point_id or 0) if invitation else None
        if not self.is_only_checked:
            field: Any = self.fields["point"]
            field.choices = [(p.pk, p.name) for p in self._offered]
            self.fields["consent"].label = consent.text(self.conference.erase_after_days)
        if guest is not None:
            self.initial = {**self._of_guest(guest), **self.initial}

    @property
    def _offered(self) -> list[BridgePoint]:
        """The points among which whoever fills in this form may choose."""
        return [self._invited_to] if self._invited_to else list(self._points.values())

    @cached_property
    def _drawn_points(self) -> dict[int, Any]:
        """Copies of the points that say what their choice says about seats; the points are others' as well.

        Seats kept for the invitation count for its guests.
        """
        drawn: dict[int, Any] = {number: copy(point) for number, point in self._points.items()}
        for number, point in drawn.items():
            is_fixed = self._invited_to is not None and number == self._invited_to.pk
            point.kept_for_reader = self.invitation.kept if self.invitation and is_fixed else 0
            point.seats_words = partial(offer_words, point, point.kept_for_reader)
            point.is_full_for_reader = point.is_full and not point.kept_for_reader
        return drawn

    @cached_property
    def groups(self) -> list[Group]:
        """The points by kind, to be drawn."""
        return group_by_kind(list(self._drawn_points.values()))

    @property
    def fixed_point(self) -> Any:
        """The point to which the invitation leads, to be drawn; None: whoever comes chooses."""
        return self._drawn_points[self._invited_to.pk] if self._invited_to else None

    def _complete(self) -> None:
        if not self._is_complete:
            super()._complete()
            # A contact person who does not attend answers for nobody: the browser must not insist.
            for question in self.person_questions:
                self.add_field(name_of(question), field_for(question, required=False))

    @staticmethod
    def _of_guest(guest: Guest) -> dict[str, str]:
        return {
            "full_name": guest.name,
            "position": guest.position,
            "organisation_name": guest.organisation,
            "email": guest.email,
            "phone": written(guest.phone),
        }

    @cached_property
    def rows(self) -> PeopleRows:
        """The people beside the contact person."""
        return PeopleRows(self.data if self.is_bound else None, self.person_questions)

    @cached_property
    def interests(self) -> InterestRows:
        """What the organisation sells or looks for."""
        return InterestRows(self.data if self.is_bound else None, self.products)

    @property
    def person_question_fields(self) -> list[forms.BoundField]:
        """The fields of the questions that the contact person answers as a delegate."""
        self._complete()
        return [self[name_of(question)] for question in self.person_questions]

    @property
    def shown_point(self) -> BridgePoint | None:
        """The point that is chosen already, if there is such a one."""
        value = str(self["point"].value() or "")
        return next((point for point in self._drawn_points.values() if str(point.pk) == value), None)

    @property
    def all_need_approval(self) -> bool:
        """Whether organisers decide wherever one may register here."""
        points = self._offered
        return bool(points) and all(point.needs_approval for point in points)

    @property
    def is_anybodys(self) -> bool:
        """Whether its empty fields look the same to everybody."""
        return not self.is_bound and not self.guest

    @property
    def is_unfinished(self) -> bool:
        """Whether a button was pressed that draws the form anew as it was typed, and not the one that registers."""
        return self.is_bound and not REDRAWS.isdisjoint(self.data)

    def leave_unchecked(self) -> None:
        super().leave_unchecked()
        self.rows.leave_unchecked(self.data.get("add_row", ""))
        self.interests.leave_unchecked(focus_new=self.data.get("add_row") == "interests")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        attends = not cleaned.get("contact_only")
        if attends:
            require_answers(self, self.person_questions)
        elif not self.rows.filled and not self.rows.complaints:
            self.add_error("contact_only", _("Please name those who attend, or attend yourself."))
        if len(self.rows.filled) + attends > MAX_PEOPLE:
            self.add_error(None, too_many())
        return cleaned

    def is_valid(self) -> bool:
        own, rows, interests = super().is_valid(), self.rows.is_valid(), self.interests.is_valid()
        return own and rows and interests

    @property
    def all_problems(self) -> list[Problem]:
        """Every error of the page with its place."""
        if not self.is_bound:
            return []
        return [*self.problems(), *self.rows.problems(), *self.interests.problems()]

    @property
    def is_machine(self) -> bool:
        """Whether the field was filled in that people do not see."""
        return bool(str(self.data.get("homepage", "")).strip())

    @property
    def chosen_point(self) -> BridgePoint:
        """The chosen bridge point of a valid form."""
        return self._points[self.cleaned_data["point"]]

    def registration(self, language: str) -> services.NewRegistration:
        """What a valid form says."""
        data = self.cleaned_data
        contact = person_of(data, self.person_questions)
        people = self.rows.people()
        return services.NewRegistration(
            organisation=self.organisation_data(),
            people=people if data["contact_only"] else [contact, *people],
            contact=contact if data["contact_only"] else None,
            language=language,
            interests=self.interests.interests(),
            answers=self.answers(),
            invitation=self.invitation,
            guest=self.guest,
        )

    def content(self) -> list[Any]:
        """All that a valid form says, in an order that does not change."""
        rows = [row.cleaned_data for row in (*self.rows.filled, *self.interests.filled)]
        fields = (self.cleaned_data, *rows)
        return [self.conference.pk, *(given[name] for given in fields for name in sorted(given))]


class FindForm(StyledForm):
    """An e-mail address or a phone number under which somebody registered."""

    address = LineField(
        label=_("E-mail or phone"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "email"}),
        error_messages={"required": _("Please give the e-mail address or the phone number.")},
    )
    homepage = forms.CharField(required=False)

    def clean_address(self) -> dict[str, str]:
        """``email`` in lower case or ``phone`` in E.164; the other is empty."""
        text = self.cleaned_data["address"]
        if "@" in text:
            return {"email": email_field().clean(text).lower(), "phone": ""}
        try:
            return {"email": "", "phone": phone_field().clean(text).as_e164}
        except ValidationError as error:
            words = _("Please give an e-mail address or a phone number, such as ten@example.vn or 0912 345 678.")
            raise ValidationError(words) from error
