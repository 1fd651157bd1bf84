"""The small forms of the page of the doors."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from attendance.models import Device, Door
from common.fields import LineField


class DoorForm(forms.Form):
    """A new door of a point."""

    name = LineField(label=_("name of the door"), max_length=60)


class PhoneForm(forms.Form):
    """A phone to be paired with a door of a point."""

    name = LineField(label=_("name of the phone"), max_length=60, help_text=_("Such as: phone of Ms Lan."))
    door = forms.ChoiceField(label=_("door"))
    role = forms.ChoiceField(label=_("may"), choices=Device.Role.choices)

    def __init__(self, *args: Any, doors: list[Door], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["door"] = forms.ChoiceField(
            label=_("door"), choices=[(str(door.pk or 0), door.name) for door in doors]
        )
