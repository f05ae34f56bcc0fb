"""What the database says of the moment: read when somebody asks, and the same for every process."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

import structlog
from django.db.models import Count
from prometheus_client.core import GaugeMetricFamily as Gauge

from conversations import queries
from conversations.models import Account, Conversation, Message, MissedLook, State, Worker
from conversations.queries import Tab
from incidents import clocks
from incidents.work import WORKER_ALIVE, oldest_due
from webhooks.models import WebhookEvent
from workqueue import bell, sql

log = structlog.get_logger("metrics")

TABS = (Tab.WAITING, Tab.UNASSIGNED, Tab.CLOSING, Tab.NOT_DELIVERED, Tab.PUT_OFF)
UNSENT = (State.QUEUED, State.SENDING, State.UNKNOWN)


def read() -> list[Gauge]:
    """Return all gauges; raises what the database raises."""
    now = clocks.shared_now()  # the other processes are as we see them, whatever our clock
    return [
        *_work(now),
        *_queue(),
        *_conversations(now),
        *_accounts(now),
    ]


def _gauge(name: str, about: str, values: Mapping[str, float], label: str) -> Gauge:
    """Return a gauge with one label; values: by what the label says."""
    gauge = Gauge(f"instabot_{name}", about, labels=[label])
    for value, number in values.items():
        gauge.add_metric([value], number)
    return gauge


def _single(name: str, about: str, value: float) -> Gauge:
    return Gauge(f"instabot_{name}", about, value=value)


def _work(now: datetime) -> Iterable[Gauge]:
    oldest = oldest_due(now)
    waits = max(now - oldest, timedelta()) if oldest else timedelta()
    yield _single(
        "oldest_due_seconds", "How long the oldest work waits that is due and nobody has taken.",
        waits.total_seconds(),
    )  # fmt: skip
    due = {
        "events": WebhookEvent.objects.due(now).count(),
        "conversations": Conversation.objects.due(now).count(),
    }
    yield _gauge("due", "Work that is due and nobody has taken.", due, "of")
    alive = Worker.objects.filter(seen_at__gte=now - WORKER_ALIVE)
    yield _single("workers", "Workers that were seen in the last minute.", alive.count())


def _queue() -> Iterable[Gauge]:
    """Tell of the bell; where it is away, how many wait there is not known."""
    try:
        waiting = bell.waiting()
    except Exception:
        log.warning("bell_unreachable", exc_info=True)
        waiting = None
    yield _single("bell_up", "1 while rings can be sent.", float(waiting is not None))
    if waiting is not None:
        yield _single("rings", "Rings that no thread has answered yet.", waiting)


def _conversations(now: datetime) -> Iterable[Gauge]:
    tabs = queries.count_tabs_of_all(now).tabs
    counts = {tab.value: float(tabs[tab]) for tab in TABS}
    yield _gauge("conversations", "Conversations in the parts of staff's queue.", counts, "queue")
    # In the words of the index message_open.
    rows = Message.objects.filter(state__in=sql.literals(UNSENT)).values_list("state")
    found = dict(rows.annotate(count=Count("pk")).order_by())
    unsent = {state.value: float(found.get(state, 0)) for state in UNSENT}
    yield _gauge("outgoing_messages", "Messages that are not settled yet.", unsent, "state")


def _accounts(now: datetime) -> Iterable[Gauge]:
    """Tell of accounts by their numbers here, as in the address of their page in the admin."""
    active = list(Account.objects.filter(active=True).order_by("pk"))
    gauges: list[tuple[str, str, Callable[[Account], float | None]]] = [
        ("account_sending", "1 unless sending is paused.", lambda one: not one.is_paused(now)),
        ("account_bot_on", "1 unless staff switched the bot off.", lambda one: not one.bot_is_off),
        (
            "token_end_timestamp_seconds",
            "When the account's access token ends, where that is known.",
            lambda one: one.token_ends_at.timestamp() if one.token_ends_at else None,
        ),
    ]
    for name, about, value_of in gauges:
        known = {str(one.pk): value for one in active if (value := value_of(one)) is not None}
        yield _gauge(name, about, known, "account")
    yield _paused(active, now)
    looked = MissedLook.objects.filter(account__in=active).values_list("account", "looked_at")
    yield _gauge(
        "missed_look_timestamp_seconds",
        "When the last look for missed messages began that came to its end.",
        {str(account): at.timestamp() for account, at in looked},
        "account",
    )


def _paused(accounts: Iterable[Account], now: datetime) -> Gauge:
    gauge = Gauge(
        "instabot_account_paused", "1 while sending is paused for this reason.",
        labels=["account", "reason"],
    )  # fmt: skip
    for one in accounts:
        for reason in Account.Pause.values:
            gauge.add_metric([str(one.pk), reason], one.is_paused(now) and one.pause == reason)
    return gauge
