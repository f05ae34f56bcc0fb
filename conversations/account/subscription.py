"""Which events Meta posts for an account: asked for by what is in use, and read back."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

import structlog
from django.utils import timezone

from conversations.account import authorization, tokens
from conversations.models import Account
from instagram.errors import GraphError
from instagram.kinds import Kind

log = structlog.get_logger("subscription")

# What the inbox shows and what recognises our own messages, whatever the rules are.
ALWAYS = (
    "messages", "messaging_postbacks", "messaging_seen", "messaging_referral", "message_reactions",
    "message_edit", "messaging_handover", "standby",
)  # fmt: skip
# With a Page any one field has Meta post; those of Instagram are ticked in the app's dashboard.
OF_PAGE = ("messages",)

_needs: list[Callable[[], Iterable[str]]] = []


def need(call: Callable[[], Iterable[str]]) -> None:
    """Have the fields subscribed, too, that this says are needed now."""
    _needs.append(call)


def wanted(login: str) -> tuple[str, ...]:
    """Return the fields that an account should have, for what is in use."""
    return OF_PAGE if login == Kind.FACEBOOK else of_app()


def of_app() -> tuple[str, ...]:
    """Return the fields that are to be ticked in the app, for what is in use."""
    return tuple(dict.fromkeys((*ALWAYS, *(name for call in _needs for name in call()))))


def missing(login: str, found: Collection[str]) -> list[str]:
    """Return the fields that an account should have, and that are not among these."""
    if login == Kind.FACEBOOK and found:
        return []  # which one it is does not matter
    return [name for name in wanted(login) if name not in found]


@dataclass(frozen=True, slots=True)
class Subscribed:
    """What Meta says it posts, and what it should. problem: a sentence, where it refused.

    added: what was missing before.
    """

    found: frozenset[str] = frozenset()
    missing: Sequence[str] = ()
    added: Sequence[str] = ()
    problem: str = ""


def subscribe(account: Account, login: str = "") -> Subscribed:
    """Subscribe what an account lacks, beside what it has. What Meta refuses is said, not raised.

    login: how it is connected, where its own column does not say it.
    """
    login = login or account.login
    if not _node(account, login):
        return Subscribed(problem="It is not known yet who it is on Instagram.")
    try:
        before, found, problem = _subscribe(account, login)
    except GraphError as error:
        log.warning("fields_not_read", account=account.pk, exc_info=error)
        return Subscribed(problem=error.advice)
    _keep(account, found)
    lacked, lacks = missing(login, before), missing(login, found)
    added = [name for name in lacked if name not in lacks]
    return Subscribed(found, lacks, added, problem)


def _subscribe(account: Account, login: str) -> tuple[frozenset[str], frozenset[str], str]:
    """Return the fields before and after, and why Meta refused; raises GraphError."""
    asked, kind = authorization.make_login(), Kind(login)
    token, node = tokens.read(account), _node(account, login)
    before = asked.subscribed(kind, token, node)
    lacked = missing(login, before)
    if not lacked:
        return before, before, ""
    try:
        # Meta takes the whole list, and forgets what does not stand in it.
        asked.subscribe(kind, token, node, sorted(before.union(lacked)))
    except GraphError as error:
        log.warning("fields_not_subscribed", account=account.pk, exc_info=error)
        return before, asked.subscribed(kind, token, node), error.advice
    return before, asked.subscribed(kind, token, node), ""


def end(account: Account) -> bool:
    """Have Meta post nothing of an account any more; False: it could not be told."""
    try:
        token = tokens.read(account)
        authorization.make_login().unsubscribe(
            Kind(account.login), token, _node(account, account.login)
        )
    except GraphError as error:
        log.warning("fields_not_ended", account=account.pk, exc_info=error)
        return False
    return True


def _node(account: Account, login: str) -> str:
    """Return whose subscription it is: a Page's, or else the account's."""
    return account.node_id if login == Kind.FACEBOOK else account.instagram_id


def _keep(account: Account, found: frozenset[str]) -> None:
    rows = Account.objects.filter(pk=account.pk)
    rows.update(webhook_fields=sorted(found), webhook_fields_at=timezone.now())
