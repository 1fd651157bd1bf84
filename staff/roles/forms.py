"""The form that names somebody for a role."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bridges.models import BridgePoint
from common.fields import CleanTextFormMixin, LineField
from registrations.forms.mails import AsksAboutMail, MailInput

ORGANISER, COORDINATOR, LEADER = "organiser", "coordinator", "leader"
ROLES = [
    (ORGANISER, _("Organiser: runs the whole conference")),
    (COORDINATOR, _("Coordinator: runs one bridge point and sees nothing else")),
    (LEADER, _("Leader: reads numbers and papers without phone numbers, changes nothing")),
]


class DeputyForm(AsksAboutMail, CleanTextFormMixin, forms.Form):
    """Somebody by e-mail address, at one of ``points``."""

    email = forms.EmailField(label=_("E-mail"), max_length=254, widget=MailInput(attrs={"autocomplete": "off"}))
    name = LineField(label=_("Full name"), max_length=150, required=False)
    point = forms.ModelChoiceField(
        label=_("Bridge point"), queryset=BridgePoint.objects.none(), empty_label=_("please choose")
    )

    def __init__(self, *args: Any, points: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["point"]
        field.queryset = points
        field.label_from_instance = lambda point: point.label


class InviteForm(DeputyForm):
    """The same, with the role; a coordinator needs a bridge point."""

    role = forms.ChoiceField(label=_("Role"), choices=ROLES, widget=forms.RadioSelect)
    field_order = ("email", "name", "role", "point")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["point"].required = False
        self.fields["point"].help_text = _("For a coordinator.")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("role") == COORDINATOR and not cleaned.get("point") and "point" not in self.errors:
            self.add_error("point", _("Please choose the bridge point."))
        return cleaned
