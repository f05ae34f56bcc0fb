"""Tokens in the admin: made for a user, shown once, deleted when they are no longer needed."""

# ruff: noqa: ARG002, FBT001 - the signatures are Django's
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import ForeignKey, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from knox.models import get_digest_token
from knox.settings import CONSTANTS

from api.models import Token
from audit.changes import RecordedAdmin
from audit.trail import Kind
from backoffice import ages

TokenForm = forms.modelform_factory(
    Token,
    fields=("user", "name", "expiry"),
    labels={"expiry": "Expires"},
    help_texts={
        "user": "The token has this user's permissions. Give each system its own user.",
        "expiry": "Leave empty to keep the token until it is deleted.",
    },
)


@admin.register(Token)
class TokenAdmin(RecordedAdmin):
    """A token may do what its user may. Only who may do everything makes one for others."""

    kind = Kind.TOKEN
    form = TokenForm
    list_display = ("begins", "user", "name", "since", "until")
    list_display_links = None
    when_empty = "No API tokens yet."
    list_select_related = ("user",)
    ordering = ("-created",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Ask for the right first: whose tokens one does not see, they are not there."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        shown: HttpResponse = super().history_view(request, object_id, extra_context)
        return shown

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows if _may_do_all(request) else rows.filter(user=request.user.pk)

    def formfield_for_foreignkey(
        self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **options: Any
    ) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **options)
        users = field.queryset.filter(is_active=True)
        field.queryset = users if _may_do_all(request) else users.filter(pk=request.user.pk)
        return field

    def save_model(self, request: HttpRequest, obj: Token, form: Any, change: bool) -> None:
        """Make the token; it is in this answer and nowhere else."""
        obj.digest, token = get_digest_token()
        obj.token_key = token[: CONSTANTS.TOKEN_KEY_LENGTH]
        super().save_model(request, obj, form, change)
        said = "Copy the token now. It is shown only once: <code>{}</code>"
        messages.warning(request, format_html(said, token))

    def describe(self, row: Token) -> str:
        return row.described

    @admin.display(description="Begins with", ordering="token_key")
    def begins(self, token: Token) -> str:
        return str(token)

    @admin.display(description="Expires", ordering="expiry", empty_value="never")
    def until(self, token: Token) -> str | None:
        return ages.stamped(token.expiry) if token.expiry else None

    @admin.display(description="Created", ordering="created")
    def since(self, token: Token) -> str:
        return ages.stamped(token.created)


def _may_do_all(request: HttpRequest) -> bool:
    return request.user.is_superuser
