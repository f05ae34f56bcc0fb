"""A conversation, and what one may ask of conversations."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from api.serializers import fields
from api.serializers.base import Query, Strict
from api.serializers.times import MomentInAddress
from conversations.models import Conversation, Origin
from conversations.queries import Window
from instagram.limits import MAX_ID
from shop.tuning import KNOBS


class CustomerOut(serializers.Serializer[Conversation]):
    id = serializers.CharField(
        source="customer_id", help_text="The customer's Instagram ID, for this shop only."
    )
    username = serializers.CharField(help_text="Empty if not known.")
    name = serializers.CharField(help_text="Empty if not known.")


class BotOut(serializers.Serializer[Conversation]):
    is_paused = serializers.SerializerMethodField(
        help_text="Whether the bot is paused for this customer."
    )
    paused_until = serializers.DateTimeField(source="bot_paused_until", allow_null=True)
    paused_by = serializers.CharField(source="bot_paused_by")

    def get_is_paused(self, row: Conversation) -> bool:
        return row.bot_is_paused(timezone.now())


class WindowOut(serializers.Serializer[Conversation]):
    is_open = serializers.SerializerMethodField(help_text="Whether the bot may answer now.")
    closes_at = serializers.DateTimeField(
        source="answers_until",
        allow_null=True,
        help_text="Half an hour before Instagram's 24 hours end, as a safety margin.",
    )

    def get_is_open(self, row: Conversation) -> bool:
        return row.may_answer(timezone.now())


class LastMessageOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    origin = serializers.ChoiceField(Origin.choices)
    kind = serializers.CharField()
    text = serializers.CharField()
    at = serializers.DateTimeField()


CONVERSATION = {
    "id": 7,
    "customer": {"id": "17841400000000001", "username": "mia.k", "name": "Mia Keller"},
    "labels": ["returns"],
    "needs_person": True,
    "bot": {"is_paused": True, "paused_until": "2026-11-25T22:15:00Z", "paused_by": "anna"},
    "opted_out_since": None,
    "window": {"is_open": True, "closes_at": "2026-11-26T09:44:31.204000Z"},
    "came_from": "autumn",
    "has_failed_sends": False,
    "last_message": {
        "id": 512,
        "origin": "staff",
        "kind": "text",
        "text": "We'll send you a label today.",
        "at": "2026-11-25T10:15:00Z",
    },
    "last_inbound_at": "2026-11-25T10:14:31.204000Z",
    "created_at": "2026-11-20T08:01:12Z",
}


@extend_schema_serializer(examples=[OpenApiExample("A conversation", CONVERSATION)])
class ConversationOut(serializers.Serializer[Any]):
    """One customer of the shop."""

    id = serializers.IntegerField()
    customer = CustomerOut(source="*")
    labels = serializers.SerializerMethodField()
    needs_person = serializers.BooleanField(
        help_text="Whether the conversation is flagged for the team."
    )
    bot = BotOut(source="*")
    opted_out_since = serializers.DateTimeField(
        source="opted_out_at",
        allow_null=True,
        help_text="Since when the customer wants no automatic messages. Null: they may get them.",
    )
    window = WindowOut(
        source="*", help_text="The time in which the bot may answer the customer's last message."
    )
    came_from = serializers.CharField(
        source="referral_ref",
        help_text="The ref of the link or the ID of the ad. Empty if neither is known.",
    )
    has_failed_sends = serializers.BooleanField(
        source="failed_sends",
        help_text="Whether a message failed or was not confirmed in the last 7 days.",
    )
    last_message = LastMessageOut(source="last", allow_null=True)
    last_inbound_at = serializers.DateTimeField(
        allow_null=True, help_text="When the customer last wrote."
    )
    created_at = serializers.DateTimeField()

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_labels(self, row: Conversation) -> list[str]:
        return [label.name for label in row.labels.all()]


class ConversationQuery(Query):
    search = serializers.CharField(
        required=False,
        max_length=200,
        help_text="Searches customers' names and message texts, whatever the capitals and accents.",
    )
    customer = serializers.CharField(
        required=False, max_length=MAX_ID, help_text="The exact Instagram ID or username."
    )
    needs_person = fields.FlagInAddress(required=False)
    paused = fields.FlagInAddress(required=False, help_text="Whether the bot is paused.")
    opted_out = fields.FlagInAddress(
        required=False, help_text="Whether the customer has opted out of automatic messages."
    )
    window = serializers.ChoiceField(
        [(one.value, one.value) for one in Window],
        required=False,
        help_text="`soon`: closes within two hours.",
    )
    failed_sends = fields.FlagInAddress(
        required=False,
        help_text="Whether a message failed or was not confirmed in the last 7 days.",
    )
    label = serializers.CharField(  # type: ignore[assignment]  # a name that its base has too
        required=False, max_length=50, help_text="Capitals and accents do not matter."
    )
    since = MomentInAddress(
        required=False, help_text="The customer's last message came at this time or later."
    )
    until = MomentInAddress(
        required=False, help_text="The customer's last message came before this time."
    )


@extend_schema_serializer(examples=[OpenApiExample("For two hours", {"hours": 2})])
class Pause(Strict):
    """For how long; without hours, as long as after a person's reply (`pause_hours`)."""

    hours = fields.Number(min_value=0.1, max_value=KNOBS["pause_hours"].most, required=False)
