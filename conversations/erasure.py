"""Takes away what a message said; its row stays. Meta asks for that when somebody unsends it."""

from datetime import datetime

from conversations.models import Message, Picture
from conversations.retention import journal

ANSWERED_WITH = "answered_with"  # in `why`: the message whose answer this one has, too


def erase(pk: int, now: datetime) -> bool:
    """Erase a message that somebody has unsent; False: that was done before.

    The caller has locked its conversation.
    """
    erased = Message.objects.filter(pk=pk, unsent_at=None).update(
        text="", text_before="", payload="", attachments=[], content={}, about={}, reaction="",
        why={}, unsent_at=now,
    )  # fmt: skip
    Picture.objects.filter(message=pk).delete()
    if erased:
        account, mid = Message.objects.values_list("conversation__account", "mid").get(pk=pk)
        journal.note_message(account, mid or "", now)
    return bool(erased)


def forget_reading(pk: int) -> None:
    """Forget how a message was read: together with one that is unsent, whose words it may quote."""
    rows = Message.objects.filter(pk=pk)
    for why in rows.values_list("why", flat=True):
        rows.update(why={name: why[name] for name in why if name == ANSWERED_WITH})
