"""Users in the administration."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.forms import UserCreationForm
from accounts.models import User
from staff.broken_values import BrokenValuesMixin


@admin.register(User)
class UserAdmin(BrokenValuesMixin, DjangoUserAdmin):
    """For superusers only: organisers appoint coordinators at the bridge point."""

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
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        # Without the administration there is nothing that an organiser could run.
        if User.objects.filter(pk=form.instance.pk, is_organiser=True, is_staff=False).update(is_staff=True):
            words = gettext("Organisers work in the administration: “%(box)s” has been ticked as well.")
            label = User._meta.get_field("is_staff").verbose_name
            self.message_user(request, words % {"box": capfirst(label)}, messages.WARNING)
