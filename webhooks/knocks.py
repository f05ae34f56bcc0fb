"""Counts what comes to the door and is not taken, and what was wrong with it.

Whoever knocks may be anybody, and may knock often: each process writes once in some seconds, and
what came in between is written with the next one. What was given is compared and forgotten.
"""

import hashlib
import hmac
import json
import threading
import time
from collections import Counter
from datetime import datetime

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from conversations.account import identity
from instagram.signature import PREFIX, is_signed
from webhooks.models import Knock, hour_of

log = structlog.get_logger("door")

DOCTOR = "instabot-doctor"  # the User-Agent of our own question at our own address
WRITE_EVERY_SECONDS = 5.0
LONGEST_LOOKED_AT = 256 * 1024  # bytes: a body that a stranger makes is not hashed many times
OLD_PREFIX = "sha1="
OURS = "one of our accounts"  # named by what came without a signature
QUOTES = " \t'\"`“”\u2018\u2019«»"
Kind = Knock.Kind
Key = tuple[str, str, datetime]  # a kind, what would have fitted, the hour


class Tally:
    """What this process has counted and not written yet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.drop()

    def drop(self) -> None:
        self._counts: Counter[Key] = Counter()
        self._last_at: dict[Key, datetime] = {}
        self._written_at = float("-inf")

    def add(self, kind: str, fits: str, *, at_once: bool = False) -> None:
        """Count one; write, at most once in some seconds, what was counted. Never raises.

        at_once: write it now, which nobody but who has the verify token can bring about.
        """
        now = timezone.now()
        # What waits to be written counts in the hour in which it came, however long that takes.
        key = (kind, fits, hour_of(now))
        with self._lock:
            self._counts[key] += 1
            self._last_at[key] = now
            if not at_once and time.monotonic() - self._written_at < WRITE_EVERY_SECONDS:
                return
        self.write()

    def write(self) -> None:
        """Write what was counted and is not written yet. Never raises."""
        with self._lock:
            self._written_at = time.monotonic()
            counts, self._counts = self._counts, Counter()
            last_at, self._last_at = self._last_at, {}
        try:
            for (one, name, hour), count in counts.items():
                Knock.objects.add(one, name, count, last_at[one, name, hour])
        except (DatabaseError, InterfaceError):
            log.warning("knock_not_counted", exc_info=True)
            connection.close()


# A flood of the one does not delay the other.
_tokens, _signatures, _pages = Tally(), Tally(), Tally()


def write_rest() -> None:
    """Write what waits for the next one, which may not come: called once a minute."""
    for tally in (_tokens, _signatures, _pages):
        tally.write()


def forget() -> None:
    """Drop what was not written yet, and write the next one at once."""
    _tokens.drop()
    _signatures.drop()
    _pages.drop()


def note_page(kind: Kind, name: str) -> None:
    """Count a page that one of ours was refused, by the name or address that they called it by."""
    _pages.add(kind, name)


def note(kind: Kind) -> None:
    """Count an attempt to verify the address."""
    _tokens.add(kind, "", at_once=kind == Kind.VERIFIED)


def note_token(given: str) -> None:
    """Count a wrong verify token by what is wrong with it."""
    expected = settings.FACEBOOK_VERIFY_TOKEN
    fits = _name_of(given)
    near = constant_time_compare(_fold(given), _fold(expected))
    if not expected:
        kind = Kind.TOKEN_UNSET
    elif not given:
        kind = Kind.TOKEN_MISSING
    elif near:
        kind, fits = Kind.TOKEN_NEAR, ""
    else:
        kind = Kind.TOKEN_OTHER if fits else Kind.TOKEN_WRONG
    _tokens.add(kind, fits if kind == Kind.TOKEN_OTHER else "")


def note_signature(body: bytes, given: str, old: str) -> None:
    """Count a webhook whose signature is not ours by what is wrong with it.

    old: its X-Hub-Signature, by SHA-1, which Meta sends as well.
    """
    _signatures.add(*_judge(body, given, old))


def _judge(body: bytes, given: str, old: str) -> tuple[Kind, str]:
    if not settings.WEBHOOK_SECRETS:
        return Kind.SECRET_UNSET, ""
    if len(body) > LONGEST_LOOKED_AT:
        return (Kind.SIGNED_WRONG if given else Kind.UNSIGNED), ""
    if not given:
        return _judge_unsigned(body, old)
    for name, value in _others().items():
        if value and is_signed(body, given, [value]):
            return Kind.SIGNED_OTHER, name
    if given.startswith(PREFIX) and is_signed(
        _as_meta_writes(body), given, settings.WEBHOOK_SECRETS
    ):
        return Kind.BODY_CHANGED, ""
    return Kind.SIGNED_WRONG, ""


def _judge_unsigned(body: bytes, old: str) -> tuple[Kind, str]:
    if _is_signed_the_old_way(body, old):
        return Kind.OLD_SIGNATURE, ""
    return Kind.UNSIGNED, OURS if _names_ours(body) else ""


def _names_ours(body: bytes) -> bool:
    """Tell whether it reads as what Meta posts about an account of ours."""
    try:
        value = json.loads(body)
        named = str(value["entry"][0]["id"]) if value["object"] == "instagram" else ""
        return named in identity.accounts().names
    except (ValueError, RecursionError, LookupError, TypeError):
        return False
    except (DatabaseError, InterfaceError):  # nobody is remembered yet
        return False


def _others() -> dict[str, str]:
    """Return what may have been typed in the place of another, by the name of its setting."""
    found = {
        name: str(getattr(settings, name, ""))
        for name in ("FACEBOOK_VERIFY_TOKEN", "INSTAGRAM_PAGE_ACCESS_TOKEN", "SECRET_KEY")
    }
    for secret in settings.WEBHOOK_SECRETS:
        if secret != secret.lower():
            found["FACEBOOK_APP_SECRET in small letters"] = secret.lower()
    return found


def _name_of(given: str) -> str:
    """Return the name of the setting whose value this is."""
    secrets = {"FACEBOOK_APP_SECRET or INSTAGRAM_APP_SECRET": settings.WEBHOOK_SECRETS}
    named = {name: [value] for name, value in _others().items()} | secrets
    fits = [
        name
        for name, values in named.items()
        for value in values
        if value and constant_time_compare(given, value)
    ]
    return fits[0] if fits else ""


def _fold(token: str) -> str:
    return token.strip(QUOTES).casefold()


def _is_signed_the_old_way(body: bytes, old: str) -> bool:
    expected = [
        OLD_PREFIX + hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()
        for secret in settings.WEBHOOK_SECRETS
    ]
    return any(constant_time_compare(old, one) for one in expected)


def _as_meta_writes(body: bytes) -> bytes:
    """Write a body as Meta does, in case somebody on the way has written it in another way."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return body
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/").encode()
