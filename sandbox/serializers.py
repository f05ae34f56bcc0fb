"""What the page may send."""

import secrets
from typing import Any

from rest_framework import serializers

from sandbox.models import Customer, Message

MAX_CHARACTERS = 1000  # that Instagram lets a customer type
Kind = Message.Kind


class Written(serializers.Serializer):  # type: ignore[misc]  # no types
    """A message from a customer's phone; a photo is the only one without text."""

    customer = serializers.SlugRelatedField(slug_field="igsid", queryset=Customer.objects.all())
    kind = serializers.ChoiceField(choices=Kind.choices, default=Kind.TEXT)
    text = serializers.CharField(max_length=MAX_CHARACTERS, allow_blank=True, default="")
    payload = serializers.CharField(max_length=1000, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["kind"] == Kind.PHOTO:
            return attrs | {"text": "", "payload": ""}
        if not attrs["text"]:
            raise serializers.ValidationError({"text": "Write something first."})
        return attrs


class NewCustomer(serializers.Serializer):  # type: ignore[misc]  # no types
    """Somebody new with a phone."""

    name = serializers.CharField(max_length=60)

    def create(self, validated_data: dict[str, Any]) -> Customer:
        name = validated_data["name"]
        letters = "".join(c for c in name.lower().replace(" ", ".") if c.isalnum() or c in "._")
        username = letters.strip(".")[:30] or "customer"
        return Customer.objects.create(name=name, username=username, hue=secrets.randbelow(360))
