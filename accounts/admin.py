"""Users in the admin, and the admin's sign-in through allauth."""

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _

from accounts.forms import UserCreationForm
from accounts.models import User

admin.site.login = secure_admin_login(admin.site.login)
admin.site.site_header = _("Điểm Cầu administration")
admin.site.site_title = _("Điểm Cầu")
# Lists with seats, waitlist and state need the width more than four links need a bar of their own.
admin.site.enable_nav_sidebar = False
admin.site.index_title = _("Conferences and bridge points")
# Roles are rows of a conference or a bridge point here; groups would only be a second, unused way.
admin.site.unregister(Group)
# Whoever signs in manages these on their own account pages; here they would only be secrets to look at.
admin.site.unregister(Authenticator)
admin.site.unregister(EmailAddress)


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
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

    def save_model(self, request, obj: User, form, change: bool) -> None:
        if "phone" in form.changed_data:
            # Only a code proves a phone.
            obj.phone_verified_at = None
        super().save_model(request, obj, form, change)
