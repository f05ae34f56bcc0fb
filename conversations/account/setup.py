"""Setting an account up: what was pasted, or what a login came back with, becomes an account."""

from dataclasses import replace

import structlog
from django.conf import settings
from django.utils import timezone

from backoffice import people
from conversations.account import authorization, connection, subscription
from conversations.account.connection import NewToken
from conversations.account.subscription import Subscribed
from conversations.models import HISTORY, Account, Message, Origin, why_off
from instagram import diagnosis, token_text
from instagram.client import Identity
from instagram.diagnosis import Diagnosis
from instagram.errors import GraphError
from instagram.kinds import Kind
from instagram.token_text import TokenError

log = structlog.get_logger("setup")


def read(kind: Kind, pasted: str) -> list[Diagnosis]:
    """Ask Meta what a pasted token is; raises TokenError, whose sentences are for staff."""
    token = token_text.clean(pasted, verify_token=settings.FACEBOOK_VERIFY_TOKEN)
    token_text.check_kind(token, kind, authorization.pinned_host())
    return diagnosis.diagnose(authorization.make_login(), kind, token)


def log_in(code: str, redirect: str) -> Diagnosis:
    """Turn the code of a login into a token for 60 days; raises TokenError."""
    login = authorization.make_login()
    try:
        short = login.exchange_code(code, redirect)
        long = login.lengthen(short.token)
    except GraphError as error:
        log.warning("login_failed", exc_info=error)
        raise TokenError("The login did not lead to a token.", error.advice) from None
    now = timezone.now()
    [found] = diagnosis.diagnose(login, Kind.INSTAGRAM, long.token)
    permissions = short.permissions or None
    return replace(found, permissions=permissions, made_at=now, ends_at=long.ends_at(now))


def connect(found: Diagnosis) -> tuple[Account, Subscribed]:
    """Keep the token and whose it is; have Meta post its events. Raises GraphError."""
    person = found.account
    token = NewToken(
        found.token, found.kind, found.made_at, found.ends_at, sorted(found.permissions or ())
    )
    named = Identity(
        person.instagram_id, found.node_id, person.username, person.name, person.picture
    )
    account = connection.connect(named, token)
    return account, subscription.subscribe(account)


def say_silence(account: Account) -> str:
    """Return a sentence for staff where the bot of an account is off, as for all of them."""
    if not account.bot_is_off:
        return ""
    off = why_off(people.called(account.bot_off_by))
    return f"{off} {account} answers nobody until you switch it on there."


def newest_message() -> int:
    """Return the id of the newest message, after which the first of an account is looked for."""
    return Message.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def first_message(account: Account, after: int) -> Message | None:
    """Return the first of a customer that Meta posted to us since; None: none yet."""
    rows = Message.objects.filter(
        pk__gt=after, origin=Origin.CUSTOMER, conversation__account=account.pk, found_at=None
    ).exclude(reason=HISTORY)
    return rows.select_related("conversation").order_by("pk").first()
