"""What is counted. docs/monitoring/README.md says which of it to look at.

Labels are words of our own or Meta's codes, never what a customer wrote and never a name, so there
are some hundred series whatever happens. To change the buckets of a histogram, give it another
name: sums of before have the old ones.
"""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

SUMS = CollectorRegistry(auto_describe=False)  # they only rise, and outlive their process
STATES = CollectorRegistry(auto_describe=False)  # of processes that live

QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)  # seconds
SLOW = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, 43200)


def _begin(metric: Counter | Gauge, *known: Iterable[str]) -> None:
    """Show these series as 0 from the start: what appears as 1 would not have risen."""
    for labels in known:
        metric.labels(*labels)


# Webhooks, and what was in them.
webhooks = Counter(
    "instabot_webhooks", "Webhooks posted to us, by the status of our answer.", ["status"],
    registry=SUMS,
)  # fmt: skip
_begin(webhooks, ["200"], ["401"], ["503"])
webhook_seconds = Histogram(
    "instabot_webhook_seconds", "From a webhook's arrival until what it says was written down.",
    buckets=SLOW, registry=SUMS,
)  # fmt: skip
items = Counter(
    "instabot_items", "What webhooks told of, by what became of it.", ["outcome"], registry=SUMS
)
_begin(items, ["recorded"], ["echo"], ["duplicate"], ["failed"], ["no account"], ["unknown"])

# The work on conversations.
turns = Counter(
    "instabot_turns", "A worker's turns in conversations, by how they ended.", ["result"],
    registry=SUMS,
)  # fmt: skip
_begin(turns, ["done"], ["failed"], ["lease lost"])
verdicts = Counter(
    "instabot_verdicts", "Customers' messages, by what was decided.", ["verdict"], registry=SUMS
)
_begin(verdicts, ["answered"], ["no_answer"], ["failed"])

# Calls to Meta for messages.
sends = Counter(
    "instabot_sends", "Calls to Instagram for a message, by outcome and Meta's error code.",
    ["outcome", "code"], registry=SUMS,
)  # fmt: skip
_begin(sends, ["sent", "none"], ["ambiguous", "none"], ["notsent", "none"], ["login", "190"])
send_seconds = Histogram(
    "instabot_send_seconds", "How long Instagram took to answer a call for a message.",
    buckets=QUICK, registry=SUMS,
)  # fmt: skip
answer_seconds = Histogram(
    "instabot_answer_seconds",
    "From when a customer wrote, by Instagram's clock, or staff released the message, until"
    " Instagram took the bot's first answer.",
    buckets=SLOW, registry=SUMS,
)  # fmt: skip

# Looking for messages that no webhook told of.
missed_looks = Counter(
    "instabot_missed_looks", "Looks through an account's threads, by how they ended.", ["result"],
    registry=SUMS,
)  # fmt: skip
_begin(missed_looks, ["done"], ["put off"])
found_messages = Counter(
    "instabot_found_messages", "Messages found in threads that no webhook told of.", registry=SUMS
)

# The web: traffic, errors, how long it takes; and how full it is.
requests = Counter(
    "instabot_requests", "Requests, by route and status.", ["route", "status"], registry=SUMS
)
_begin(requests, ["webhook", "200"], ["admin", "200"], ["admin", "500"], ["api", "200"])
request_seconds = Histogram(
    "instabot_request_seconds", "How long requests took to answer.", ["route"],
    buckets=QUICK, registry=SUMS,
)  # fmt: skip
request_seconds.labels("webhook")
requests_in_flight = Gauge(
    "instabot_requests_in_flight", "Requests that are being answered.", registry=STATES
)
web_threads = Gauge(
    "instabot_web_threads", "Threads of gunicorn that answer requests.", registry=STATES
)
processes = Gauge(
    "instabot_processes", "Processes that wrote their sums lately.", ["role"], registry=STATES
)
_begin(processes, ["web"], ["worker"])
