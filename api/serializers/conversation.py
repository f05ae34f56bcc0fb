"""A conversation, and what one may ask of conversations."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from api.serializers import fields
from api.serializers.base import Query, Strict
from api.serializers.times import Moment, MomentInAddress
from conversations.account import identity
from conversations.models import UNTIL_RESUMED, Conversation, Origin
from conversations.queries import Window
from conversations.waiting import LONGEST_PUT_OFF
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
    paused_until = serializers.SerializerMethodField(
        help_text="Null if it is not paused, or paused until somebody resumes it."
    )
    paused_until_resumed = serializers.SerializerMethodField(
        help_text="Whether the bot stays paused until somebody resumes it."
    )
    paused_by = serializers.CharField(source="bot_paused_by")

    def get_is_paused(self, row: Conversation) -> bool:
        return row.bot_is_paused(timezone.now())

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_paused_until(self, row: Conversation) -> str | None:
        if row.bot_paused_until in (None, UNTIL_RESUMED):
            return None
        shown: str = serializers.DateTimeField().to_representation(row.bot_paused_until)
        return shown

    def get_paused_until_resumed(self, row: Conversation) -> bool:
        return row.is_paused_until_resumed(timezone.now())


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
    "account": "17841400000000002",
    "customer": {"id": "17841400000000001", "username": "mia.k", "name": "Mia Keller"},
    "labels": ["returns"],
    "needs_person": True,
    "waiting_since": "2026-11-25T10:14:31.204000Z",
    "assignee": "anna",
    "put_off_until": None,
    "bot": {
        "is_paused": True,
        "paused_until": "2026-11-25T22:15:00Z",
        "paused_until_resumed": False,
        "paused_by": "anna",
    },
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
    account = serializers.SerializerMethodField(
        help_text="The Instagram ID of the account that they wrote to; empty while that is unknown."
    )
    customer = CustomerOut(source="*")
    labels = serializers.SerializerMethodField()
    needs_person = serializers.BooleanField(
        help_text="Whether the conversation is flagged for the team."
    )
    waiting_since = serializers.DateTimeField(
        allow_null=True, help_text="Since when the customer waits for a person. Null: they don't."
    )
    assignee = serializers.SerializerMethodField(
        help_text="The username of whoever has the conversation. Null: nobody."
    )
    put_off_until = serializers.SerializerMethodField(
        help_text="Until when the conversation is put off. Null: it is not."
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

    def get_account(self, row: Conversation) -> str:
        return identity.accounts().ids.get(row.account_id, "")

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_assignee(self, row: Conversation) -> str | None:
        return row.assignee.get_username() if row.assignee else None

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_put_off_until(self, row: Conversation) -> str | None:
        until = row.put_off_until
        if until is None or until <= timezone.now():
            return None
        shown: str = serializers.DateTimeField().to_representation(until)
        return shown

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_labels(self, row: Conversation) -> list[str]:
        return [label.name for label in row.labels.all()]


class ConversationQuery(Query):
    search = serializers.CharField(
        required=False,
        max_length=200,
        help_text="Words of which each must be in one message, in one note, or among the customer's"
        " names and labels, the last one as a beginning; capitals and accents do not matter. Finds"
        " at most 1,000 conversations.",
    )
    customer = serializers.CharField(
        required=False, max_length=MAX_ID, help_text="The exact Instagram ID or username."
    )
    account = serializers.CharField(
        required=False,
        max_length=MAX_ID,
        help_text="The Instagram ID or username of the account that they wrote to.",
    )
    needs_person = fields.FlagInAddress(required=False)
    waiting = fields.FlagInAddress(
        required=False,
        help_text="Whether the customer waits for a person, and nobody has put that off.",
    )
    assignee = serializers.CharField(
        required=False, max_length=150, help_text="The username of whoever has the conversation."
    )
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
    """For how long: one of these, or, with none, as long as after a person's reply."""

    hours = fields.Number(min_value=0.1, max_value=KNOBS["pause_hours"].most, required=False)
    until = Moment(required=False, help_text="In the future.")
    until_resumed = fields.Flag(required=False, help_text="Until somebody resumes the bot.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if sum(bool(value) for value in attrs.values()) > 1:
            raise serializers.ValidationError("Give one of hours, until and until_resumed.")
        return attrs

    def validate_until(self, until: datetime) -> datetime:
        return _validate_future(until)

    def ends_at(self, now: datetime) -> datetime | None:
        """Return until when, None: for the usual length."""
        asked = self.validated_data
        if asked.get("until_resumed"):
            return UNTIL_RESUMED
        if hours := asked.get("hours"):
            return now + timedelta(hours=hours)
        until: datetime | None = asked.get("until")
        return until


def _validate_future(moment: datetime) -> datetime:
    if moment <= timezone.now():
        raise serializers.ValidationError("This time is over.")
    return moment


@extend_schema_serializer(examples=[OpenApiExample("What was seen", {"seen": 512})])
class DoneIn(Strict):
    """What came after the message that was seen goes on waiting."""

    seen = fields.Whole(
        min_value=1,
        max_value=2**63 - 1,
        required=False,
        help_text="The ID of the newest message that was seen. Without it: all that are there.",
    )


@extend_schema_serializer(
    examples=[OpenApiExample("To Ben", {"assignee": "ben", "note": "Please check the refund."})]
)
class AssignIn(Strict):
    """To whom, and what to tell them."""

    assignee = fields.Text(
        allow_null=True,
        max_length=150,
        help_text="The username of a user who may change conversations; null: nobody.",
    )
    if_assignee = fields.Text(
        allow_null=True,
        max_length=150,
        required=False,
        help_text="Only if this user (null: nobody) has the conversation now. Without it: in any"
        " case.",
    )
    note = fields.Text(
        required=False, max_length=1000, help_text="An internal note in the conversation."
    )


@extend_schema_serializer(
    examples=[OpenApiExample("Until Monday", {"until": "2026-11-30T08:00:00Z"})]
)
class PutOffIn(Strict):
    """Until when. The conversation is back at once when the customer writes."""

    until = Moment(allow_null=True, help_text="Within a year; null: take it back now.")

    def validate_until(self, until: datetime | None) -> datetime | None:
        if until is None:
            return None
        if until > timezone.now() + LONGEST_PUT_OFF:
            raise serializers.ValidationError("Choose a time within a year.")
        return _validate_future(until)
