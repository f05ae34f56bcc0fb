"""What a colleague is told who gets a conversation: a note in it that mentions them."""

from datetime import datetime

from django.contrib.auth.models import User

from conversations.composer import notes


def tell(  # noqa: PLR0913 - who, to whom, where, what
    conversation_id: int,
    writer: User,
    user: User | None,
    *,
    note: str,
    token: str,
    now: datetime,
) -> None:
    """Write the note of a hand-over; one to a colleague is written even if nothing was added.

    user: who has the conversation now. token: of the form, so that a double click writes one.
    """
    if user is not None and user.pk != writer.pk:
        note = f"Handed over to @{user.get_username()}{f': {note}' if note else '.'}"
    if note:
        notes.write(conversation_id, writer, note, token, now)
