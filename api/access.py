"""Who may call (a token, or the admin's login), and what: what they may do in the admin."""

import re
from typing import Any

from django.contrib import admin
from drf_spectacular.authentication import SessionScheme
from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from knox.auth import TokenAuthentication
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request


class Tokens(TokenAuthentication):  # type: ignore[misc]  # knox carries no types
    """`Authorization: Token …`; kept as hashes, shown once (admin, or `manage.py api_token`)."""

    def authenticate_credentials(self, token: bytes) -> Any:
        if not re.fullmatch(rb"[!-~]+", token):  # knox would fail at what is no text
            raise AuthenticationFailed("Invalid token.")
        return super().authenticate_credentials(token)


class Login(SessionAuthentication):
    """The admin's login, of those who may log in there; what changes something needs Django's CSRF.

    Who may not be in the admin any more is out here at once too.
    """

    def authenticate(self, request: Request) -> Any:
        found = super().authenticate(request)
        return found if found and found[0].is_staff else None


class LoginDescribed(SessionScheme):  # type: ignore[no-untyped-call]  # it registers itself
    target_class = "api.access.Login"
    name = "login"
    priority = 1


class TokensDescribed(KnoxTokenScheme):  # type: ignore[no-untyped-call]  # it registers itself
    """How drf-spectacular describes it; made known by being there."""

    target_class = "api.access.Tokens"
    name = "token"


class Allowed(BasePermission):
    """The admin's permissions decide.

    A view names its `model` and, for each of its actions, the right that is asked for: view, add,
    change or delete.
    """

    message = "Your user is not allowed to do this. An administrator can grant the permission."

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user or not request.user.is_authenticated:
            return False
        if view.action in (None, "metadata"):  # no such method here: that is said next
            return True
        of_model = admin.site.get_model_admin(view.model)
        return bool(getattr(of_model, f"has_{view.rights[view.action]}_permission")(request))
