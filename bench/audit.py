"""Counts after the chaos which promises were kept, from the stand-in and the database.

The stand-in knows what reached customers; the database has what instabot knows about it.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bench.databases import Database
from bench.promises import Question, disorder, questions, recorded
from instagram.events import METADATA_PREFIX
from tests.support.graph import Sent

ANSWERS = """
SELECT message.id, in_reply_to_id, message.conversation_id, state, error, sent_again,
    called_at IS NOT NULL, needs_person
FROM conversations_message message
JOIN conversations_conversation conversation ON conversation.id = message.conversation_id
WHERE origin = 'bot' ORDER BY message.id"""
UNSURE = """
SELECT count(DISTINCT message_id) FROM conversations_attempt
WHERE outcome IN ('Ambiguous', 'interrupted', '')"""

MUST_BE_0 = ("lost", "answered twice", "out of order", "unknown without a person asked for")


@dataclass(frozen=True, slots=True)
class _Answer:
    pk: int
    question: int
    conversation: int
    state: str
    error: str
    sent_again: bool
    called: bool
    needs_person: bool


def count(
    database: Database, prefix: str, acknowledged: Collection[str], sent: Sequence[Sent]
) -> dict[str, int]:
    """Count what became of the acknowledged messages, whose mid begins with the prefix."""
    asked = questions(database, prefix)
    answers = [_Answer(*row) for row in database.rows(ANSWERS)]
    question_of = {answer.pk: answer.question for answer in answers}
    accepted = [
        question_of[int(message.metadata.removeprefix(METADATA_PREFIX))]
        for message in sorted(sent, key=lambda message: message.at)
    ]
    times = Counter(accepted)
    known = {question.mid for question in asked.values()}
    fates = Counter(
        _find_fate(question, answers_to, times) for question, answers_to in _pair(asked, answers)
    )
    fates["lost"] += sum(mid not in known for mid in acknowledged)
    wrong, overtaken = disorder([asked[pk] for pk in accepted], recorded(database))
    unknown = [answer for answer in answers if answer.state == "unknown"]
    return {
        "lost": fates["lost"],
        "answered twice": sum(number > 1 for number in times.values()),
        "out of order": wrong,
        "overtaken on the way in": overtaken,
        "nobody knew at first whether it was sent": database.number(UNSURE),
        "sent once more after two clean reads": sum(answer.sent_again for answer in answers),
        "left to staff as unknown": len(unknown),
        "of these, had reached the customer": sum(times[answer.question] > 0 for answer in unknown),
        "overtaken after the hold, never sent again": _count_left_behind(answers),
        "unknown without a person asked for": sum(not answer.needs_person for answer in unknown),
        "failed, with its reason": fates["failed"],
    }


def _pair(
    asked: Mapping[int, Question], answers: Iterable[_Answer]
) -> list[tuple[Question, list[_Answer]]]:
    answers_to: dict[int, list[_Answer]] = defaultdict(list)
    for answer in answers:
        answers_to[answer.question].append(answer)
    return [(question, answers_to[pk]) for pk, question in asked.items()]


def _find_fate(question: Question, answers: Sequence[_Answer], times: Mapping[int, int]) -> str:
    """Say in a word what became of a question: a rule should have answered each of them."""
    if question.verdict == "failed" and question.reason:
        return "failed"
    if question.verdict != "answered" or not answers:
        return "lost"
    if times.get(question.pk) and all(answer.state in {"sent", "unknown"} for answer in answers):
        return "answered"
    if all(answer.state == "unknown" for answer in answers):
        return "unknown"
    return (
        "failed" if all(answer.state == "failed" and answer.error for answer in answers) else "lost"
    )


def _count_left_behind(answers: Sequence[_Answer]) -> int:
    """Count unknown sends after which a later answer was sent: their hold was over."""
    newest: dict[int, int] = defaultdict(int)
    for answer in answers:
        if answer.called:
            newest[answer.conversation] = max(newest[answer.conversation], answer.pk)
    return sum(
        answer.state == "unknown" and answer.pk < newest[answer.conversation] for answer in answers
    )
