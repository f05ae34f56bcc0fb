"""Pictures that staff upload: their bytes are a row, since web hosts share no disk."""

from typing import ClassVar, Self

from django.db import models
from django.utils import timezone

from conversations.models.conversation import Conversation
from conversations.models.message import Message
from conversations.models.shown import ShownManager
from instagram.limits import MAX_ID


class Picture(models.Model):
    """Goes with its customer and with its message. Whoever knows its token may fetch it."""

    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="pictures"
    )
    message = models.ForeignKey(
        Message, on_delete=models.CASCADE, null=True, related_name="pictures"
    )
    token = models.CharField(max_length=64, unique=True)
    content_type = models.CharField(max_length=20)
    data = models.BinaryField()
    uploaded_by = models.CharField(max_length=MAX_ID)
    uploaded_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[ShownManager[Self]] = ShownManager()
    account_path = "conversation__account"
    conversation_path = "conversation"

    def __str__(self) -> str:
        return f"Picture {self.pk}"
