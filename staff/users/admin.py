"""Users in the administration."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.forms import UserCreationForm
from accounts.models import User
from staff.edit_conflicts import MergingAdmin, StaffModelForm


class UserForm(StaffModelForm, UserChangeForm):
    """A user, to be corrected."""


@admin.register(User)
class UserAdmin(DjangoUserAdmin, MergingAdmin):
    """For superusers only: organisers appoint coordinators at the bridge point."""

    form = UserForm
    add_form = UserCreationForm
    ordering = ("email",)
    list_display = ("email", "name", "phone", "is_staff", "is_organiser", "is_active", "last_login")
    list_filter = ("is_staff", "is_organiser", "is_superuser", "is_active")
    search_fields = ("email", "name", "phone")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        (_("Personal info"), {"fields": ("name", "phone", "phone_verified_at")}),
        (_("Permissions"), {"fields": ("is_active", "is_staff", "is_organiser", "is_superuser")}),
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

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if "phone" in form.changed_data:
            # Only a code proves a phone.
            obj.phone_verified_at = None
        if change:
            form.save_changed("phone_verified_at")
        else:
            super().save_model(request, obj, form, change)
