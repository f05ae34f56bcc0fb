from django.conf import settings
from django.contrib import admin
from django.http import HttpResponseRedirect
from django.urls import URLPattern, URLResolver, include, path

from instabot import health

urlpatterns: list[URLPattern | URLResolver] = [
    # /webhooks/instagram and /health are answered by instabot.front before they get here.
    path("health/ready", health.ready),
    path("admin/", admin.site.urls),
    path("", lambda _: HttpResponseRedirect("/sandbox/" if settings.SANDBOX else "/admin/")),
]
if settings.SANDBOX and settings.DEBUG:
    urlpatterns.insert(0, path("sandbox/", include("sandbox.urls")))
