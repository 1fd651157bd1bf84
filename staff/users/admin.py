"""Users in the administration."""

from typing import Any, ClassVar

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextInputWidget
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from accounts import second_factor
from accounts.forms import UserCreationForm
from accounts.models import User
from accounts.signed_in import user_of
from common.fields import PhoneField
from common.phones import written
from staff.broken_values import BrokenValuesMixin
from staff.edit_conflicts import MergingAdmin, StaffModelForm


class _WithAccess(forms.ModelForm):
    """Says at the box which is missing that an organiser needs access to the administration."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("is_organiser") and cleaned.get("is_staff") is False:
            words = gettext("Organisers work in the administration: please tick this as well.")
            self.add_error("is_staff", words)
        return cleaned


class UserForm(_WithAccess, StaffModelForm, UserChangeForm):
    """A user, to be corrected."""


class NewUserForm(_WithAccess, UserCreationForm):
    """A new user."""


@admin.register(User)
class UserAdmin(BrokenValuesMixin, DjangoUserAdmin, MergingAdmin):
    """For superusers only: organisers appoint coordinators at the bridge point."""

    form = UserForm
    add_form = NewUserForm
    ordering = ("email",)
    list_display = ("email", "name", "phone_words", "is_staff", "is_organiser", "is_active", "last_login")
    list_filter = ("is_staff", "is_organiser", "is_superuser", "is_active")
    search_fields = ("email", "name", "phone")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        (_("Personal info"), {"fields": ("name", "phone", "phone_verified_at")}),
        (
            _("Permissions"),
            {
                "fields": (
                    "is_active",
                    "is_staff",
                    "staff_by_role",
                    "is_organiser",
                    "organiser_by_role",
                    "is_superuser",
                )
            },
        ),
        (_("Important dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "classes": ("wide",),
                "fields": (
                    "email",
                    "name",
                    "phone",
                    "is_staff",
                    "is_organiser",
                    "usable_password",
                    "password1",
                    "password2",
                ),
            },
        ),
    )
    readonly_fields = ("last_login", "date_joined", "phone_verified_at")
    # What a field shows it takes back.
    formfield_overrides: ClassVar[Any] = {PhoneNumberField: {"form_class": PhoneField, "widget": AdminTextInputWidget}}

    @admin.display(description=_("phone"), ordering="phone")
    def phone_words(self, user: User) -> str:
        return written(user.phone) or "–"

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if "phone" in form.changed_data:
            # Only a code proves a phone.
            obj.phone_verified_at = None
        # What an administrator gives here, no withdrawal of a role takes.
        for right, by_role in (("is_staff", "staff_by_role"), ("is_organiser", "organiser_by_role")):
            if right in form.changed_data:
                setattr(obj, by_role, False)
        if change:
            form.save_changed("phone_verified_at", "staff_by_role", "organiser_by_role")
        else:
            super().save_model(request, obj, form, change)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.reset_second_factor_view)
        return [
            path("<int:pk>/reset-second-factor/", view, name="accounts_user_reset_second_factor"),
            *super().get_urls(),
        ]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        user = kwargs.get("obj")
        if user is not None and request.user.is_superuser:
            context["has_second_factor"] = Authenticator.objects.filter(user=user).exists()
        return super().render_change_form(request, context, *args, **kwargs)

    def reset_second_factor_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Says what would be lost, and resets the second factor of somebody who has lost it if that is meant."""
        if not request.user.is_superuser:
            raise Http404
        user = get_object_or_404(User, pk=pk)
        if request.method == "POST":
            if second_factor.reset(user=user, by=user_of(request), now=timezone.now()):
                words = gettext("The two-step verification is reset. A mail tells the person.")
                self.message_user(request, words, messages.SUCCESS)
            else:
                self.message_user(request, gettext("This person has no two-step verification."), messages.WARNING)
            return redirect("admin:accounts_user_change", pk)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Reset the two-step verification"),
            "original": user,
            "factors": Authenticator.objects.filter(user=user).order_by("type", "id"),
            "opts": self.opts,
        }
        return TemplateResponse(request, "staff/users/reset_second_factor.html", context)
