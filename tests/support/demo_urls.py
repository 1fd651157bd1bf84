"""The addresses of a site with DEMO=1."""

from django.urls import include, path

from conference.urls import urlpatterns as usual

# The demo's come before the address of a conference, which takes every word.
urlpatterns = [path("", include("demo.urls")), *usual]
