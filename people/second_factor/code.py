"""The second step of a log-in: the code of whoever has a second factor."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from people.second_factor import destination, entrance, verification
from people.second_factor.models import RecoverySheet, device_of


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for the code of whoever's password was right, or who logged in before it was required."""
    user: Any = entrance.held(request) or request.user
    if not user.is_authenticated or device_of(user) is None:
        return HttpResponseRedirect(reverse("admin:login"))
    error = ""
    if request.method == "POST":
        error = verification.check(user, request.POST.get("code", ""))
        if not error:
            entrance.admit(request, user)
            _say_codes_left(request, user)
            return HttpResponseRedirect(destination.read(request))
    site: Any = admin.site
    context = {
        **site.each_context(request),
        "title": "Second factor",
        "error": error,
        "who": user.get_username(),
        "next": destination.read(request),
    }
    return TemplateResponse(request, "people/code.html", context)


def _say_codes_left(request: HttpRequest, user: Any) -> None:
    """Whoever used a recovery code learns how many are left: another one may have used it."""
    if verification.is_of_app(request.POST.get("code", "")):
        return
    left = RecoverySheet.objects.get(user=user).count_left()
    said = f"You used a recovery code; {left} left. Make new ones under Second factor."
    messages.warning(request, said)
