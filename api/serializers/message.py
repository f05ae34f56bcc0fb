"""A message of a conversation, in either direction, and what one may do about it."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from api.serializers import fields
from api.serializers.base import Strict
from api.serializers.content import Said
from conversations.display.entry import Entry
from conversations.models import Origin, State, Verdict

MAX_REPLY = 10_000  # characters; longer than anybody reads in a chat

QUESTION = {
    "id": 511,
    "conversation": 7,
    "origin": "customer",
    "kind": "text",
    "text": "how do I return this?",
    "payload": "",
    "quick_replies": [],
    "buttons": [],
    "cards": [],
    "media": [],
    "at": "2026-11-25T10:14:31.204000Z",
    "found_at": None,
    "edits": 0,
    "edited_at": None,
    "unsent_at": None,
    "reaction": "",
    "verdict": "answered",
    "reason": "matched 'return' in rule Returns",
    "in_reply_to": None,
    "rule": None,
    "state": None,
    "error": "",
    "by": "",
    "sent_at": None,
    "seen_at": None,
}
ANSWER = QUESTION | {
    "id": 512,
    "origin": "bot",
    "text": "Within 30 days, and we pay for the return.",
    "quick_replies": [{"title": "Send me a label", "payload": "Send me a label"}],
    "at": "2026-11-25T10:14:33.310000Z",
    "verdict": None,
    "reason": "",
    "in_reply_to": 511,
    "rule": 12,
    "state": "sent",
    "sent_at": "2026-11-25T10:14:33.502000Z",
}
REPLIED = ANSWER | {
    "id": 513,
    "origin": "staff",
    "text": "We'll send you a label today.",
    "quick_replies": [],
    "in_reply_to": None,
    "rule": None,
    "state": "queued",
    "by": "anna",
    "sent_at": None,
}


class OneOf(serializers.ChoiceField):
    """A choice that may be missing: the column is empty, the API says null."""

    def get_attribute(self, instance: Entry) -> Any:
        return super().get_attribute(instance) or None


@extend_schema_serializer(
    examples=[OpenApiExample("A question", QUESTION), OpenApiExample("Its answer", ANSWER)],
)
class MessageOut(Said):
    """One message. If it was unsent, nothing of its content is left."""

    id = serializers.IntegerField(source="message.pk")
    conversation = serializers.IntegerField(source="message.conversation_id")
    origin = serializers.ChoiceField(
        Origin.choices,
        source="message.origin",
        help_text="`app`: written in the Instagram app, or by another tool.",
    )
    kind = serializers.CharField(
        source="message.kind",
        help_text="Meta's name for it: text, image, story_reply, postback, comment …",
    )
    text = serializers.CharField(source="message.text")
    payload = serializers.CharField(source="message.payload", help_text="What tapping sent.")
    at = serializers.DateTimeField(source="message.at", help_text="When it was written.")
    found_at = serializers.DateTimeField(
        source="message.found_at",
        allow_null=True,
        help_text="When it was found in Instagram, of which no webhook had told. Null: it was not.",
    )
    edits = serializers.IntegerField(source="message.edits", help_text="How often it was edited.")
    edited_at = serializers.DateTimeField(source="message.edited_at", allow_null=True)
    unsent_at = serializers.DateTimeField(source="message.unsent_at", allow_null=True)
    reaction = serializers.CharField(source="message.reaction")
    verdict = OneOf(
        Verdict.choices,
        source="message.verdict",
        allow_null=True,
        help_text="How a customer's message was handled; null for all other messages.",
    )
    reason = serializers.CharField(source="message.reason", help_text="Why, in one sentence.")
    in_reply_to = serializers.IntegerField(
        source="message.in_reply_to_id", allow_null=True, help_text="The message it answers."
    )
    rule = serializers.IntegerField(
        source="message.rule", allow_null=True, help_text="The rule that sent it."
    )
    state = OneOf(
        State.choices,
        source="message.state",
        allow_null=True,
        help_text="How far an outgoing message got; null for customers' messages.",
    )
    error = serializers.CharField(source="message.error", help_text="What went wrong.")
    by = serializers.CharField(source="message.staff", help_text="Who wrote or resent it.")
    sent_at = serializers.DateTimeField(source="message.sent_at", allow_null=True)
    seen_at = serializers.DateTimeField(source="message.seen_at", allow_null=True)


@extend_schema_serializer(
    examples=[OpenApiExample("A reply", {"text": "We'll send you a label today."})]
)
class ReplyIn(Strict):
    """A person's reply. A long text is sent as several messages."""

    text = fields.Text(max_length=MAX_REPLY)


@extend_schema_serializer(examples=[OpenApiExample("One message", {"messages": [REPLIED]})])
class Replied(serializers.Serializer[Any]):
    """The messages that the reply was sent as, in order."""

    messages = MessageOut(many=True)
