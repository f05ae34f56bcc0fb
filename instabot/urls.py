from django.conf import settings
from django.contrib import admin
from django.http import HttpResponseRedirect
from django.urls import URLPattern, URLResolver, include, path

from instabot import health
from webhooks.views import instagram

urlpatterns: list[URLPattern | URLResolver] = [
    path("webhooks/instagram", instagram),  # answered by webhooks.middleware before it gets here
    path("health", health.alive),
    path("health/ready", health.ready),
    path("admin/", admin.site.urls),
    path("", lambda _: HttpResponseRedirect("/sandbox/" if settings.SANDBOX else "/admin/")),
]
if settings.SANDBOX:
    urlpatterns.insert(0, path("sandbox/", include("sandbox.urls")))
