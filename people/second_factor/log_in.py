"""Logging in: the password first, and then the code of whoever has a second factor."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from people.second_factor import entrance, verification
from people.second_factor.models import device_of


@method_decorator(sensitive_post_parameters("password"), name="dispatch")
class _FirstStep(LoginView):
    """Django's, which would log in whoever's password is right."""

    def form_valid(self, form: Any) -> HttpResponse:
        user = form.get_user()
        if device_of(user) is None:
            entrance.forget(self.request)  # of a log-in before this one, when there was one
            return super().form_valid(form)
        entrance.hold(self.request, user)
        asked = urlencode({REDIRECT_FIELD_NAME: self.get_redirect_url()})
        return HttpResponseRedirect(f"{reverse('second_factor_code')}?{asked}")


def show(request: HttpRequest) -> HttpResponseBase:
    """Show the log-in as Django's admin does."""
    site: Any = admin.site
    if request.method == "GET" and site.has_permission(request):
        return HttpResponseRedirect(reverse("admin:index"))
    context = {
        **site.each_context(request),
        "title": "Log in",
        "app_path": request.get_full_path(),
        "username": request.user.get_username(),
        REDIRECT_FIELD_NAME: _wanted(request),
    }
    view = _FirstStep.as_view(
        extra_context=context,
        authentication_form=site.login_form,
        template_name=site.login_template or "admin/login.html",
    )
    return view(request)


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def ask_code(request: HttpRequest) -> HttpResponse:
    """Ask for the code of whoever's password was right, or who logged in before it was required."""
    user: Any = entrance.held(request) or request.user
    if not user.is_authenticated or device_of(user) is None:
        return HttpResponseRedirect(reverse("admin:login"))
    error = ""
    if request.method == "POST":
        error = verification.check(user, request.POST.get("code", ""))
        if not error:
            entrance.admit(request, user)
            return HttpResponseRedirect(_wanted(request))
    site: Any = admin.site
    context = {
        **site.each_context(request),
        "title": "Second factor",
        "error": error,
        "who": user.get_username(),
        "next": _wanted(request),
    }
    return TemplateResponse(request, "people/code.html", context)


def _wanted(request: HttpRequest) -> str:
    """Return the page that was asked for, if it is one of ours; else the first one."""
    asked = request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME, "")
    here = {request.get_host()}
    is_ours = url_has_allowed_host_and_scheme(asked, here, require_https=request.is_secure())
    return asked if is_ours else reverse("admin:index")
