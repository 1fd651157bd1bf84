"""Pages of the administration about messages that belong to no single row."""

from django.contrib import admin
from django.urls import path

from messaging import address_views, announcement_views, change_views, delivery_views, text_views

_view = admin.site.admin_view
_text = "messaging/conference/<int:pk>/texts/<slug:kind>/<slug:channel>/<slug:language>/"

app_name = "messaging"
urlpatterns = [
    path("messaging/conference/<int:pk>/texts/", _view(text_views.overview), name="texts"),
    path(_text, _view(text_views.edit), name="text"),
    path(f"{_text}live/", _view(text_views.live), name="text_live"),
    path(f"{_text}html/", _view(text_views.html), name="text_html"),
    path("messaging/conference/<int:pk>/write/live/", _view(announcement_views.live), name="announcement_live"),
    path("messaging/conference/<int:pk>/write/html/", _view(announcement_views.html), name="announcement_html"),
    path("delivery/<int:pk>/", delivery_views.overview, name="delivery"),
    path("delivery/<int:pk>/try/", delivery_views.try_now, name="try_now"),
    path("delivery/<int:pk>/people/", delivery_views.people_list, name="people"),
    path("delivery/<int:pk>/resend/", delivery_views.resend, name="resend"),
    path("delivery/<int:pk>/person/<int:number>/", delivery_views.person, name="person"),
    path("delivery/<int:pk>/address/<slug:role>/<int:number>/", address_views.address, name="address"),
    path("details/<int:pk>/", change_views.details, name="details"),
]
