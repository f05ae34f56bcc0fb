"""A trial: a message, and what the rules would do with it."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from api.serializers import fields
from api.serializers.base import Strict
from api.serializers.content import Said
from api.serializers.times import Moment
from backoffice.reach import may_see
from conversations.account import identity
from rules.checks.trial import Piece, Trial, TrialResult
from rules.record import MAX_INTEGER
from rules.triggers import TRIGGER_NAMES, Trigger

MAX_TEXT = 10_000  # characters
MAX_HOURS_AGO = 10_000


class Earlier(Strict):
    """A rule that answered this customer before, and how long ago."""

    rule = fields.Whole(min_value=1, max_value=MAX_INTEGER)
    hours_ago = fields.Number(min_value=0, max_value=MAX_HOURS_AGO)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A question at night", {"text": "can I return this?", "at": "2026-11-25T23:30:00Z"}
        )
    ],
)
class TrialIn(Strict):
    """A made-up message, its sender and its time. Nothing is sent."""

    text = fields.Text(
        allow_blank=True, max_length=MAX_TEXT, help_text="Empty for a photo and the like."
    )
    event = serializers.ChoiceField(
        [(trigger.value, TRIGGER_NAMES[trigger]) for trigger in Trigger],
        default=Trigger.MESSAGE.value,
    )
    at = Moment(required=False, help_text="When it is written. Default: now.")
    payload = fields.Text(
        allow_blank=True, max_length=1000, default="", help_text="What tapping sends."
    )
    is_new = fields.Flag(default=True, help_text="Whether nobody has written to this customer yet.")
    opted_out = fields.Flag(default=False, help_text="Whether the customer has opted out.")
    name = fields.Text(allow_blank=True, max_length=100, default="")
    username = fields.Text(allow_blank=True, max_length=100, default="")
    referral = fields.Text(
        allow_blank=True, max_length=255, default="", help_text="Where the customer came from."
    )
    account = fields.Text(
        allow_blank=True, max_length=255, default="",
        help_text="The Instagram ID of the account that is written to, whose shop page is used."
        " Default: any account, and the general page.",
    )  # fmt: skip
    answered = serializers.ListField(
        child=Earlier(), required=False, max_length=100,
        help_text="Rules that answered this customer before.",
    )  # fmt: skip

    def validate_account(self, value: str) -> str:
        """Refuse an account that the caller may not see; what is none of ours has no shop."""
        known = identity.accounts().names.get(value)
        if known and not may_see(known.pk):
            raise serializers.ValidationError("There is no account of this name.")
        return value

    def trial(self) -> Trial:
        """Return the trial; the serializer must be valid."""
        values = dict(self.validated_data)
        earlier = values.pop("answered", [])
        return Trial(
            at=values.pop("at", None) or timezone.now(),
            trigger=Trigger(values.pop("event")),
            answered={answer["rule"]: answer["hours_ago"] for answer in earlier},
            **values,
        )


class Named(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()


class PieceOut(serializers.Serializer[Piece]):
    text = serializers.SerializerMethodField()
    found = serializers.SerializerMethodField(
        help_text="Whether this is a word of the winning rule."
    )

    def get_text(self, piece: Piece) -> str:
        return piece[0]

    def get_found(self, piece: Piece) -> bool:
        return piece[1]


class BubbleOut(Said):
    """A message as it would be sent."""

    text = serializers.CharField()
    part = serializers.CharField(help_text="`1 of 2` of a long text. Empty if it is whole.")


class LoserOut(serializers.Serializer[Any]):
    rule = Named()
    why = serializers.CharField()


class AfterwardsOut(serializers.Serializer[Any]):
    needs_person = serializers.BooleanField()
    pause_hours = serializers.FloatField()
    label = serializers.CharField()  # type: ignore[assignment]  # a name that its base has too


OUTCOME = {
    "winner": {"id": 12, "name": "Returns"},
    "also": [],
    "reason": "matched 'return' in rule Returns",
    "pieces": [
        {"text": "can I ", "found": False},
        {"text": "return", "found": True},
        {"text": " this?", "found": False},
    ],
    "first_words": "Hello! This is our automated assistant.",
    "bubbles": [
        {
            "text": "Within 30 days, and we pay for the return.",
            "part": "",
            "quick_replies": [{"title": "Send me a label", "payload": "Send me a label"}],
            "buttons": [],
            "cards": [],
            "media": [],
        }
    ],
    "public_reply": "",
    "afterwards": {"needs_person": False, "pause_hours": 0, "label": "returns"},
    "losers": [
        {
            "rule": {"id": 3, "name": "Sale"},
            "why": "Rule Returns comes first: its order is 20, here it is 30.",
        },
    ],
    "other_rules": 14,
}


@extend_schema_serializer(examples=[OpenApiExample("The rule Returns answers", OUTCOME)])
class OutcomeOut(serializers.Serializer[TrialResult]):
    """What would be sent, and why. Uses the same logic as live replies."""

    winner = Named(allow_null=True, help_text="Null if no rule answers.")
    also = Named(many=True, help_text="Rules that answer other questions in the same message.")
    reason = serializers.CharField()
    pieces = PieceOut(many=True, help_text="The text, split where words were found.")
    first_words = serializers.CharField(help_text="Sent before the answer, to a new customer.")
    bubbles = BubbleOut(many=True)
    public_reply = serializers.CharField(help_text="Posted below the comment.")
    afterwards = AfterwardsOut(allow_null=True)
    losers = LoserOut(
        many=True, help_text="Other rules whose words match, and why they do not answer."
    )
    other_rules = serializers.SerializerMethodField(help_text="How many rules do not match.")

    def get_other_rules(self, result: TrialResult) -> int:
        return len(result.others)
