"""How an account is connected: a login, the tokens that come of it, and what a token is.

Source: "Business Login for Instagram", "Set up webhooks" and "Access Tokens", and what clients see.
Tokens and secrets stand in addresses here, as Meta wants it: so no error of this module holds the
one that it came from, and no text of one repeats what was sent.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Self
from urllib.parse import urlencode

import requests

from instagram import hosts, responses
from instagram.errors import (
    TABLE,
    AmbiguousError,
    GraphError,
    LoginError,
    PermanentError,
    RefusedError,
    Reply,
)
from instagram.values import clean
from instagram.wire import Wire

AUTHORIZE_URL = "https://www.instagram.com/oauth/authorize"
# What Instagram Login asks for: to read the account, to answer messages, to answer comments.
SCOPES = (
    "instagram_business_basic",
    "instagram_business_manage_messages",
    "instagram_business_manage_comments",
)
LINKED = "id,username,name,profile_picture_url"  # of an Instagram account, wherever it is linked
NO_SUCH_FIELD = 100
SIGNATURE_CODES = (15, 104)  # an appsecret_proof that is wrong, or is missing
HIDDEN = "(hidden)"
SHORTEST_SECRET = 6  # what is shorter may be a part of any text
MOST_PAGES = 100


class Kind(StrEnum):
    """The kinds of login that Meta has for an Instagram account."""

    INSTAGRAM = "instagram"
    FACEBOOK = "page"
    UNIFIED = "unified"


@dataclass(frozen=True, slots=True)
class Hosts:
    """Where Meta is: its page to log in, who takes codes, and the two Graph APIs."""

    authorize: str = AUTHORIZE_URL
    code: str = "https://api.instagram.com/oauth/access_token"
    instagram: str = hosts.INSTAGRAM
    facebook: str = hosts.FACEBOOK

    @classmethod
    def at(cls, url: str) -> Self:
        """Return the hosts of a stand-in, which is all of them at one address."""
        return cls(f"{url}/oauth/authorize", f"{url}/oauth/access_token", url, url)

    def of(self, kind: Kind) -> str:
        """Return the Graph API that takes the tokens of a kind of login."""
        return self.instagram if kind is Kind.INSTAGRAM else self.facebook


@dataclass(frozen=True, slots=True)
class App:
    """An app of Meta's. One for Instagram Login has an id and a secret of its own."""

    id: str = ""
    secret: str = ""

    @property
    def is_known(self) -> bool:
        return bool(self.id and self.secret)


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


class Login(Wire):
    """Calls that lead to a token, and those that ask about one. version: of the Graph API.

    instagram: the app of Instagram Login; facebook: that of the others.
    """

    def __init__(
        self,
        *,
        instagram: App = App(),
        facebook: App = App(),
        hosts: Hosts = Hosts(),
        version: str,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.instagram = instagram
        self.facebook = facebook
        self.hosts = hosts
        self.graph_version = version

    # A login

    def authorize_address(self, redirect: str, state: str) -> str:
        """Return Meta's page that asks the owner of an account; it comes back to `redirect`."""
        asked = {
            "client_id": self.instagram.id,
            "redirect_uri": redirect,
            "response_type": "code",
            "scope": ",".join(SCOPES),
            "state": state,
            "force_reauth": "true",
        }
        return f"{self.hosts.authorize}?{urlencode(asked)}"

    def exchange_code(self, code: str, redirect: str) -> Granted:
        """Turn the code that a login came back with into a token for an hour; works once."""
        form = {
            "client_id": self.instagram.id,
            "client_secret": self.instagram.secret,
            "grant_type": "authorization_code",
            "redirect_uri": redirect,
            "code": code.removesuffix("#_"),
        }
        return _read_granted(self._call("POST", self.hosts.code, form=form))

    def lengthen(self, token: str) -> Granted:
        """Turn the token of a login into one for 60 days (Instagram Login)."""
        asked = {
            "grant_type": "ig_exchange_token",
            "client_secret": self.instagram.secret,
            "access_token": token,
        }
        return _read_granted(self._call("GET", f"{self.hosts.instagram}/access_token", asked))

    def lengthen_for_person(self, token: str) -> Granted:
        """Turn a person's token into one for 60 days, whose Pages' tokens have no end."""
        asked = {
            "grant_type": "fb_exchange_token",
            "client_id": self.facebook.id,
            "client_secret": self.facebook.secret,
            "fb_exchange_token": token,
        }
        return _read_granted(self._call("GET", f"{self.hosts.facebook}/oauth/access_token", asked))

    def refresh(self, token: str) -> Granted:
        """Renew a 60-day token that is at least a day old (Instagram Login)."""
        asked = {"grant_type": "ig_refresh_token", "access_token": token}
        address = f"{self.hosts.instagram}/refresh_access_token"
        return _read_granted(self._call("GET", address, asked))

    # What a token is

    def debug(self, token: str) -> Facts:
        """Ask Meta what a token of the Facebook app is (`debug_token`)."""
        asked = {"input_token": token}
        by = f"{self.facebook.id}|{self.facebook.secret}"
        address = f"{self.hosts.facebook}/{self.graph_version}/debug_token"
        answer = self._call("GET", address, asked, token=by)
        return _read_facts(_object(answer, "data"))

    def who_instagram(self, token: str) -> Owner:
        """Ask whose token of Instagram Login it is (`/me`)."""
        fields = "id,user_id,username,name,account_type,profile_picture_url"
        found = self._ask(Kind.INSTAGRAM, token, "me", fields)
        listed = found.get("data")  # Meta's documentation shows the object inside a list
        if isinstance(listed, list) and listed and isinstance(listed[0], dict):
            found = listed[0]
        account = _read_person(found, "user_id")
        return Owner(_text(found, "id"), account.name, account, is_page=False)

    def who_facebook(self, token: str) -> Owner:
        """Ask whose token of a Facebook app it is: of a Page, or of a person or a system user."""
        try:
            fields = f"id,name,instagram_business_account{{{LINKED}}}"
            found = self._ask(Kind.FACEBOOK, token, "me", fields)
        except PermanentError as error:
            if error.reply.code != NO_SUCH_FIELD:
                raise
            # Only Pages have that field.
            found = self._ask(Kind.FACEBOOK, token, "me", "id,name")
            return Owner(_text(found, "id"), _text(found, "name"), is_page=False)
        return _read_page(found)

    def account(self, token: str, number: str) -> Person:
        """Read an Instagram account by its id (Unified Login)."""
        return _read_person(self._ask(Kind.UNIFIED, token, number, LINKED), "id")

    def linked_privately(self, token: str) -> str:
        """Return the name of a personal account that a Page is linked with, if Meta tells."""
        found = self._ask(Kind.FACEBOOK, token, "me", "connected_instagram_account{id,username}")
        return _text(_object(found, "connected_instagram_account"), "username")

    def pages(self, token: str) -> list[Owner]:
        """List the Pages that a person has given the app, each with its own token."""
        fields = f"id,name,access_token,instagram_business_account{{{LINKED}}}"
        found = self._ask(Kind.FACEBOOK, token, "me/accounts", fields, {"limit": str(MOST_PAGES)})
        data = found.get("data")
        return [_read_page(page) for page in data or [] if isinstance(page, dict)]

    def read_messages(self, kind: Kind, token: str, node: str) -> None:
        """Ask for one conversation: Meta refuses it if the token may not read messages."""
        asked = {"platform": "instagram", "limit": "1"}
        self._ask(kind, token, f"{node}/conversations", "id", asked)

    # Webhooks

    def subscribe(self, kind: Kind, token: str, node: str, fields: Iterable[str]) -> None:
        """Have Meta post events of these fields: all of them, or it refuses and posts none."""
        asked = {"subscribed_fields": ",".join(fields)}
        answer = self._call("POST", self._at(kind, f"{node}/subscribed_apps"), asked, token=token)
        if answer.get("success") is not True:
            raise AmbiguousError("Meta did not say whether it subscribed the webhook fields.")

    def unsubscribe(self, kind: Kind, token: str, node: str) -> None:
        """Have Meta post nothing of this account any more."""
        self._call("DELETE", self._at(kind, f"{node}/subscribed_apps"), token=token)

    def subscribed(self, kind: Kind, token: str, node: str) -> frozenset[str]:
        """Read back which fields Meta posts for this account; none if it posts nothing."""
        answer = self._call("GET", self._at(kind, f"{node}/subscribed_apps"), token=token)
        data = answer.get("data")
        apps = [app for app in data or [] if isinstance(app, dict)]
        return frozenset(name for app in apps for name in _names(app.get("subscribed_fields")))

    def posted(self) -> dict[str, tuple[str, frozenset[str]]]:
        """Read what the Facebook app posts: by object, to which address and of which fields."""
        address = self._at(Kind.FACEBOOK, f"{self.facebook.id}/subscriptions")
        by = f"{self.facebook.id}|{self.facebook.secret}"
        answer = self._call("GET", address, token=by)
        found = {}
        for one in answer.get("data") or []:
            if isinstance(one, dict) and one.get("active") is not False:
                fields = one.get("fields") or []
                names = [_text(each, "name") if isinstance(each, dict) else each for each in fields]
                found[_text(one, "object")] = (_text(one, "callback_url"), frozenset(names))
        return found

    def is_signed_by(self, token: str, secret: str) -> bool:
        """Tell whether a secret is that of a Facebook token's app: it takes no other one's proof.

        Source: "Secure Graph API Calls"; graph.instagram.com documents nothing of the kind.
        """
        proof = hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()
        try:
            self._ask(Kind.FACEBOOK, token, "me", "id", {"appsecret_proof": proof})
        except LoginError as error:
            if error.reply.code in (NO_SUCH_FIELD, *SIGNATURE_CODES):
                return False
            raise
        return True

    def thread_owner(self, token: str, page: str, customer: str) -> str:
        """Return the id of the app that has a conversation of a Page's account; empty: none has.

        Source: "Conversation Routing".
        """
        asked = {"recipient": customer}
        answer = self._call("GET", self._at(Kind.FACEBOOK, f"{page}/thread_owner"), asked, token)
        data = answer.get("data")
        first = data[0] if isinstance(data, list) and data and isinstance(data[0], dict) else {}
        return _text(_object(first, "thread_owner"), "app_id")

    # A call

    def _at(self, kind: Kind, path: str) -> str:
        return f"{self.hosts.of(kind)}/{self.graph_version}/{path}"

    def _ask(
        self,
        kind: Kind,
        token: str,
        path: str,
        fields: str,
        asked: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        return self._call("GET", self._at(kind, path), {"fields": fields, **(asked or {})}, token)

    def _call(
        self,
        method: str,
        address: str,
        asked: Mapping[str, str] | None = None,
        token: str = "",
        *,
        form: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        request = requests.Request(method, address, headers, params=asked, data=form)
        try:
            status, answered, raw = self._exchange(request.prepare)
            if form or "grant_type" in (asked or {}):
                _refuse_login(status, raw)
            return responses.read_response(status, answered, raw)[0]
        except GraphError as error:
            failure = error
        finally:
            self._session().close()  # it is seldom called: no connection is kept for the next time
        # Outside of the block above: what it came from has the address in it, with all secrets.
        failure.__cause__ = failure.__context__ = None
        secrets = (token, self.instagram.secret, self.facebook.secret, *_secrets(asked, form))
        failure.reply = replace(failure.reply, body=hide(failure.reply.body, secrets))
        raise failure.with_traceback(None)


def hide(text: str, secrets: Iterable[str]) -> str:
    """Return a text without these secrets in it: Meta repeats a token that it cannot read."""
    for secret in sorted(set(secrets), key=len, reverse=True):
        if len(secret) >= SHORTEST_SECRET:
            text = text.replace(secret, HIDDEN)
    return text


SECRET_NAMES = ("access_token", "input_token", "fb_exchange_token", "client_secret", "code")


def _secrets(*asked: Mapping[str, str] | None) -> list[str]:
    return [values[name] for values in asked if values for name in SECRET_NAMES if name in values]


# Meta's words for what is wrong with a login, whichever host says them, and what to do.
USED = "The login has been used already, or has expired: connect once more."
UNKNOWN_ADDRESS = (
    "Meta does not know the address that it is to come back to: enter it in the app's Business"
    " login settings, exactly as instabot shows it."
)
WRONG_SECRET = "The app secret is not the one of this app: check INSTAGRAM_APP_SECRET."  # noqa: S105
_REFUSALS: tuple[tuple[str, type[RefusedError], str], ...] = (
    (r"redirect_?\s?uri", PermanentError, UNKNOWN_ADDRESS),
    (r"\bcode\b.*\b(used|expired|not found|invalid)|verification code", PermanentError, USED),
    (r"client secret", LoginError, WRONG_SECRET),
    (
        r"client.?id|platform app|application id|app id",
        LoginError,
        "Meta does not know the app: check INSTAGRAM_APP_ID.",
    ),
)


def _refuse_login(status: int, raw: bytes) -> None:
    """Raise what a refused login means; the host that takes codes has a shape of its own for it."""
    answer = responses.parse(raw)
    of_graph = _object(answer, "error")
    said = answer.get("error_message") or of_graph.get("message")
    if not isinstance(said, str):
        return
    code = (of_graph or answer).get("code")
    reply = Reply(status=status, code=code if isinstance(code, int) else None, body=said[:2000])
    for pattern, kind, advice in _REFUSALS:
        if re.search(pattern, said, re.IGNORECASE):
            raise kind(advice, reply)
    if not of_graph:
        raise PermanentError("Meta refused the login: connect once more.", reply)


# Reading


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return clean(str(value)) if isinstance(value, str) or is_number else ""


def _object(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = values.get(name)
    return value if isinstance(value, dict) else {}


def _names(value: Any) -> list[str]:
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


def _read_granted(answer: Mapping[str, Any]) -> Granted:
    listed = answer.get("data")  # documented in a list, seen without it
    if isinstance(listed, list) and listed and isinstance(listed[0], dict):
        answer = listed[0]
    token = _text(answer, "access_token")
    if not token:
        raise AmbiguousError("Meta's answer had no token in it.")
    seconds = answer.get("expires_in")
    is_number = isinstance(seconds, int) and 0 < seconds < 2**31
    permissions = frozenset(_names(answer.get("permissions")))
    return Granted(token, int(seconds or 0) if is_number else 0, permissions)


def _read_facts(data: Mapping[str, Any]) -> Facts:
    granted = data.get("granular_scopes")
    targets = [
        number
        for one in granted or []
        if isinstance(one, dict) and _text(one, "scope").startswith("instagram_")
        for number in one.get("target_ids") or []
        if isinstance(number, str)
    ]
    return Facts(
        app_id=_text(data, "app_id"),
        type=_text(data, "type").upper(),
        is_valid=data.get("is_valid") is True,
        made_at=_moment(data.get("issued_at")),
        ends_at=_moment(data.get("expires_at")),
        permissions=frozenset(_names(data.get("scopes"))),
        owner=_text(data, "profile_id") or _text(data, "user_id"),
        targets=tuple(dict.fromkeys(targets)),
        error=_read_error(_object(data, "error")),
    )


def _read_error(error: Mapping[str, Any]) -> RefusedError | None:
    code, subcode = error.get("code"), error.get("subcode")
    if not isinstance(code, int):
        return None
    kind, advice = TABLE.get((code, subcode)) or TABLE.get((code, None)) or TABLE[190, None]
    found = kind(advice, Reply(code=code, subcode=subcode if isinstance(subcode, int) else None))
    return found if isinstance(found, RefusedError) else None


def _read_person(values: Mapping[str, Any], number: str) -> Person:
    return Person(
        instagram_id=_text(values, number),
        username=_text(values, "username"),
        name=_text(values, "name"),
        picture=_text(values, "profile_picture_url"),
        kind=_text(values, "account_type").upper(),
    )


def _read_page(values: Mapping[str, Any]) -> Owner:
    linked = _read_person(_object(values, "instagram_business_account"), "id")
    token = _text(values, "access_token")
    return Owner(_text(values, "id"), _text(values, "name"), linked, token)
