"""What Meta says of a token: for how long it is, whose, and what it may do.

Source: "Access Tokens" and "Debug Token", and what clients see.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from instagram.errors import TABLE, AmbiguousError, RefusedError, Reply
from instagram.links import source
from instagram.values import clean


@dataclass(frozen=True, slots=True)
class Granted:
    """What a login gave: a token, and for how many seconds; 0: Meta did not say."""

    token: str
    seconds: int = 0
    permissions: frozenset[str] = frozenset()

    def ends_at(self, now: datetime) -> datetime | None:
        return now + timedelta(seconds=self.seconds) if self.seconds else None


@dataclass(frozen=True, slots=True)
class Facts:
    """What Meta says of a token. ends_at: None for one without an end.

    owner: the id of the person or the Page whose it is. targets: the ids that it was given for.
    error: what is wrong with one that is not valid.
    """

    app_id: str
    type: str
    is_valid: bool
    made_at: datetime | None
    ends_at: datetime | None
    permissions: frozenset[str]
    owner: str = ""
    targets: tuple[str, ...] = ()
    error: RefusedError | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """An Instagram account as it presents itself. kind: of account, as BUSINESS or PERSONAL."""

    instagram_id: str = ""
    username: str = ""
    name: str = ""
    picture: str = ""
    kind: str = ""

    def __str__(self) -> str:
        return f"@{self.username}" if self.username else self.instagram_id


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose token it is: a Page, a person or a system user, and the Instagram account with it."""

    node_id: str
    name: str
    account: Person = Person()
    token: str = ""  # the Page's own, where it was listed
    is_page: bool = True


def text_of(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return clean(str(value)) if isinstance(value, str) or is_number else ""


def object_of(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = values.get(name)
    return value if isinstance(value, dict) else {}


def names_of(value: Any) -> list[str]:
    """Read a list of names; Meta writes some with commas."""
    if isinstance(value, str):
        value = re.split(r"[\s,]+", value)
    return [name for name in value if isinstance(name, str) and name] if value else []


def _moment(value: Any) -> datetime | None:
    """Read Meta's seconds; 0 is never."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if not is_number or not 0 < value < 2**33:
        return None
    return datetime.fromtimestamp(value, UTC)


def read_granted(answer: Mapping[str, Any]) -> Granted:
    listed = answer.get("data")  # documented in a list, seen without it
    if isinstance(listed, list) and listed and isinstance(listed[0], dict):
        answer = listed[0]
    token = text_of(answer, "access_token")
    if not token:
        raise AmbiguousError("Meta's answer had no token in it.")
    seconds = answer.get("expires_in")
    is_number = isinstance(seconds, int) and 0 < seconds < 2**31
    permissions = frozenset(names_of(answer.get("permissions")))
    return Granted(token, int(seconds or 0) if is_number else 0, permissions)


def read_facts(data: Mapping[str, Any]) -> Facts:
    granted = data.get("granular_scopes")
    targets = [
        number
        for one in granted or []
        if isinstance(one, dict) and text_of(one, "scope").startswith("instagram_")
        for number in one.get("target_ids") or []
        if isinstance(number, str)
    ]
    return Facts(
        app_id=text_of(data, "app_id"),
        type=text_of(data, "type").upper(),
        is_valid=data.get("is_valid") is True,
        made_at=_moment(data.get("issued_at")),
        ends_at=_moment(data.get("expires_at")),
        permissions=frozenset(names_of(data.get("scopes"))),
        owner=text_of(data, "profile_id") or text_of(data, "user_id"),
        targets=tuple(dict.fromkeys(targets)),
        error=_read_error(object_of(data, "error")),
    )


def _read_error(error: Mapping[str, Any]) -> RefusedError | None:
    code, subcode = error.get("code"), error.get("subcode")
    if not isinstance(code, int):
        return None
    kind, advice = TABLE.get((code, subcode)) or TABLE.get((code, None)) or TABLE[190, None]
    found = kind(advice, Reply(code=code, subcode=subcode if isinstance(subcode, int) else None))
    return found if isinstance(found, RefusedError) else None


def read_person(values: Mapping[str, Any], number: str) -> Person:
    return Person(
        instagram_id=text_of(values, number),
        username=text_of(values, "username"),
        name=text_of(values, "name"),
        picture=source(text_of(values, "profile_picture_url")),
        kind=text_of(values, "account_type").upper(),
    )


def read_page(values: Mapping[str, Any]) -> Owner:
    linked = read_person(object_of(values, "instagram_business_account"), "id")
    token = text_of(values, "access_token")
    return Owner(text_of(values, "id"), text_of(values, "name"), linked, token)
