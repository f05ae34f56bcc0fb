"""instabot's addresses with the sandbox among them, as SANDBOX=on makes them."""

from django.urls import include, path

from instabot.urls import urlpatterns as of_instabot

urlpatterns = [path("sandbox/", include("sandbox.urls")), *of_instabot]
