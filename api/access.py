"""Who may call the API (a token, or the admin's login), and what they may do, as in the admin."""

import re
from dataclasses import replace
from typing import Any

from django.contrib import admin
from drf_spectacular.authentication import SessionScheme
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from knox.auth import TokenAuthentication
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from audit import actors
from backoffice.reach import narrow
from conversations.account import access

SCHEMES = ("Token", "Bearer")  # the first is the API's own; every client has a field for the second


def _narrowed(found: Any) -> Any:
    """Keep to the accounts of whoever calls, which instabot.middleware.Reach ends."""
    if found:
        narrow(access.of(found[0]))
    return found


class Tokens(TokenAuthentication):  # type: ignore[misc]  # knox carries no types
    """`Authorization: Token …`, or Bearer. A token is kept as a hash and shown once.

    It is created in the admin, or by `manage.py api_token`.
    """

    def authenticate(self, request: Request) -> Any:
        """Return the user and the token, looked up once: instabot.bounds asks before the view."""
        asked: Any = request._request  # noqa: SLF001 - what both have in common
        if not hasattr(asked, "token_found"):
            asked.token_found = super().authenticate(request)
        found = _narrowed(asked.token_found)
        if found:
            user, token = found
            actors.become(replace(actors.current(), person=user, token=token.called))
        return found

    def authenticate_header(self, request: Request) -> str:
        """Name the scheme that this caller uses: knox reads the token of that one."""
        given = request.headers.get("Authorization", "").split(maxsplit=1)
        asked = given[0].lower() if given else ""
        return next((scheme for scheme in SCHEMES if scheme.lower() == asked), SCHEMES[0])

    def authenticate_credentials(self, token: bytes) -> Any:
        if not re.fullmatch(rb"[!-~]+", token):  # knox would fail on bytes that are not text
            raise AuthenticationFailed("Invalid token.")
        return super().authenticate_credentials(token)


class Login(SessionAuthentication):
    """The admin's login, for staff. Requests that change something need Django's CSRF token.

    Users who may no longer log in to the admin are locked out here at once, too.
    """

    def authenticate(self, request: Request) -> Any:
        user_and_auth = super().authenticate(request)
        return _narrowed(user_and_auth if user_and_auth and user_and_auth[0].is_staff else None)


class LoginScheme(SessionScheme):  # type: ignore[no-untyped-call]  # it registers itself
    target_class = "api.access.Login"
    name = "login"
    priority = 1


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # it registers itself
    """How drf-spectacular describes tokens; it registers this class by itself."""

    target_class = "api.access.Tokens"
    name = ["bearer", "token"]

    def get_security_requirement(self, auto_schema: Any) -> Any:  # noqa: ARG002 - its signature
        return [{name: []} for name in self.name]  # either will do, not both

    def get_security_definition(self, auto_schema: Any) -> Any:  # noqa: ARG002 - its signature
        return [
            {"type": "http", "scheme": "bearer", "description": "`Authorization: Bearer TOKEN`"},
            {
                "type": "apiKey", "in": "header", "name": "Authorization",
                "description": "`Authorization: Token TOKEN`; enter it with the word `Token`.",
            },
        ]  # fmt: skip


class Allowed(BasePermission):
    """Checks the admin's permissions.

    A view names its `model` and the right that each of its actions needs: view, add, change or
    delete.
    """

    message = "Your user is not allowed to do this. An administrator can grant the permission."

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user or not request.user.is_authenticated:
            return False
        if view.action in (None, "metadata"):  # the method is not allowed, which is answered next
            return True
        model_admin = admin.site.get_model_admin(view.model)
        return bool(getattr(model_admin, f"has_{view.rights[view.action]}_permission")(request))
