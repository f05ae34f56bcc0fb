"""The page where people log in: the password first, then the code of who has a second factor."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters

from backoffice import parts
from people.login import refusal, throttle
from people.login.passwords import BusyError
from people.second_factor import destination, entrance
from people.second_factor.models import device_of

WRONG = "Wrong username or password. Capital letters matter."
FEW = 3  # free tries, from which on they are counted aloud


class LogInForm(AdminAuthenticationForm):
    """The same words whatever is wrong: nobody learns who is here."""

    error_messages = {**AdminAuthenticationForm.error_messages, "invalid_login": WRONG}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for field in self.fields.values():
            field.widget.attrs["class"] = "door-input"


@method_decorator([parts.own_page, sensitive_post_parameters("password")], name="dispatch")
class LogIn(LoginView):
    """Django's own, which refuses at once what is locked, and one of two at the same moment."""

    template_name = "people/log_in.html"
    authentication_form = LogInForm

    def get(self, request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        if admin.site.has_permission(request):
            return redirect("admin:index")
        return super().get(request, *args, **options)

    def post(self, request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        try:
            return super().post(request, *args, **options)
        except BusyError as busy:
            return refusal.refuse_busy(request, busy)

    def form_valid(self, form: Any) -> HttpResponse:
        user = form.get_user()
        if device_of(user) is None:
            entrance.forget(self.request)  # of a log-in before this one, when there was one
            return super().form_valid(form)
        entrance.hold(self.request, user)
        return redirect(destination.lead("second_factor_code", self.get_redirect_url()))

    def form_invalid(self, form: Any) -> HttpResponse:
        lock = throttle.lock_of(self.request)
        return refusal.refuse_locked(self.request, lock) if lock else super().form_invalid(form)

    def get_context_data(self, **options: Any) -> dict[str, Any]:
        free = throttle.free_tries(self.request)
        session: Any = self.request.session
        is_in = SESSION_KEY in session  # reads it
        said = {
            "title": "Log in",
            "free": free if free is not None and free <= FEW else None,
            "ended": None if is_in else session.ended,
        }
        return {**super().get_context_data(**options), **said}


show = LogIn.as_view()
