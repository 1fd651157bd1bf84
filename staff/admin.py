"""Read by Django: everything that stands in the administration, and what libraries put there and nobody needs."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import Group

from staff.attendance import admin as attendance
from staff.conferences import admin as conferences
from staff.day import admin as day
from staff.invitations import admin as invitations
from staff.messages import admin as messages
from staff.outbox import admin as outbox
from staff.points import admin as points
from staff.registrations import admin as registrations
from staff.users import admin as users

__all__ = [
    "attendance",
    "conferences",
    "day",
    "invitations",
    "messages",
    "outbox",
    "points",
    "registrations",
    "users",
]

# Roles are rows of a conference or a bridge point here; groups would only be a second, unused way. Whoever signs in
# manages addresses and second factors on their own account pages; here they would only be secrets to look at.
admin.site.unregister([Group, Authenticator, EmailAddress])
