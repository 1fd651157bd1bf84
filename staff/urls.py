"""Addresses below ``/admin/``."""

from django.contrib import admin
from django.urls import include, path

from staff import views
from staff.workspace import start

urlpatterns = [
    # Django's shortcut shows any staff user the address of any object, a registrant's personal link too.
    path("r/<path:rest>", views.no_shortcut, name="no_shortcut"),
    # Before Django's own start page, which stands behind: every list, of all conferences.
    path("", start.landing),
    path("all/", views.all_lists, name="all_lists"),
    path("", include("staff.messages.urls")),
    path("", include("staff.lists.urls")),
    path("", include("staff.workspace.urls")),
    path("", include("staff.help.urls")),
    path("", admin.site.urls),
]
