"""Which conversations: what the admin's list and the API's can be narrowed to, and the queue."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Case, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.lookups import GreaterThan, GreaterThanOrEqual, LessThan

from backoffice.reach import reach, within
from conversations.models import (
    BY_PERSON,
    CAME_BY,
    COMMENT,
    NEEDS_ANSWER,
    NEWEST,
    STORY_KINDS,
    Conversation,
    Label,
    Message,
    Origin,
    QueueCounts,
    State,
    is_called,
)
from instagram.limits import WINDOW, WINDOW_MARGIN
from workqueue import sql

CLOSES_SOON = timedelta(hours=2)  # a window that closes within this time deserves a look
HANDED_OVER_WITHIN = timedelta(hours=24)
FAILED_SEND_IS_NEWS = timedelta(days=7)  # an older failed send no longer asks for attention

MOST_COUNTED = 1000  # messages of one conversation: further ones cost more than they tell

Rows = QuerySet[Conversation]


class Window(StrEnum):
    """In which Instagram takes answers."""

    OPEN = "open"
    SOON = "soon"
    CLOSED = "closed"


class Tab(StrEnum):
    """The parts of the queue, as staff see them side by side."""

    WAITING = "waiting"
    MINE = "mine"
    UNASSIGNED = "unassigned"
    CLOSING = "closing"
    NOT_DELIVERED = "not_delivered"
    PUT_OFF = "put_off"
    BOT_ONLY = "bot_only"
    ALL = "all"


class Source(StrEnum):
    """How a customer came."""

    DIRECT = "direct"
    STORY = "story"
    COMMENT = "comment"
    AD = "ad"


# The queue


def order_of(tab: Tab, now: datetime) -> list[Any]:
    """Return in which order the rows of a part are; in Mine what is put off comes last."""
    is_put_off = Case(When(put_off_until__gt=now, then=1), default=0)
    orders: dict[Tab, list[Any]] = {
        Tab.WAITING: ["waiting_since"],
        Tab.MINE: [is_put_off, F("waiting_since").asc(nulls_last=True), NEWEST.desc()],
        Tab.UNASSIGNED: ["waiting_since"],
        Tab.CLOSING: ["last_inbound_at"],
        Tab.PUT_OFF: ["put_off_until"],
    }
    return orders.get(tab, [NEWEST.desc()])


def of_account(rows: Rows, name: str) -> Rows:
    """Keep only those of our account of this Instagram ID or username."""
    return rows.filter(is_called(name, "account__"))


def waiting(rows: Rows, now: datetime) -> Rows:
    """Keep only those whose customer waits and whom nobody has put off.

    Served by the index conversation_waiting.
    """
    not_put_off = Q(put_off_until__isnull=True) | Q(put_off_until__lte=now)
    return rows.filter(not_put_off, waiting_since__isnull=False)


def put_off(rows: Rows, now: datetime) -> Rows:
    """Keep only those that staff have put off; served by the index conversation_put_off."""
    return rows.filter(put_off_until__gt=now)


def for_person(rows: Rows, user: int | None) -> Rows:
    """Keep only what somebody has, or nobody."""
    return rows.filter(Q(assignee=user) | Q(assignee=None))


def mine(rows: Rows, user: int | None) -> Rows:
    """Keep only what somebody has and is not done with; served by the index conversation_mine."""
    return rows.filter(assignee=user, assignee__isnull=False, closed_at=None)


def not_delivered(rows: Rows, now: datetime) -> Rows:
    """Keep only those with a send that failed or stayed unconfirmed lately.

    Served by the index message_trouble.
    """
    return rows.filter(pk__in=_failed_lately(now).values("conversation"))


def _failed_lately(now: datetime) -> QuerySet[Message]:
    return Message.objects.failed_or_unconfirmed().filter(at__gte=now - FAILED_SEND_IS_NEWS)


def in_tab(rows: Rows, tab: Tab, user: int | None, now: datetime) -> Rows:
    """Keep only what is in a part of the queue, in its order; user: whose own are mine."""
    kept: dict[Tab, Callable[[], Rows]] = {  # only the one asked for is built
        Tab.WAITING: lambda: waiting(rows, now),
        Tab.MINE: lambda: mine(rows, user),
        Tab.UNASSIGNED: lambda: waiting(rows, now).filter(assignee=None),
        Tab.CLOSING: lambda: waiting(rows, now).filter(_closes_soon(now)),
        Tab.NOT_DELIVERED: lambda: not_delivered(rows, now),
        Tab.PUT_OFF: lambda: put_off(rows, now),
        Tab.BOT_ONLY: lambda: rows.filter(waiting_since=None, assignee=None),
        Tab.ALL: lambda: rows,
    }
    return kept[tab]().order_by(*order_of(tab, now))


def count_tabs(
    user: int | None, now: datetime, accounts: Collection[int] | None = None
) -> dict[Tab, int]:
    """Count each part of the queue that an index finds; the others may be as good as all.

    accounts: those of these; None: of all that may be seen.
    """
    with within(reach() if accounts is None else accounts):
        return _by_tab(_count_queue(user, now))


def _count_queue(user: int | None, now: datetime) -> QueueCounts:
    opened = now - WINDOW + WINDOW_MARGIN
    return Conversation.objects.count_queue(
        user, now, opened, opened + CLOSES_SOON, now - FAILED_SEND_IS_NEWS
    )


def _by_tab(counts: QueueCounts) -> dict[Tab, int]:
    return {Tab(name): count for name, count in asdict(counts).items() if name != "newest"}


@dataclass(frozen=True, slots=True)
class Counted:
    """The queue for everybody at once; newest: since when the last one has been in it.

    tabs: how many each part has, where MINE is nobody's; own: how many who has some.
    """

    tabs: dict[Tab, int]
    own: dict[int, int]
    newest: datetime | None


def count_tabs_of_all(now: datetime) -> Counted:
    """Count the parts of the queue for everybody."""
    counts = _count_queue(None, now)
    return Counted(_by_tab(counts), Conversation.objects.count_mine(), counts.newest)


def _closes_soon(now: datetime) -> Q:
    """Tell whether the window is open and closes soon, as in_window() has it."""
    opened = now - WINDOW + WINDOW_MARGIN
    return Q(last_inbound_at__gt=opened, last_inbound_at__lt=opened + CLOSES_SOON)


# What lists can be narrowed to


def paused(rows: Rows, now: datetime, *, yes: bool) -> Rows:
    """Keep only those where the bot is paused, or only those where it is not."""
    is_paused = Q(bot_paused_until__gt=now)
    return rows.filter(is_paused) if yes else rows.exclude(is_paused)


def opted_out(rows: Rows, *, yes: bool) -> Rows:
    """Keep only those who want no automatic messages, or only the others.

    Served by the index conversation_opted_out.
    """
    return rows.filter(opted_out_at__isnull=not yes)


def in_window(rows: Rows, window: Window, now: datetime) -> Rows:
    """Keep only those whose window is open, closes soon, or is closed, as may_answer() has it."""
    opened = now - WINDOW + WINDOW_MARGIN
    if window == Window.CLOSED:
        return rows.exclude(last_inbound_at__gt=opened)
    # The same of NEWEST, so that the index conversation_newest serves it.
    still_open = rows.filter(GreaterThan(NEWEST, opened), last_inbound_at__gt=opened)
    if window == Window.SOON:
        closing = opened + CLOSES_SOON
        return still_open.filter(LessThan(NEWEST, closing), last_inbound_at__lt=closing)
    return still_open


def labelled(rows: Rows, name: str) -> Rows:
    """Keep only those with this label, whatever the capitals and accents of its name.

    The labels are fetched first: of their ids the database knows how rare each is, and so whether
    to begin with the label or with the newest conversations.
    """
    labels = list(Label.objects.filter(name__reads=name).values_list("pk", flat=True))
    of_row = Conversation.labels.through.objects.filter(conversation=OuterRef("pk"))
    return rows.filter(Exists(of_row.filter(label__in=labels)))


def of_customer(rows: Rows, customer: str) -> Rows:
    """Keep only those of the customer with this id or username, whatever its capitals.

    No index has usernames, so all conversations are read: as they lie, not in the order of rows.
    """
    with_id = Conversation.objects.filter(customer_id=customer).values("pk")
    name = customer.removeprefix("@") or customer  # @ alone is nobody
    with_name = Conversation.objects.filter(username__reads=name).values("pk")
    return rows.filter(pk__in=with_id.union(with_name))


def from_source(rows: Rows, source: Source) -> Rows:
    """Keep only those whose customer came so: by an ad, by a story, below a post, or directly.

    Served by the index message_came.
    """
    # In the words of the index. Some kinds of these PostgreSQL takes to be rare: so it begins with
    # them, and does not look at each conversation for what may be nowhere.
    of_row = Message.objects.filter(
        kind__in=sql.literals(CAME_BY), origin__in=sql.literals([Origin.CUSTOMER]),
        conversation=OuterRef("pk"),
    )  # fmt: skip
    came = {
        Source.STORY: Q(Exists(of_row.filter(kind__in=STORY_KINDS))),
        Source.COMMENT: Q(Exists(of_row.filter(kind=COMMENT))),
        Source.AD: Q(referral__has_key="ad_id"),
    }
    if source in came:
        return rows.filter(came[source])
    return rows.exclude(Q(Exists(of_row)) | came[Source.AD])


def moved_between(rows: Rows, since: datetime | None, until: datetime | None) -> Rows:
    """Keep only those that moved last in this time; served by the index conversation_newest."""
    if since:
        rows = rows.filter(GreaterThanOrEqual(NEWEST, since))
    return rows.filter(LessThan(NEWEST, until)) if until else rows


def has_failed_sends(now: datetime, *states: State) -> Exists:
    """Tell whether a send failed or stayed unconfirmed lately; served by message_thread."""
    since = now - FAILED_SEND_IS_NEWS
    lately = Message.objects.filter(conversation=OuterRef("pk"), at__gte=since)
    return Exists(lately.filter(state__in=states or (State.FAILED, State.UNKNOWN)))


def last_left() -> Subquery:
    """Return what became of the customer's last message, where staff marked it as done; else "".

    Served by message_thread.
    """
    asked = Message.objects.filter(conversation=OuterRef("pk"), origin=Origin.CUSTOMER)
    left = Case(When(done_at__isnull=False, then="verdict"), default=Value(""))
    return Subquery(asked.order_by("-at", "-pk").values(left=left)[:1])


def newest_open(conversations: Iterable[int]) -> dict[int, int]:
    """Return the newest message of each that needs an answer, as far as message_needs_answer knows.

    The newest by its id: what Meta passes on late is older by its time, and was there to be seen.
    """
    needs = Q(verdict__in=sql.literals(NEEDS_ANSWER)) | Q(flagged=True)
    rows = Message.objects.filter(needs, conversation__in=list(conversations), done_at=None)
    found = rows.order_by().values("conversation").annotate(newest=Max("pk"))
    return dict(found.values_list("conversation", "newest"))


def with_last(rows: Rows, **of: Any) -> QuerySet[Any]:
    """Add the id of the last message of each; fetch_last() brings the messages of a page.

    of: which messages count, all where nothing is given.
    """
    newest = Message.objects.filter(conversation=OuterRef("pk"), **of).order_by("-at", "-pk")
    listed: QuerySet[Any] = rows.annotate(last_message=Subquery(newest.values("pk")[:1]))
    return listed


def fetch_last(page: Iterable[Any], messages: QuerySet[Message]) -> list[Any]:
    """Give each row of a page its message as `last`, in one query; messages: what is read of it."""
    rows = list(page)
    last = messages.in_bulk([row.last_message for row in rows if row.last_message])
    for row in rows:
        row.last = last.get(row.last_message)
    return rows


def count_messages(conversation: Conversation) -> Counter[str]:
    """Count by origin the newest messages of one: all, unless there are more than MOST_COUNTED."""
    newest = Message.objects.filter(conversation=conversation).order_by("-at", "-pk")
    return Counter(newest.values_list("origin", flat=True)[:MOST_COUNTED])


def handed_over(answers: QuerySet[Message]) -> QuerySet[Message]:
    """Keep only answers after which a person wrote within a day, or whose customer needs one now.

    Each is looked up in the index message_thread.
    """
    afterwards = Message.objects.filter(
        BY_PERSON, conversation=OuterRef("conversation"), at__gt=OuterRef("at"),
        at__lte=OuterRef("at") + HANDED_OVER_WITHIN,
    )  # fmt: skip
    return answers.filter(Q(conversation__needs_person=True) | Exists(afterwards.said()))
