"""The page where people log in."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator

from backoffice import parts
from people.login import refusal, throttle
from people.login.passwords import BusyError

WRONG = "Wrong username or password. Capital letters matter."
FEW = 3  # free tries, from which on they are counted aloud


class LogInForm(AdminAuthenticationForm):
    """The same words whatever is wrong: nobody learns who is here."""

    error_messages = {**AdminAuthenticationForm.error_messages, "invalid_login": WRONG}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for field in self.fields.values():
            field.widget.attrs["class"] = "door-input"


@method_decorator(parts.own_page, name="dispatch")
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
        except BusyError:
            return refusal.refuse_busy(request)

    def form_invalid(self, form: Any) -> HttpResponse:
        lock = throttle.lock_of(self.request)
        return refusal.refuse_locked(self.request, lock) if lock else super().form_invalid(form)

    def get_context_data(self, **options: Any) -> dict[str, Any]:
        free = throttle.free_tries(self.request)
        said = {"title": "Log in", "free": free if free is not None and free <= FEW else None}
        return {**super().get_context_data(**options), **said}


show = LogIn.as_view()
