"""What must never happen, counted from the database and from what Meta's stand-in accepted."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bench.databases import Database
from instagram.events import METADATA_PREFIX


@dataclass(frozen=True, slots=True)
class _Question:
    pk: int
    conversation: int
    at: datetime
    created_at: datetime
    verdict: str


def broken(
    database: Database, prefix: str, posted: int, sends: Sequence[Mapping[str, Any]]
) -> dict[str, int]:
    """Count lost, twice and out of order among the questions whose mid begins with the prefix."""
    questions = {
        row[0]: _Question(*row)
        for row in database.rows(
            "SELECT id, conversation_id, at, created_at, verdict"
            f" FROM conversations_message WHERE origin = 'customer' AND mid LIKE '{prefix}-%'"
        )
    }
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
        question.verdict == "answered" and times[question.pk] > 0 for question in questions.values()
    )
    answered = [questions[pk] for pk in accepted if pk in questions]
    wrong, overtaken = _disorder(answered, _recorded(database))
    return {
        "lost": lost,
        "twice": sum(count > 1 for count in times.values()),
        "out of order": wrong,
        "overtaken on the way in": overtaken,
    }


def _recorded(database: Database) -> dict[int, datetime]:
    """Return when the event of each message was closed: by then the message was committed."""
    rows = database.rows("SELECT outcomes, processed_at FROM webhooks_webhookevent")
    return {item["message"]: done for outcomes, done in rows for item in outcomes}


def _disorder(answered: Sequence[_Question], recorded: Mapping[int, datetime]) -> tuple[int, int]:
    """Count answers that left after that of a later question: wrong ones, and overtaken ones.

    Wrong: it was committed before the later question existed, so the turn that decided the later
    one had to see it. Overtaken: the two were recorded beside each other, or the other way round.
    """
    before: dict[int, list[_Question]] = defaultdict(list)
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
