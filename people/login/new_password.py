"""The page where people change their own password: the old one is a try like one to log in."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth import authenticate
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpRequest
from django.urls import reverse_lazy
from django.views.decorators.debug import sensitive_variables
from unfold.forms import AdminOwnPasswordChangeForm

from people.login import refusal, throttle
from people.login.passwords import BusyError


class NewPasswordForm(AdminOwnPasswordChangeForm):  # type: ignore[misc]  # unfold carries no types
    """Django's own compares the old password for anybody, as often as they like."""

    def __init__(self, user: Any, *args: Any, request: HttpRequest, **options: Any) -> None:
        super().__init__(user, *args, **options)
        self.request = request
        self.fields["new_password2"].label = "New password again"
        self.fields["new_password2"].help_text = ""

    @sensitive_variables("old")
    def clean_old_password(self) -> str:
        old: str = self.cleaned_data["old_password"]
        try:
            found = authenticate(self.request, username=self.user.get_username(), password=old)
        except BusyError as busy:
            raise forms.ValidationError(refusal.say_busy(busy)) from None
        if found == self.user:
            return old
        if lock := throttle.lock_of(self.request):
            raise forms.ValidationError(refusal.say_locked(lock))
        raise forms.ValidationError(self.error_messages["password_incorrect"])


class ChangePassword(PasswordChangeView):
    """The admin's page, with a form that knows from where it is sent."""

    form_class = NewPasswordForm
    success_url = reverse_lazy("admin:password_change_done")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}

    def get_context_data(self, **options: Any) -> dict[str, Any]:
        return {**admin.site.each_context(self.request), **super().get_context_data(**options)}


show = admin.site.admin_view(ChangePassword.as_view(), cacheable=True)
