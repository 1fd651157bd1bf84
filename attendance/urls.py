"""Addresses of the day itself."""

from django.urls import path

from attendance import desk_views, views

app_name = "attendance"
urlpatterns = [
    path("j/<str:token>/", views.join, name="join"),
    path("j/<str:token>/qr.png", views.picture, name="picture"),
    path("j/<str:token>/calendar.ics", views.calendar_file, name="calendar"),
    path("desk/", desk_views.desk, name="desk"),
    path("desk/worker.js", desk_views.worker, name="desk_worker"),
    path("desk/people.json", desk_views.people, name="desk_people"),
    path("desk/names.json", desk_views.names, name="desk_names"),
    path("desk/scans/", desk_views.scans, name="desk_scans"),
    path("desk/pair/<str:token>/", desk_views.pair, name="pair"),
]
