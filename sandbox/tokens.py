"""Tokens as Meta gives them: of each kind of login, and each that cannot be used.

Whoever connects an account pastes one of the samples; a login gives tokens of its own.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from instagram.login import SCOPES
from sandbox import payloads
from sandbox.models import Fault, Grant
from sandbox.refusal import RefusedError

PAGE_ID, BARE_PAGE_ID, PERSON_ID, SYSTEM_USER_ID = "50010001", "50010002", "60010001", "70010001"
OTHER_APP_ID = "300000000000003"
MESSAGES = ("instagram_business_manage_messages", "instagram_manage_messages")
COMMENTS = ("instagram_business_manage_comments", "instagram_manage_comments")
OF_FACEBOOK = (
    "instagram_basic",
    "instagram_manage_messages",
    "instagram_manage_comments",
    "pages_manage_metadata",
    "pages_show_list",
)
SHORT, LONG, CODE = timedelta(hours=1), timedelta(days=60), timedelta(hours=1)
YOUNGEST_RENEWED = timedelta(days=1)
KEY_LENGTH = 60  # characters of a sample


class Owner(StrEnum):
    """Whose a token is, which decides what `/me` is."""

    ACCOUNT = "account"
    PAGE = "page"
    PERSON = "person"
    SYSTEM_USER = "system_user"


@dataclass(frozen=True, slots=True)
class Token:
    """A token that is known here. account: one of SAMPLES."""

    key: str
    label: str
    owner: Owner = Owner.ACCOUNT
    permissions: tuple[str, ...] = SCOPES
    is_personal: bool = False  # the Instagram account behind it
    has_account: bool = True  # a professional one is linked to the Page
    of_other_app: bool = False
    made_at: datetime | None = None
    ends_at: datetime | None = None
    is_over: bool = False

    @property
    def may_read_comments(self) -> bool:
        return any(name in self.permissions for name in COMMENTS)

    @property
    def may_read_messages(self) -> bool:
        return any(name in self.permissions for name in MESSAGES)


def _key(beginning: str, name: str) -> str:
    return f"{beginning}sandbox{name}".ljust(KEY_LENGTH, "0")


def _facebook(name: str, label: str, owner: Owner, **more: bool | tuple[str, ...]) -> Token:
    return replace(Token(_key("EAA", name), label, owner, OF_FACEBOOK), **more)  # type: ignore[arg-type] # of the fields' types


SAMPLES: dict[str, Token] = {
    "shop": Token(_key("IGAA", "Shop"), "Instagram Login, the shop's account"),
    "personal": Token(
        _key("IGAA", "Personal"), "Instagram Login, a personal account", is_personal=True
    ),
    "expired": Token(_key("IGAA", "Expired"), "Instagram Login, expired", is_over=True),
    "bare": Token(
        _key("IGAA", "Bare"), "Instagram Login, without messages", permissions=SCOPES[:1]
    ),
    "page": _facebook("Page", "Facebook Login, of the shop's Page", Owner.PAGE),
    "person": _facebook("Person", "Facebook Login, of a person with Pages", Owner.PERSON),
    "page_bare": _facebook(
        "PageBare", "Facebook Login, of a Page without Instagram", Owner.PAGE, has_account=False
    ),
    "page_personal": _facebook(
        "PagePersonal", "Facebook Login, of a Page with a personal account", Owner.PAGE,
        has_account=False, is_personal=True,
    ),
    "page_mute": _facebook(
        "PageMute", "Facebook Login, without messages", Owner.PAGE, permissions=OF_FACEBOOK[:1]
    ),
    "page_expired": _facebook("PageExpired", "Facebook Login, expired", Owner.PAGE, is_over=True),
    "page_other": _facebook(
        "PageOther", "Facebook Login, of another app", Owner.PAGE, of_other_app=True
    ),
    "system": _facebook("System", "Unified Login, of a system user", Owner.SYSTEM_USER),
}  # fmt: skip
_BY_KEY = {token.key: token for token in SAMPLES.values()}


def find(key: str) -> Token | None:
    """Return a token that was given to somebody; None for any other text."""
    environments = settings.INSTAGRAM_PAGE_ACCESS_TOKEN
    if environments and constant_time_compare(key, environments):
        return Token(key, "The environment's", permissions=(*SCOPES, *OF_FACEBOOK))
    if key in _BY_KEY:
        return _BY_KEY[key]
    grant = Grant.objects.filter(key=key).exclude(kind=Grant.Kind.CODE).first()
    return _of_grant(grant) if grant else None


def check(key: str) -> Token:
    """Return a token that is still good; raise RefusedError as Meta refuses any other."""
    token = find(key)
    if token is None:
        raise RefusedError(190, "Invalid OAuth access token - Cannot parse access token")
    if is_over(token):
        said = "Error validating access token: Session has expired"
        raise RefusedError(190, said, 463, status=401)
    return token


def is_over(token: Token) -> bool:
    return token.is_over or bool(token.ends_at and token.ends_at <= timezone.now())


def _of_grant(grant: Grant) -> Token:
    sample = SAMPLES[grant.account]
    return replace(
        sample, key=grant.key, permissions=tuple(grant.permissions), made_at=grant.made_at,
        ends_at=grant.ends_at,
    )  # fmt: skip


def give(kind: Grant.Kind, account: str, permissions: Iterable[str], redirect: str = "") -> Grant:
    """Make a code or a token."""
    lives = {Grant.Kind.CODE: CODE, Grant.Kind.SHORT: SHORT, Grant.Kind.LONG: LONG}[kind]
    beginning = "AQ" if kind == Grant.Kind.CODE else "IGAA"
    return Grant.objects.create(
        key=f"{beginning}sandbox{secrets.token_hex(40)}",
        kind=kind,
        account=account,
        permissions=list(permissions),
        redirect=redirect,
        ends_at=timezone.now() + lives,
    )


def use_code(key: str, redirect: str) -> Grant | None:
    """Return a code that has not been used, for good; None for any other."""
    now = timezone.now()
    rows = Grant.objects.filter(key=key, kind=Grant.Kind.CODE, redirect=redirect, ends_at__gt=now)
    if Fault.take(None, [Fault.Kind.CODE_EXPIRED]) or not rows.filter(used_at=None).update(
        used_at=now
    ):
        return None
    return rows.get()


def renew(token: Token) -> Grant:
    """Give a new token in the place of a long one, as `ig_refresh_token` does."""
    fault = Fault.take(None, [Fault.Kind.NO_RENEWAL, Fault.Kind.RENEWAL_BROKEN])
    if fault == Fault.Kind.NO_RENEWAL:
        raise RefusedError(190, "Error validating access token: The session is invalid", 460)
    if fault == Fault.Kind.RENEWAL_BROKEN:
        raise RefusedError(2, "An unexpected error has occurred.", status=500)
    grant = Grant.objects.filter(key=token.key, kind=Grant.Kind.LONG).first()
    if grant and timezone.now() - grant.made_at < YOUNGEST_RENEWED:
        raise RefusedError(190, "The token is less than 24 hours old and can't be refreshed yet")
    return give(Grant.Kind.LONG, grant.account if grant else "shop", token.permissions)


def describe(token: Token) -> dict[str, object]:
    """Return what `debug_token` says of a token of a Facebook app."""
    over = is_over(token)
    now = timezone.now()
    owners = {Owner.PAGE: PAGE_ID, Owner.PERSON: PERSON_ID, Owner.SYSTEM_USER: SYSTEM_USER_ID}
    facts: dict[str, object] = {
        "app_id": OTHER_APP_ID if token.of_other_app else settings.FACEBOOK_APP_ID,
        "type": "USER" if token.owner is Owner.PERSON else token.owner.upper(),
        "application": "Your shop",
        "is_valid": not over,
        "issued_at": int((token.made_at or now - LONG).timestamp()),
        "expires_at": int((now - SHORT).timestamp()) if over else 0,
        "scopes": list(token.permissions),
        "user_id": owners.get(token.owner, ""),
        "granular_scopes": [
            {"scope": name, "target_ids": [payloads.account_id()]}
            for name in token.permissions
            if name.startswith("instagram_") and token.has_account
        ],
    }
    if token.owner is Owner.PAGE:
        facts["profile_id"] = PAGE_ID
    if over:
        said = "Error validating access token: Session has expired"
        facts["error"] = {"code": 190, "message": said, "subcode": 463}
    return facts
