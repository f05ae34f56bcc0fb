from django.conf import settings
from django.contrib import admin
from django.http import HttpResponseRedirect
from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, include, path

from backoffice import parts
from conversations.address import DEAUTHORIZE_PATH, DELETION_PATH
from conversations.composer import pictures
from instabot import health, home, palette
from instabot.doctor import page as doctor
from webhooks import deletion
from webhooks.deauthorization import deauthorize

urlpatterns: list[URLPattern | URLResolver] = [
    # /webhooks/instagram, /health and /metrics are answered by instabot.front before they get here.
    path("health/ready", health.ready),
    path("health/ready/", health.ready),
    path(DEAUTHORIZE_PATH.lstrip("/"), deauthorize),
    path(DELETION_PATH.lstrip("/"), deletion.delete),
    path(f"{DELETION_PATH.lstrip('/')}/<str:code>", deletion.show_status, name="deletion"),
    # Meta fetches them, without logging in.
    path(f"{pictures.PATH}/<str:token>.<slug:ending>", pictures.show),
    path("favicon.ico", lambda _: HttpResponseRedirect(static("backoffice/icon.svg"))),
    path("admin/find/", admin.site.admin_view(palette.find), name="palette"),
    path("admin/doctor/", parts.own_page(admin.site.admin_view(doctor.show)), name="doctor"),
    path("admin/", parts.own_page(admin.site.admin_view(home.show))),  # before Django's own
    path("admin/", include("people.urls")),
    path("admin/", admin.site.urls),
    path("", include("api.urls")),
    path("", lambda _: HttpResponseRedirect("/sandbox/" if settings.SANDBOX else "/admin/")),
]
if settings.SANDBOX and settings.DEBUG:
    urlpatterns.insert(0, path("sandbox/", include("sandbox.urls")))

# What fails before or beyond a view of the API is answered as its other problems are.
handler400 = "instabot.refusal.show_malformed"
handler403 = "instabot.refusal.show"
handler500 = "api.problems.failed"
