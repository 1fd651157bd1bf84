"""App configuration, and Django's admin with the site of this project."""

from django.apps import AppConfig
from django.contrib.admin import apps


class StaffAdminConfig(apps.AdminConfig):
    """Django's admin; ``admin.site`` is ours."""

    # Django's own class is the default of its app; the default of this one is below.
    default = False
    default_site = "staff.site.StaffSite"


class StaffConfig(AppConfig):
    name = "staff"
