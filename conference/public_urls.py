"""The home page. The page of one conference lists its bridge points and so belongs to their room."""

from django.urls import path

from conference import views

app_name = "conference"
urlpatterns = [
    path("", views.home, name="home"),
]
