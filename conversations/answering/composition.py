"""Makes messages of answers: the first words, what is said to a comment, everything in order."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from conversations.answering.bursts import Judged
from conversations.engine import Answer
from conversations.models import COMMENT, PRIVATE_REPLY, PUBLIC_REPLY, Message, Origin, State
from instagram import content
from instagram.content import Buttons, Text
from instagram.limits import MAX_TEXT_BYTES, split_text

Part = tuple[str, str, dict[str, Any]]  # of an answer: kind, text, and what is beside the text


def compose(judged: Iterable[Judged], first_words: str, now: datetime) -> Iterator[Message]:
    """Return the messages to be sent, in order; the first words stand before all of them."""
    for one in judged:
        if one.answer:
            yield from _compose(one.question, one.answer, first_words, now)
            first_words = ""


def _compose(
    question: Message, answer: Answer, first_words: str, now: datetime
) -> Iterator[Message]:
    said: list[tuple[Part, Answer | None]]  # the first words are no engine's
    if question.kind == COMMENT:
        said = [(part, answer) for part in comment_parts(answer, first_words)]
    else:
        said = [(content.row(message), by) for by in answer.all() for message in by.messages()]
        if first_words:
            said.insert(0, ((content.TEXT, first_words, {}), None))
    for position, ((kind, text, beside), by) in enumerate(said):
        message = Message(
            conversation_id=question.conversation_id,
            origin=Origin.BOT,
            kind=kind,
            text=text,
            content=beside,
            at=now,
            created_at=now,
            in_reply_to=question,
            position=position,
            rule=by.rule if by else None,
            variant=by.variant if by else None,
            state=State.QUEUED,
        )
        message.asked_at = question.released_at or question.at
        yield message


def comment_parts(answer: Answer, first_words: str = "") -> list[Part]:
    """A comment takes one private reply, a text; more would be refused (Private Replies)."""
    texts = [said.text for said in answer.messages() if isinstance(said, Text | Buttons)]
    begin = _begun_with_certainly if answer.generated and first_words else _begun_with
    parts: list[Part] = [(PRIVATE_REPLY, begin(first_words, text), {}) for text in texts[:1]]
    if answer.public_reply.strip():
        parts.append((PUBLIC_REPLY, split_text(answer.public_reply.strip())[0], {}))
    return parts


def _begun_with(first_words: str, text: str) -> str:
    """Put both into the one message, where they fit."""
    both = f"{first_words}\n\n{text}" if first_words else text
    return both if len(both.encode()) <= MAX_TEXT_BYTES else split_text(text)[0]


def _begun_with_certainly(first_words: str, text: str) -> str:
    """Put both into the one message; where they do not fit, of the text what does."""
    begun = f"{first_words}\n\n"
    return begun + split_text(text, MAX_TEXT_BYTES - len(begun.encode()))[0]
