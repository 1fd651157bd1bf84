"""Forms of the administration about registrations and invitations: they clean input, nothing more."""

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from common.fields import LineField
from common.phones import e164_of
from registrations.models import Guest, Invitation
from registrations.pasted_people import read_guests
from registrations.services import GuestsToInvite
from staff.edit_conflicts import StaffInlineFormSet, StaffModelForm

#: Widget attributes of the administration's own fields.
WIDE = {"class": "vTextField"}
LINES = {"class": "vLargeTextField", "rows": 4}


class ReasonForm(forms.Form):
    """Why requests are declined."""

    reason = LineField(
        label=_("Reason"),
        max_length=300,
        help_text=_("The people read it, in their message and on their page."),
        widget=forms.Textarea(attrs={**LINES, "rows": 3}),
        error_messages={"required": _("Please give the reason: whoever asked reads it.")},
    )


class OutOfTurnForm(forms.Form):
    """Why somebody gets their seats before others."""

    reason = LineField(
        label=_("Reason"),
        max_length=300,
        help_text=_("It stays in the history of the registration; the people do not read it."),
        widget=forms.Textarea(attrs={**LINES, "rows": 3}),
        error_messages={"required": _("Please give the reason; it stays in the history.")},
    )


class EraseForm(forms.Form):
    """The question before personal data are erased."""

    sure = forms.BooleanField(
        label=_("Yes, erase these data. This cannot be taken back."),
        error_messages={"required": _("Please tick the box if you mean it.")},
    )


_RELATED_LINKS = ("can_add_related", "can_change_related", "can_view_related", "can_delete_related")


def _limit_to_conference(field: Any, conference: int | None) -> None:
    """Offer what belongs to ``conference``; while it is not chosen, that of all, each with the conference's name."""
    if conference:
        field.queryset = field.queryset.filter(conference=conference)
        return
    rows = field.queryset.select_related("conference")
    field.queryset = rows.order_by("-conference__starts_at", "position", "id")
    field.label_from_instance = lambda row: f"{row} – {row.conference}"


def _hide_related_links(widget: forms.Widget) -> None:
    """Take away the administration's links beside a choice that add, change or delete what is chosen."""
    for link in _RELATED_LINKS:
        if hasattr(widget, link):
            setattr(widget, link, False)


class InvitationForm(StaffModelForm):
    """An invitation, and a box for its guests. Partner and bridge point are those of its conference."""

    paste = forms.CharField(
        label=_("Add guests"),
        required=False,
        max_length=100_000,
        help_text=_(
            "One a line: name, position, organisation, e-mail, phone; commas, semicolons or the columns of a"
            " spreadsheet between them. Whoever is on the list already is skipped."
        ),
        widget=forms.Textarea(attrs={**LINES, "rows": 6}),
    )

    class Meta:
        model = Invitation
        fields = ("conference", "name", "partner", "bridge_point", "quota", "is_active", "text")
        widgets = {"text": forms.Textarea(attrs=LINES)}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        conference = self.instance.conference_id or self._only_conference()
        for name in {"partner", "bridge_point"} & set(self.fields):
            _limit_to_conference(self.fields[name], conference)
        if self.instance.pk and (self.instance.quota or self.instance.used):
            self._fix_point()
        for field in self.fields.values():
            _hide_related_links(field.widget)

    def _fix_point(self) -> None:
        """Seats that are kept or taken at one point do not move to another."""
        if field := self.fields.get("bridge_point"):
            field.disabled = True
            field.help_text = _("Fixed while seats are kept there for its guests or taken by them.")

    def _only_conference(self) -> int | None:
        """The conference that a new invitation will belong to, if there is no choice."""
        field: Any = self.fields.get("conference")
        if field is None:
            return None
        if (given := str(self.initial.get("conference") or "")).isdecimal():
            field.queryset = field.queryset.filter(pk=given)
        rows = list(field.queryset[:2])
        if len(rows) == 1:
            self.initial["conference"] = rows[0].pk
            return rows[0].pk
        return None

    def clean(self) -> dict[str, Any]:
        """Refuse to keep more seats than the point has at all; what an earlier version took may stay."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        point, quota = cleaned.get("bridge_point") or self.instance.bridge_point, cleaned.get("quota")
        is_new = {"quota", "bridge_point"} & set(self.changed_data)
        if is_new and quota and point and point.seats is not None and quota > point.seats:
            words = _("%(point)s has %(seats)d seats: no more can be kept.")
            self.add_error("quota", ValidationError(words, params={"point": point.label, "seats": point.seats}))
        return cleaned

    def clean_paste(self) -> list[Guest]:
        guests, complaints = read_guests(self.cleaned_data["paste"])
        if complaints:
            raise ValidationError(complaints)
        return guests


class GuestForm(StaffModelForm):
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
            # Django does the same with its own.
            self._update_errors(error)  # type: ignore[attr-defined]


class GuestFormSet(StaffInlineFormSet):
    """The guests of an invitation, nobody twice in what is sent at once."""

    def clean(self) -> None:
        super().clean()
        seen: set[str] = set()
        for form in self.forms:
            if form in self.deleted_forms or not hasattr(form, "cleaned_data"):
                continue
            phone = form.cleaned_data.get("phone")
            own = {form.cleaned_data.get("email") or "", e164_of(phone)} - {""}
            if own & seen:
                form.add_error(None, _("Another line has this address already."))
            seen |= own


class SendForm(forms.Form):
    """To which of ``guests`` an invitation goes: those who have not got it yet, or all who have not registered."""

    FIRST, AGAIN = "first", "again"

    to = forms.ChoiceField(label=_("Who gets it"), widget=forms.RadioSelect)
    # When it was last sent, as the page said: nobody sends twice by pressing twice.
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)

    def __init__(self, *args: Any, guests: GuestsToInvite, **kwargs: Any) -> None:
        choices = []
        if guests.fresh:
            choices.append((self.FIRST, _first_words(len(guests.fresh))))
        if len(guests.reached) > len(guests.fresh):
            choices.append((self.AGAIN, _again_words(len(guests.reached))))
        initial = {"to": choices[0][0] if choices else "", "seen": guests.mark}
        kwargs["initial"] = initial
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["to"]).choices = choices

    @property
    def is_again(self) -> bool:
        """Whether a valid form sends it also to those who have got it already."""
        return self.cleaned_data["to"] == self.AGAIN


def _first_words(count: int) -> str:
    words = ngettext(
        "the %(count)d guest who has not got it yet", "the %(count)d guests who have not got it yet", count
    )
    return words % {"count": count}


def _again_words(count: int) -> str:
    words = ngettext(
        "all %(count)d guest who has not registered, also who has got it already",
        "all %(count)d guests who have not registered, also those who have got it already",
        count,
    )
    return words % {"count": count}
