"""What comes with a text: the same for a sent message and for a trial."""

from typing import Any

from rest_framework import serializers


class QuickReply(serializers.Serializer[Any]):
    title = serializers.CharField()
    payload = serializers.CharField(help_text="What tapping sends.")


class Button(serializers.Serializer[Any]):
    title = serializers.CharField()
    url = serializers.CharField(help_text="What it opens; empty if tapping sends the payload.")
    payload = serializers.CharField()


class Card(serializers.Serializer[Any]):
    title = serializers.CharField()
    subtitle = serializers.CharField()
    image_url = serializers.CharField()
    url = serializers.CharField()
    buttons = Button(many=True)


class Media(serializers.Serializer[Any]):
    kind = serializers.CharField(help_text="image, video, audio, file, share, story_reply …")
    url = serializers.CharField(
        help_text="Meta's links expire after a while. Empty if there is none."
    )


class Said(serializers.Serializer[Any]):
    """Of a conversations.display.bubble.Shown; these come after a subclass's own fields."""

    quick_replies = QuickReply(many=True)
    buttons = Button(many=True)
    cards = Card(many=True)
    media = Media(many=True)

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        for name in Said._declared_fields:
            fields[name] = fields.pop(name)
        return fields
