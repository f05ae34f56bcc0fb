"""Asks Meta every few minutes whether an account works; every minute while Meta is out of reach.

Where customers write, the next answer finds out that a token has ended. Where nobody writes for
hours nobody would: and then the first one who does gets no answer.
"""

from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from conversations.account import identity, pause
from conversations.models import Account
from incidents.models import Probe
from instagram.errors import AccountError, GraphError, NotSentError

log = structlog.get_logger("probe")

EVERY = timedelta(minutes=2)
AGAIN = timedelta(seconds=50)  # while it is not reached; asked once a minute
MOST = 20  # accounts of one look


def look() -> None:
    """Ask about the accounts that are due. Called about once a minute."""
    now = timezone.now()
    for account in _due(now):
        if _take(account, now):
            _ask(account, now)


def _due(now: datetime) -> list[Account]:
    """Return accounts that should work, and of which nobody knows it."""
    fresh = Probe.objects.filter(failed_since=None, asked_at__gt=now - EVERY)
    asked = fresh | Probe.objects.filter(asked_at__gt=now - AGAIN)
    works = Q(pause="") | Q(paused_until__lt=now)
    rows = Account.objects.filter(works, active=True).exclude(token="").order_by("pk")
    return list(rows.exclude(pk__in=asked.values("account"))[:MOST])


@transaction.atomic
def _take(account: Account, now: datetime) -> bool:
    """Take an account's probe; False: another worker has just taken it."""
    row, is_new = Probe.objects.get_or_create(account=account, defaults={"asked_at": now})
    same = Probe.objects.filter(pk=row.pk, asked_at=row.asked_at, asked_at__lte=now - AGAIN)
    return is_new or bool(same.update(asked_at=now))


def _ask(account: Account, now: datetime) -> None:
    row = Probe.objects.filter(account=account)
    try:
        identity.look_again(account)
    except AccountError as error:
        row.update(failed_since=None)
        pause.refused(account.pk, error, first_again=False, version=account.token_version)
    except NotSentError:
        row.filter(failed_since=None).update(failed_since=now)
        log.warning("account_unreachable", account=account.pk)
    except GraphError as error:  # Meta answered, or may have: the way there is not broken
        row.update(failed_since=None)
        log.warning("account_not_asked", account=account.pk, exc_info=error)
    else:
        row.update(failed_since=None)
