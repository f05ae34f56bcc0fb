"""Whether what customers ask is decided, and what is decided reaches them."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse

from backoffice.counts import counted
from conversations.models import Account, Conversation, Message, State, Verdict
from incidents.troubles import Level, Trouble
from rules.models import ResponseRule

SENDS, ENGINE, RULES = "sends", "engine", "rules"

LATELY = timedelta(minutes=10)
MANY_SENDS = 5
MANY_CUSTOMERS = 3
FAILED_TURNS = 2  # in a row, of one conversation
LOOKED_AT = 500  # failed messages
RULE_ENGINE = "rules.engine.RuleEngine"


def find_failed_sends(now: datetime) -> Iterator[Trouble]:
    """Accounts of which several messages failed lately; served by the index of failed ones."""
    failed = Message.objects.filter(state=State.FAILED, at__gt=now - LATELY).order_by("-at")
    rows = list(failed.values_list("conversation__account", "error", "at")[:LOOKED_AT])
    for account in Account.objects.in_bulk({row[0] for row in rows}).values():
        own = [row for row in rows if row[0] == account.pk]
        if len(own) < MANY_SENDS:
            continue
        [(commonest, _)] = Counter(error for _, error, _ in own).most_common(1)
        more = "+" if len(rows) == LOOKED_AT else ""
        yield Trouble(
            SENDS, f"Messages of {account} fail",
            f"{len(own)}{more} failed within 10 minutes, mostly: {commonest or 'no reason given'}",
            "Open the outbox: each message says why. Once that is mended, resend them there.",
            link=f"{reverse('admin:conversations_outboxmessage_changelist')}?is=failed",
            subject=str(account.pk), account=account.pk, since=min(at for _, _, at in own),
        )  # fmt: skip


def find_failing_engines(now: datetime) -> Iterator[Trouble]:
    """Questions that could not be decided, or cannot be at the moment, since an error came up."""
    failed = Message.objects.filter(at__gt=now - LATELY, verdict=Verdict.FAILED)
    columns = ("conversation__account", "conversation", "reason")
    given_up = list(failed.values_list(*columns)[:LOOKED_AT])
    # What backs off: it is due later, nobody has it, and it was tried before.
    waits = Conversation.objects.filter(due_at__isnull=False, leased_until=None)
    again = waits.filter(tries__gte=FAILED_TURNS).values_list("account", "pk")[:LOOKED_AT]
    stuck = {*again, *((account, talk) for account, talk, _ in given_up)}
    # The same engines decide for all accounts, so all together tell how bad it is.
    level = Level.URGENT if len(stuck) >= MANY_CUSTOMERS else Level.SOON
    reasons = {account: reason for account, _, reason in reversed(given_up)}
    for account in Account.objects.in_bulk({account for account, _ in stuck}).values():
        count = sum(of == account.pk for of, _ in stuck)
        yield _say_undecided(account, count, reasons.get(account.pk, ""), level)


def _say_undecided(account: Account, count: int, reason: str, level: Level) -> Trouble:
    customers = counted(count, "customer is", "customers are")
    return Trouble(
        ENGINE, f"Questions to {account} cannot be decided",
        f"{customers} not answered since an error came up."
        f" {reason or 'They are being tried again.'}",
        "Look for turn_failed in the worker's log: it says in which engine. Go back to what ran"
        " before, or take that engine out of RESPONSE_ENGINES, and restart the worker. Customers"
        " who got no answer are under Waiting in the inbox.",
        link=reverse("admin:conversations_conversation_changelist"),
        subject=str(account.pk), account=account.pk, level=level,
    )  # fmt: skip


def find_no_rules(_: datetime) -> Iterator[Trouble]:
    """The rules answer, an account is connected, and no rule is active."""
    if RULE_ENGINE not in settings.RESPONSE_ENGINES or ResponseRule.objects.active().exists():
        return
    if Account.objects.filter(active=True, bot_off_by="").exclude(token="").exists():
        yield Trouble(
            RULES, "No rule is active",
            "An account is connected and the bot is on, but it answers nobody: each customer waits"
            " for a person.",
            "Add a rule, or make one active again; manage.py seed_rules writes examples.",
            link=reverse("admin:rules_responserule_changelist"),
        )  # fmt: skip
