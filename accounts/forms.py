"""Forms about the person who signs in."""

from django import forms
from django.contrib.auth.forms import AdminUserCreationForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common.fields import CleanTextFormMixin, LineField


class SignupForm(forms.Form):
    """What allauth's sign-up asks beside e-mail address and password."""

    name = LineField(label=_("Full name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    field_order = ["name", "email", "password1", "password2"]

    def signup(self, request: HttpRequest, user: User) -> None:
        """Called by allauth with the new, saved ``user``."""
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])


class UserCreationForm(CleanTextFormMixin, AdminUserCreationForm):
    """The admin's form for a new user."""

    class Meta:
        model = User
        fields = ("email", "name", "phone")
