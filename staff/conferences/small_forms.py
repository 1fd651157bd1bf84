"""The small forms of the workspace about a conference: one matter each."""

from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from common.fields import MomentField, PhoneField
from conference.models import Conference, Partner, Product
from registrations.models import Interest, Question
from staff.conferences.moving import MovingConferenceForm, refuse_far_moments
from staff.edit_conflicts import StaffInlineFormSet, StaffModelForm
from staff.workspace.widgets import DayAndClock

#: The last place that the database can store.
_LAST = 32767


class ConferencePartForm(StaffModelForm):
    """A form about a part of a conference: what the model finds wrong with the rest stands above the form."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        refuse_far_moments(self)

    def _update_errors(self, errors: ValidationError) -> None:
        if hasattr(errors, "error_dict"):
            found: dict[str, list[ValidationError]] = {}
            for name, reasons in errors.error_dict.items():
                found.setdefault(name if name in self.fields else NON_FIELD_ERRORS, []).extend(reasons)
            errors = ValidationError(found)
        super()._update_errors(errors)  # type: ignore[misc]


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class TextsForm(ConferencePartForm):
    """What it is called, and what it is about."""

    class Meta:
        model = Conference
        fields = ("name", "short_name", "summary", "purpose", "preparation")
        widgets = {"summary": _area(3), "purpose": _area(8), "preparation": _area(5)}


class WhenForm(ConferencePartForm, MovingConferenceForm):
    """When it is. Programme and deadline move along with the start, if so wished."""

    field_order = (
        "starts_at", "moves_along", "ends_at", "registration_closes_at", "is_tentative", "doors_open_minutes",
    )  # fmt: skip

    class Meta:
        model = Conference
        fields = ("starts_at", "ends_at", "registration_closes_at", "is_tentative", "doors_open_minutes")
        field_classes = dict.fromkeys(("starts_at", "ends_at", "registration_closes_at"), MomentField)
        widgets = dict.fromkeys(("starts_at", "ends_at", "registration_closes_at"), DayAndClock)


class RegistrationForm(ConferencePartForm):
    """When and how people register, and how long what they write is kept."""

    class Meta:
        model = Conference
        fields = (
            "registration_opens_at", "registration_closes_at", "needs_approval", "holds_seats", "erase_after_days",
        )  # fmt: skip
        field_classes = dict.fromkeys(("registration_opens_at", "registration_closes_at"), MomentField)
        widgets = dict.fromkeys(("registration_opens_at", "registration_closes_at"), DayAndClock)
        help_texts = {"registration_opens_at": _("Empty: when the conference is published.")}


class ContactForm(ConferencePartForm):
    """Whom people ask."""

    class Meta:
        model = Conference
        fields = ("contact_name", "contact_phone", "contact_email")
        field_classes = {"contact_phone": PhoneField}
        widgets = {"contact_phone": forms.TextInput(attrs={"inputmode": "tel"})}


class NextRoomForm(ConferencePartForm):
    """Whether the room that speaks next gets an SMS."""

    class Meta:
        model = Conference
        fields = ("tells_next_room",)


class AddressForm(ConferencePartForm):
    """Its address on the web."""

    class Meta:
        model = Conference
        fields = ("slug",)
        labels = {"slug": _("Address on the web")}


class OrderedRowForm(StaffModelForm):
    """A row with a place in an order; a new one without a number comes last."""

    _comes_last = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.is_new:
            self.fields["position"].required = False
            self.initial["position"] = None

    def clean_position(self) -> int:
        position: int | None = self.cleaned_data["position"]
        if position is not None:
            return position
        self._comes_last = True
        return self._next_position()

    def _next_position(self) -> int:
        rows = type(self.instance)._base_manager.filter(conference=self.instance.conference)
        return min((rows.aggregate(last=Max("position"))["last"] or 0) + 1, _LAST)

    def save(self, commit: bool = True) -> Any:
        if self._comes_last:
            # Asked once more: others of the same table may have been stored since it was checked.
            self.instance.position = self._next_position()
        return super().save(commit)


class PartnerRowForm(OrderedRowForm):
    """An agency in the table of partners."""

    class Meta:
        model = Partner
        fields = ("name", "role", "duty", "position")
        widgets = {"duty": _area(1)}


class PartnerLetterForm(StaffModelForm):
    """What stands on letters and papers in the name of an agency."""

    class Meta:
        model = Partner
        fields = ("superior", "signer_title", "signer_name")


class ProductRowForm(OrderedRowForm):
    """A product in the table of products."""

    class Meta:
        model = Product
        fields = ("name", "position")


class ProductTable(StaffInlineFormSet):
    """Refuses to delete what somebody sells or looks for."""

    def clean(self) -> None:
        super().clean()
        for form in self.deleted_forms:
            if form.instance.pk and Interest.objects.filter(product=form.instance.pk).exists():
                words = _("“%(product)s” stands in registrations: rename it instead of deleting it.")
                raise ValidationError(words % {"product": form.instance.name})


class OneQuestionForm(StaffModelForm):
    """One question, on a page of its own."""

    class Meta:
        model = Question
        exclude = ("conference",)
        widgets = {"choices": _area(4)}


def partner_table(conference: Conference, data: Any) -> Any:
    """The table with the partners of ``conference``, from what was sent (None: nothing was)."""
    factory = forms.inlineformset_factory(Conference, Partner, form=PartnerRowForm, formset=StaffInlineFormSet, extra=2)
    return factory(data, instance=conference)


def product_table(conference: Conference, data: Any) -> Any:
    """The table with the products of ``conference``, from what was sent (None: nothing was)."""
    factory = forms.inlineformset_factory(Conference, Product, form=ProductRowForm, formset=ProductTable, extra=4)
    return factory(data, instance=conference)
