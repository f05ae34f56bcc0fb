"""Which events Meta posts for an account: asked for by what is in use, and read back."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import structlog
from django.utils import timezone

from conversations.account import authorization, tokens
from conversations.models import Account
from instagram.errors import GraphError
from instagram.login import Kind

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
    if login == Account.Login.PAGE:
        return OF_PAGE
    return tuple(dict.fromkeys((*ALWAYS, *(name for call in _needs for name in call()))))


@dataclass(frozen=True, slots=True)
class Subscribed:
    """What was asked for, and what Meta says it posts. problem: a sentence, where it refused."""

    wanted: tuple[str, ...]
    found: frozenset[str]
    problem: str = ""

    @property
    def missing(self) -> list[str]:
        return [name for name in self.wanted if name not in self.found]


def subscribe(account: Account) -> Subscribed:
    """Subscribe an account's fields and read them back. What Meta refuses is said, not raised."""
    fields = wanted(account.login)
    login = authorization.make_login()
    found, problem = frozenset[str](), ""
    try:
        token = tokens.read(account)
        kind = Kind(account.login)
        try:
            login.subscribe(kind, token, _node(account), fields)
        except GraphError as error:
            problem = error.advice
            log.warning("fields_not_subscribed", account=account.pk, exc_info=error)
        found = login.subscribed(kind, token, _node(account))
    except GraphError as error:
        problem = problem or error.advice
        log.warning("fields_not_read", account=account.pk, exc_info=error)
    else:
        _keep(account, found)
    return Subscribed(fields, found, problem)


def end(account: Account) -> bool:
    """Have Meta post nothing of an account any more; False: it could not be told."""
    try:
        token = tokens.read(account)
        authorization.make_login().unsubscribe(Kind(account.login), token, _node(account))
    except GraphError as error:
        log.warning("fields_not_ended", account=account.pk, exc_info=error)
        return False
    return True


def _node(account: Account) -> str:
    """Return whose subscription it is: a Page's, or else the account's."""
    return account.node_id if account.login == Account.Login.PAGE else account.instagram_id


def _keep(account: Account, found: frozenset[str]) -> None:
    rows = Account.objects.filter(pk=account.pk)
    rows.update(webhook_fields=sorted(found), webhook_fields_at=timezone.now())
