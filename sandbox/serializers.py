"""What the page may post."""

import secrets
from typing import Any

from rest_framework import serializers

from sandbox.models import Customer, Fault, Message

MAX_CHARACTERS = 1000  # that Instagram lets a customer type
Kind = Message.Kind
BY_BOT = (Kind.PUBLIC_REPLY, Kind.ATTACHMENT, Kind.TEMPLATE)
WRITABLE = [choice for choice in Kind.choices if choice[0] not in (*BY_BOT, Kind.VISIT)]

WITHOUT_TEXT = (
    Kind.PHOTO, Kind.VOICE, Kind.SHARED_POST, Kind.STORY_MENTION, Kind.VIEW_ONCE, Kind.POLL,
)  # fmt: skip


def _customer() -> "serializers.SlugRelatedField[Customer]":
    return serializers.SlugRelatedField(slug_field="igsid", queryset=Customer.objects.all())


class NewMessage(serializers.Serializer[Any]):
    """A message from the phone of a customer or of the shop. delivery: how its event arrives."""

    customer = _customer()
    kind = serializers.ChoiceField(choices=WRITABLE, default=Kind.TEXT)
    text = serializers.CharField(max_length=MAX_CHARACTERS, allow_blank=True, default="")
    payload = serializers.CharField(max_length=1000, allow_blank=True, default="")
    reply_to = serializers.PrimaryKeyRelatedField(
        queryset=Message.objects.all(), allow_null=True, default=None
    )
    delivery = serializers.ChoiceField(choices=["once", "twice", "late"], default="once")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["kind"] in WITHOUT_TEXT:
            return attrs | {"text": "", "payload": ""}
        if not attrs["text"]:
            raise serializers.ValidationError({"text": "Write something first."})
        return attrs


class Act(serializers.Serializer[Any]):
    """What is done to a message: react (an empty text removes the reaction), unsend, edit, read."""

    message = serializers.PrimaryKeyRelatedField(queryset=Message.objects.all())
    act = serializers.ChoiceField(choices=["react", "unsend", "edit", "read"])
    text = serializers.CharField(max_length=MAX_CHARACTERS, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["act"] in ("unsend", "edit") and not attrs["message"].from_customer:
            raise serializers.ValidationError({"message": "This is the shop's message."})
        if attrs["act"] == "edit" and not attrs["text"]:
            raise serializers.ValidationError({"text": "Write something first."})
        if attrs["act"] == "react":
            attrs["text"] = attrs["text"][:20]
        return attrs


class Move(serializers.Serializer[Any]):
    """The customer opens the chat through a link; or another app takes or returns control."""

    customer = _customer()
    ref = serializers.CharField(max_length=100, allow_blank=True, default="")
    elsewhere = serializers.BooleanField(allow_null=True, default=None)


class FaultChange(serializers.Serializer[Any]):
    """A fault to add, for one customer or for everybody; or the id of a fault to remove."""

    customer = _customer()
    everybody = serializers.BooleanField(default=False)
    kind = serializers.ChoiceField(choices=Fault.Kind.choices, allow_blank=True, default="")
    once = serializers.BooleanField(default=True)
    mend = serializers.IntegerField(allow_null=True, default=None)


class NewCustomer(serializers.Serializer[Any]):
    """A new customer."""

    name = serializers.CharField(max_length=60)

    def create(self, validated_data: dict[str, Any]) -> Customer:
        name = validated_data["name"]
        letters = "".join(c for c in name.lower().replace(" ", ".") if c.isalnum() or c in "._")
        username = letters.strip(".")[:30] or "customer"
        return Customer.objects.create(name=name, username=username, hue=secrets.randbelow(360))
