"""What stands beside a text: the same for a message that was sent and for one that is tried."""

from typing import Any

from rest_framework import serializers


class QuickReply(serializers.Serializer[Any]):
    title = serializers.CharField()
    payload = serializers.CharField(help_text="What a tap sends.")


class Button(serializers.Serializer[Any]):
    title = serializers.CharField()
    url = serializers.CharField(help_text="What it opens; empty: a tap sends the payload.")
    payload = serializers.CharField()


class Card(serializers.Serializer[Any]):
    title = serializers.CharField()
    subtitle = serializers.CharField()
    image_url = serializers.CharField()
    url = serializers.CharField()
    buttons = Button(many=True)


class Media(serializers.Serializer[Any]):
    kind = serializers.CharField(help_text="image, video, audio, file, share, story_reply …")
    url = serializers.CharField(help_text="Meta's links die after some time. Empty: none.")


class Said(serializers.Serializer[Any]):
    """Of a conversations.said.Shown; below what a subclass says first."""

    quick_replies = QuickReply(many=True)
    buttons = Button(many=True)
    cards = Card(many=True)
    media = Media(many=True)

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        for name in Said._declared_fields:
            fields[name] = fields.pop(name)
        return fields
