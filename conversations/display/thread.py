"""Turns rows into what staff read: the bubbles and lines of one conversation, page by page."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format

from conversations.display import names
from conversations.display.chips import say_pause
from conversations.display.entry import SENDING, Entry
from conversations.display.explanation import explain
from conversations.models import (
    TO_COMMENTS,
    Conversation,
    Message,
    Origin,
    State,
    key_of,
    mid_of,
)
from conversations.outbox import why_too_late
from workqueue import sql

SHOWN = (
    24  # messages on one page of a conversation: more than a screen, and scrolling up brings more
)
GOES_ON_FOR = timedelta(minutes=5)  # so long it need not be said again who writes


@dataclass(frozen=True, slots=True)
class Thread:
    """One page of a conversation. older, newer: the messages beyond which there is more."""

    entries: list[Entry]
    older: int | None = None
    newer: int | None = None
    came: str = ""  # how the customer came, after the last message

    @property
    def is_newest(self) -> bool:
        return self.newer is None

    @property
    def seen(self) -> int:
        """Return the highest id of these messages: what came after them has not been seen."""
        return max((entry.message.pk for entry in self.entries), default=0)


@dataclass(frozen=True, slots=True)
class _Page:
    """rows: in their order; before, after: whether there is more; marked: the one looked for."""

    rows: list[Message]
    before: bool = False
    after: bool = False
    marked: int | None = None


def read(conversation: Conversation, place: Mapping[str, str], now: datetime) -> Thread:
    """Read one page of a conversation in six queries at most, however long it is.

    place: a page's address may ask for the page `before` or `after` a message, for the one that it
    is `at`, or that has a `note`, each by its id. Nonsense, or nothing, means: the newest.
    """
    page = _find_page(conversation, place)
    entries = _Reader(conversation, now).entries(page.rows)
    for entry in entries:
        entry.is_marked = entry.message.pk == page.marked
    came = _say_arrival(conversation, entries, page)
    older = page.rows[0].pk if page.before else None
    newer = page.rows[-1].pk if page.after else None
    return Thread(_say_once(entries), older, newer, came)


def _find_page(conversation: Conversation, place: Mapping[str, str]) -> _Page:
    rows = conversation.messages.all()
    if note := sql.row_id(place.get("note", "")):
        return _around_note(conversation, rows, note)
    for name in ("at", "before", "after"):
        pk = sql.row_id(place.get(name, ""))
        found = rows.filter(pk=pk).values_list("at", "pk").first() if pk else None
        if found:
            return _around(rows, name, *found)
    return _newest(rows)


def _newest(rows: QuerySet[Message]) -> _Page:
    newest, more = _take(rows.order_by("-at", "-pk"), SHOWN)
    return _Page(newest[::-1], before=more)


def _around_note(conversation: Conversation, rows: QuerySet[Message], note: int) -> _Page:
    """Read the page around the message before a note; the newest where that is on it."""
    at = conversation.notes.filter(pk=note).values_list("at", flat=True).first()
    after = rows.filter(at__gt=at).order_by("at", "pk")[:SHOWN] if at else rows.none()
    if len(following := list(after)) < SHOWN:
        return _newest(rows)
    page = _around(rows, "at", following[0].at, following[0].pk)
    return replace(page, marked=None)


def _around(rows: QuerySet[Message], name: str, at: datetime, pk: int) -> _Page:
    """Read the page before, after or around a message, along the index message_thread."""
    # The day's bound first: what stands beyond it is not even looked at.
    older = rows.filter(at__lte=at).exclude(at=at, pk__gte=pk).order_by("-at", "-pk")
    newer = rows.filter(at__gte=at).exclude(at=at, pk__lte=pk).order_by("at", "pk")
    if name == "before":
        page, more = _take(older, SHOWN)
        return _Page(page[::-1], before=more, after=bool(page))
    if name == "after":
        page, more = _take(newer, SHOWN)
        return _Page(page, before=bool(page), after=more)
    above, is_more_above = _take(older, SHOWN // 2)
    below, is_more_below = _take(newer | rows.filter(pk=pk), SHOWN // 2)
    return _Page([*above[::-1], *below], is_more_above, is_more_below, pk)


def _take(rows: QuerySet[Message], count: int) -> tuple[list[Message], bool]:
    """Return so many rows, and whether there are more."""
    found = list(rows[: count + 1])
    return found[:count], len(found) > count


class _Reader:
    """Makes entries of messages of one conversation."""

    def __init__(self, conversation: Conversation, now: datetime) -> None:
        self.conversation, self.now = conversation, now

    def entries(self, page: Sequence[Message]) -> list[Entry]:
        rules, parts = _answers(page)
        said = self._quoted(page)
        entries: list[Entry] = []
        for message in page:
            entry = Entry(message, self.now, rule=rules.get(message.pk))
            entry.quoted = _quote(message, said)
            total = parts[message.in_reply_to_id] if message.origin == Origin.BOT else 0
            is_part = total > 1 and message.kind not in TO_COMMENTS
            entry.part = f"part {message.position + 1} of {total}" if is_part else ""
            _follow(entry, entries[-1] if entries else None)
            self._look_ahead(entry, entries)
            entries.append(entry)
        return entries

    def _quoted(self, page: Sequence[Message]) -> dict[str | int, str]:
        """Return the beginnings of what these reply to, by their mids and numbers.

        The comment that is answered is set on its answer, which lasts as long as Meta allows.
        """
        replied = (one.about.get("reply_to") for one in page)
        account = self.conversation.account_id
        mids = {key_of(account, mid) for mid in replied if mid and isinstance(mid, str)}
        answers = [one for one in page if one.kind in TO_COMMENTS and one.in_reply_to_id]
        comments = {one.in_reply_to_id for one in answers}
        found = self.conversation.messages.filter(Q(mid__in=mids) | Q(pk__in=comments))
        rows = {one.pk: one for one in found}
        for answer in answers:
            answer.in_reply_to = rows.get(answer.in_reply_to_id or 0)
        said: dict[str | int, str] = {}
        for pk, one in rows.items():
            said[pk] = said[mid_of(account, one.mid)] = names.excerpt(one)
        return said

    def _look_ahead(self, entry: Entry, above: Sequence[Entry]) -> None:
        """Say what a message of ours waits for, and whether it may still go."""
        message = entry.message
        if message.state not in ("", State.SENT, State.SENDING, State.UNDECIDED):
            entry.too_late = why_too_late(self.conversation, message, self.now)
        if message.state == State.QUEUED:
            entry.waits, entry.may_hurry = self._waits(message, above)
            account = self.conversation.account
            entry.is_held = account.sending_held or account.is_paused(self.now)

    def _waits(self, message: Message, above: Sequence[Entry]) -> tuple[str, bool]:
        """Return what a queued message waits for, and whether staff may have it go at once."""
        now = self.now
        if paused := say_pause(self.conversation.account, now):
            return paused, False
        if message.not_before and message.not_before > now:
            again = date_format(timezone.localtime(message.not_before), "H:i:s")
            return f"Next attempt at {again}. {message.error}".strip(), True
        if not message.staff and any(_holds(one.message, now) for one in above):
            return "Waiting until we know whether the message before it was delivered.", True
        queued = (one for one in above if one.message.state == State.QUEUED)
        if any(one.message.not_before and one.message.not_before > now for one in queued):
            return "Waiting for the message before it.", False
        return SENDING, False


def _holds(message: Message, now: datetime) -> bool:
    called = message.called_at or message.created_at
    return message.state == State.UNKNOWN and now < called + settings.UNKNOWN_HOLDS


def _quote(message: Message, said: Mapping[str | int, str]) -> str:
    if message.kind in TO_COMMENTS:
        return said.get(message.in_reply_to_id or 0, "")
    replied = message.about.get("reply_to")
    return said.get(replied, "an earlier message") if isinstance(replied, str) and replied else ""


def _follow(entry: Entry, above: Entry | None) -> None:
    """Say where a new day begins, and where the same one goes on."""
    message, day = entry.message, _day(entry.message.at)
    if above is None or _day(above.message.at) != day:
        entry.day = day
        return
    last = above.message
    is_same = (last.origin, last.staff, entry.origin) == (
        message.origin,
        message.staff,
        above.origin,
    )
    is_near = message.at - last.at < GOES_ON_FOR
    entry.continues = is_same and is_near and not above.is_line and not entry.is_line


def _day(moment: datetime) -> date:
    return timezone.localtime(moment).date()


def _say_once(entries: Sequence[Entry]) -> list[Entry]:
    """Leave one of equal lines in a row, and of equal notes the last."""
    kept: list[Entry] = []
    for run in _runs(entries):
        last = run[-1]
        last.times = len(run)
        if last.is_line:
            last.since = run[0].message.at
            last.day = run[0].day
            last.came, last.came_earlier = run[0].came, run[0].came_earlier
            last.absorbed = [one.message.pk for one in run[:-1]]
            kept.append(last)
            continue
        for one in run[:-1]:
            one.times = 0
        kept += run
    return kept


def _runs(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Part a page where a new day begins, or something else is to be said."""
    run: list[Entry] = []
    for entry in entries:
        if run and (entry.day or entry.came or entry.alike != run[-1].alike):
            yield run
            run = []
        run.append(entry)
    if run:
        yield run


def _say_arrival(conversation: Conversation, entries: Sequence[Entry], page: _Page) -> str:
    """Put how the customer came last before what was said next; return it where nothing was."""
    at = conversation.referred_at
    if at is None:
        return ""
    came = names.arrival(conversation.referral, conversation.referral_ref)
    following = next((n for n, one in enumerate(entries) if one.message.at >= at), None)
    if following is None:
        return "" if page.after else came
    if following or not page.before:
        entry = entries[following]
        entry.came, entry.came_earlier = came, _day(at) != _day(entry.message.at)
    return ""


def _answers(page: Iterable[Message]) -> tuple[dict[int, int], Counter[int | None]]:
    """Return which rule answered each question, itself or with another, and in how many parts."""
    asked = {one.pk: _answered(one) for one in page if one.origin == Origin.CUSTOMER}
    questions = {*asked.values(), *(one.in_reply_to_id for one in page if one.in_reply_to_id)}
    # The origin is said so that the index one_answer serves it.
    answers = Message.objects.filter(origin=Origin.BOT, in_reply_to__in=questions)
    rows = list(answers.values_list("in_reply_to", "rule"))
    rules = {question: rule for question, rule in rows if rule}
    return (
        {pk: rules[question] for pk, question in asked.items() if question in rules},
        Counter(question for question, _ in rows),
    )


def _answered(question: Message) -> int:
    """Return the message under which its answer is."""
    why = explain(question.why)
    return why.answered_with or question.pk if why else question.pk
