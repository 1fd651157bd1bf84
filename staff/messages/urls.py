"""Pages of the administration about messages that belong to no single row."""

from django.contrib import admin
from django.urls import path

from staff.delivery import addresses, views
from staff.messages import announcements, changes, texts
from staff.outbox import held

_view = admin.site.admin_view
_text = "messaging/conference/<int:pk>/texts/<slug:kind>/<slug:channel>/<slug:language>/"

app_name = "messaging"
urlpatterns = [
    path("messaging/conference/<int:pk>/texts/", _view(texts.overview), name="texts"),
    path(_text, _view(texts.edit), name="text"),
    path(f"{_text}live/", _view(texts.live), name="text_live"),
    path(f"{_text}html/", _view(texts.html), name="text_html"),
    path("messaging/conference/<int:pk>/write/live/", _view(announcements.live), name="announcement_live"),
    path("messaging/conference/<int:pk>/write/html/", _view(announcements.html), name="announcement_html"),
    path("delivery/<int:pk>/", views.overview, name="delivery"),
    path("delivery/<int:pk>/try/", views.try_now, name="try_now"),
    path("delivery/<int:pk>/people/", views.people_list, name="people"),
    path("delivery/<int:pk>/resend/", views.resend, name="resend"),
    path("delivery/<int:pk>/person/<int:number>/", views.person, name="person"),
    path("delivery/<int:pk>/address/<slug:role>/<int:number>/", addresses.address, name="address"),
    path("held/", _view(held.page), name="held"),
    path("details/<int:pk>/", changes.details, name="details"),
    path("fixed-date/<int:pk>/", changes.fixed_date, name="fixed_date"),
]
