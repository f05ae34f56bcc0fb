"""What must never happen, counted from the database and from what Meta's stand-in accepted."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bench.databases import Database
from instagram.events import METADATA_PREFIX


@dataclass(frozen=True, slots=True)
class Question:
    """What a customer asked, and what instabot says became of it."""

    pk: int
    mid: str
    conversation: int
    at: datetime
    created_at: datetime
    verdict: str
    reason: str


def broken(
    database: Database, prefix: str, posted: int, sends: Sequence[Mapping[str, Any]]
) -> dict[str, int]:
    """Count lost, twice and out of order among the questions whose mid begins with the prefix."""
    asked = questions(database, prefix)
    replies = database.rows(
        "SELECT id, in_reply_to_id FROM conversations_message WHERE in_reply_to_id IS NOT NULL"
    )
    question_of = dict(replies)
    accepted = [
        question_of[int(send["metadata"].removeprefix(METADATA_PREFIX))]
        for send in sorted(sends, key=lambda send: float(send["arrived"]))
    ]
    # Every example answer is one message, so a second send for a question is a second answer.
    times = Counter(accepted)
    lost = posted - sum(
        question.verdict == "answered" and times[question.pk] > 0 for question in asked.values()
    )
    wrong, overtaken = disorder([asked[pk] for pk in accepted if pk in asked], recorded(database))
    return {
        "lost": lost,
        "twice": sum(count > 1 for count in times.values()),
        "out of order": wrong,
        "overtaken on the way in": overtaken,
    }


def questions(database: Database, prefix: str) -> dict[int, Question]:
    """Return the customers' messages whose mid begins with the prefix, by their number."""
    rows = database.rows(
        "SELECT id, mid, conversation_id, at, created_at, verdict, reason"
        f" FROM conversations_message WHERE origin = 'customer' AND mid LIKE '{prefix}-%'"
    )
    return {
        pk: Question(pk, mid, conversation, _time(at), _time(created_at), verdict, reason)
        for pk, mid, conversation, at, created_at, verdict, reason in rows
    }


def recorded(database: Database) -> dict[int, datetime]:
    """Return when the first event of each message was closed: by then it was committed."""
    rows = database.rows("SELECT outcomes, processed_at FROM webhooks_webhookevent")
    found: dict[int, datetime] = {}
    for outcomes, done in rows:
        for item in json.loads(outcomes) if isinstance(outcomes, str) else outcomes:
            at, message = _time(done), item["message"]
            found[message] = min(at, found.get(message, at))
    return found


def _time(value: datetime | str) -> datetime:
    """SQLite gives times as text, in UTC."""
    if isinstance(value, datetime):
        return value
    return datetime.fromisoformat(value).replace(tzinfo=UTC)


def disorder(answered: Sequence[Question], recorded: Mapping[int, datetime]) -> tuple[int, int]:
    """Count answers that left after that of a later question: wrong ones, and overtaken ones.

    Wrong: it was committed before the later question existed, so the turn that decided the later
    one had to see it. Overtaken: the two were recorded beside each other, or the other way round.
    """
    before: dict[int, list[Question]] = defaultdict(list)
    wrong = overtaken = 0
    for question in answered:
        later = [
            other
            for other in before[question.conversation]
            if (other.at, other.pk) > (question.at, question.pk)
        ]
        if any(recorded[question.pk] < other.created_at for other in later):
            wrong += 1
        elif later:
            overtaken += 1
        before[question.conversation].append(question)
    return wrong, overtaken
