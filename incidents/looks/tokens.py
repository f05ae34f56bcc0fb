"""Access tokens that end soon."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.urls import reverse

from backoffice.counts import counted
from conversations.account import renewal
from conversations.models import Account
from incidents.troubles import Level, Trouble

TOKEN = "token"  # noqa: S105 - the name of a kind


def find_ending(now: datetime) -> Iterator[Trouble]:
    """From 14 days before the end; whoever was told is told anew 7, 3 and 1 day before it."""
    for account in Account.objects.filter(active=True).exclude(token="").order_by("pk"):
        ending = renewal.warn(account, now)
        if ending is None:
            continue
        problem = f" {account.renewal_problem}" if account.renewal_problem else ""
        yield Trouble(
            TOKEN, f"The access token of {account} {_when(ending)}",
            f"Its end: {ending.ends_at:%d %B, %H:%M} UTC. Without one nothing is sent.{problem}",
            "Open the account's page and reconnect it.",
            link=f"{reverse('admin:conversations_account_change', args=[account.pk])}#connection",
            subject=str(account.pk), account=account.pk,
            since=ending.ends_at - timedelta(days=max(renewal.WARN_DAYS)),
            level=Level.URGENT if ending.level <= renewal.URGENT_DAYS else Level.SOON,
            is_sure=True, step=str(ending.level), repeats=None,
        )  # fmt: skip


def _when(ending: renewal.Ending) -> str:
    if ending.is_over:
        return "has ended"
    if ending.days < 1:
        return "ends today"
    return f"ends in {counted(ending.days, 'day')}"
