"""Who we are on Instagram, and when our account must rest."""

import hashlib
from datetime import datetime, timedelta
from functools import cache

import structlog
from django.conf import settings
from django.utils import timezone

from conversations.fresh import Fresh
from conversations.models import Account, Conversation, later_of
from instagram.client import GraphClient
from instagram.errors import AccountError, GraphError

log = structlog.get_logger("accounts")

LOGIN_CODES = (190, 102)  # the token or its session; GET /me tells when they work again
BROKEN_PAUSE = timedelta(days=1)  # ended by look_after
RESTRICTED_PAUSE = timedelta(minutes=15)


def _fingerprint() -> str:
    """What tells one token at one host from another, without being either."""
    asked = f"{settings.GRAPH_API_URL} {settings.INSTAGRAM_PAGE_ACCESS_TOKEN}"
    return hashlib.sha256(asked.encode()).hexdigest()[:32]


def _load(_: Account | None) -> Account:
    account = Account.objects.ours()
    if account.identified_by != _fingerprint():
        account.instagram_id = ""  # known under another token: not known any more
    return account


_current = Fresh(_load)


def current() -> Account:
    """Return our account, at most half a second old; its id is empty until Meta was asked."""
    return _current.get()


@cache
def client() -> GraphClient:
    """The client of this process, made from the settings."""
    return GraphClient(
        settings.GRAPH_API_URL,
        settings.INSTAGRAM_PAGE_ACCESS_TOKEN,
        version=settings.GRAPH_API_VERSION,
        node=settings.INSTAGRAM_ACCOUNT_ID,
        timeout=settings.GRAPH_TIMEOUT,
        deadline=settings.GRAPH_DEADLINE,
    )


def rest(account_id: int, until: datetime, reason: str) -> None:
    """Instagram asked for fewer messages: send nothing until then, unless it is broken anyway."""
    lasting = [Account.Pause.BROKEN, Account.Pause.RESTRICTED]
    Account.objects.filter(pk=account_id).exclude(
        pause__in=lasting, paused_until__gt=timezone.now()
    ).update(
        paused_until=later_of("paused_until", until),
        pause=Account.Pause.THROTTLED,
        pause_reason=reason,
    )


def hold(account_id: int, reason: str, code: int | None) -> None:
    """Instagram refuses the account itself.

    A broken login is held until look_after finds it mended; another refusal, which only a send
    can find mended, for a quarter of an hour.
    """
    login = code in LOGIN_CODES
    Account.objects.filter(pk=account_id).update(
        paused_until=timezone.now() + (BROKEN_PAUSE if login else RESTRICTED_PAUSE),
        pause=Account.Pause.BROKEN if login else Account.Pause.RESTRICTED,
        pause_reason=reason,
    )


def look_after() -> None:
    """Ask Meta who we are while that is unknown, and whether a broken account works again.

    Called about once a minute by the ticker. Changes nothing when Meta cannot be reached.
    """
    account = _load(None)
    broken = account.pause == Account.Pause.BROKEN
    if not settings.INSTAGRAM_PAGE_ACCESS_TOKEN or (account.instagram_id and not broken):
        return
    try:
        identity = client().me()
    except AccountError as error:
        if not broken:
            hold(account.pk, error.advice, error.reply.code)
            log.warning("account_broken", code=error.reply.code, subcode=error.reply.subcode)
        return
    except GraphError as error:
        log.warning("account_unreachable", exc_info=error)
        return
    Account.objects.filter(pk=account.pk).update(
        instagram_id=identity.instagram_id,
        node_id=identity.node_id,
        identified_by=_fingerprint(),
        username=identity.username,
    )
    if broken:
        mended(account)
    _current.forget()


def mended(account: Account) -> None:
    """End the pause, and wake every conversation that waits for it in one statement."""
    Account.objects.filter(pk=account.pk).update(paused_until=None, pause="", pause_reason="")
    # A statement of its own, after the other, and leased rows too: a turn that has just seen the
    # pause and is about to sleep until its end is woken by its release.
    now = timezone.now()
    Conversation.objects.filter(account=account, due_at__gt=now).update(due_at=now)
    log.info("account_mended")


def rests_until(account_id: int) -> datetime | None:
    """Return until when the account's pause lasts, if it has one."""
    return Account.objects.values_list("paused_until", flat=True).get(pk=account_id)


def take_slot(account_id: int, now: datetime, rate: float) -> datetime:
    """Reserve the account's next moment to send and return it: `rate` of them a second.

    Given back when the transaction around it is rolled back.
    """
    account = Account.objects.filter(pk=account_id)
    one = timedelta(seconds=1 / rate)
    account.update(next_send_at=later_of("next_send_at", now) + one)
    after = account.values_list("next_send_at", flat=True).get()
    return (after or now) - one
