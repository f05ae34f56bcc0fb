"""The bot's switch."""

from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from api.serializers.account import AccountInAddress
from api.serializers.base import Query
from conversations.models import Account


class SwitchQuery(Query):
    account = AccountInAddress()


SWITCH = {"is_on": False, "off_since": "2026-11-25T10:15:00Z", "off_by": "anna"}


@extend_schema_serializer(examples=[OpenApiExample("Switched off", SWITCH)])
class SwitchOut(serializers.Serializer[Account]):
    is_on = serializers.SerializerMethodField(help_text="Whether the bot answers customers.")
    off_since = serializers.SerializerMethodField(help_text="Null: it is on.")
    off_by = serializers.CharField(source="bot_off_by", help_text="Empty: it is on.")

    def get_is_on(self, row: Account) -> bool:
        return not row.bot_is_off

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_off_since(self, row: Account) -> str | None:
        if not row.bot_is_off or row.bot_off_at is None:
            return None
        shown: str = serializers.DateTimeField().to_representation(row.bot_off_at)
        return shown
