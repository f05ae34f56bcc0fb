"""Which answers of the bot left a person something to do."""

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from conversations.models import BY_PERSON, Message

AFTERWARDS = timedelta(hours=24)


def handed_over(answers: QuerySet[Message]) -> QuerySet[Message]:
    """Leave those answers after which a person wrote within a day, or whose customer needs one now.

    Each is looked up in the index message_thread.
    """
    afterwards = Message.objects.filter(
        BY_PERSON, conversation=OuterRef("conversation"), at__gt=OuterRef("at"),
        at__lte=OuterRef("at") + AFTERWARDS,
    )  # fmt: skip
    return answers.filter(Q(conversation__needs_person=True) | Exists(afterwards.said()))
