"""Forms about bridge points, for the admin."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bridges.models import BridgePoint, Connection, Coordinator
from common.fields import LineField
from staff.edit_conflicts import StaffModelForm


class BridgePointForm(StaffModelForm):
    """A bridge point."""

    class Meta:
        model = BridgePoint
        exclude = ()


class HTTPSURLField(forms.URLField):
    """An address typed without scheme means https."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(assume_scheme="https", **kwargs)


class ConnectionForm(StaffModelForm):
    """Its connection details."""

    class Meta:
        model = Connection
        exclude = ()
        field_classes = {"web_url": HTTPSURLField}


class CoordinatorForm(StaffModelForm):
    """A coordinator, named by e-mail address: who has no account gets one."""

    email = forms.EmailField(label=_("E-mail"), max_length=254)
    name = LineField(label=_("Full name"), max_length=150, required=False)

    class Meta:
        model = Coordinator
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["email"].initial = self.instance.user.email
            self.fields["name"].initial = self.instance.user.name
            for field in self.fields.values():
                field.disabled = True
