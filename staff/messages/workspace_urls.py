"""Messages in the workspace."""

from django.urls import path

from staff.messages import announcement_pages, reminders
from staff.workspace.access import WORKERS
from staff.workspace.by_number import page_by_number

urlpatterns = [
    path("messages/", page_by_number("messaging:delivery", *WORKERS), name="messages"),
    path("messages/reminders/", reminders.overview, name="reminders"),
    path("messages/reminders/new/", reminders.add, name="reminder_new"),
    path("messages/reminders/<int:pk>/", reminders.edit, name="reminder"),
    path("messages/reminders/<int:pk>/delete/", reminders.delete, name="reminder_delete"),
    path("messages/people/", announcement_pages.overview, name="announcements"),
    path("messages/people/new/", announcement_pages.write, name="announcement_new"),
    path("messages/people/live/", announcement_pages.live, name="announcement_live"),
    path("messages/people/html/", announcement_pages.html, name="announcement_html"),
    path("messages/people/<int:pk>/", announcement_pages.announcement, name="announcement"),
    path("messages/people/<int:pk>/preview/", announcement_pages.preview, name="announcement_preview"),
    path("messages/people/<int:pk>/withdraw/", announcement_pages.withdraw, name="announcement_withdraw"),
    path("messages/people/<int:pk>/delete/", announcement_pages.delete, name="announcement_delete"),
]
