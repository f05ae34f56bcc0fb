"""How an account is connected: a login, the tokens that come of it, and what a token is.

Source: "Business Login for Instagram", "Set up webhooks" and "Access Tokens", and what clients see.
Tokens and secrets stand in addresses here, as Meta wants it: so no error of this module holds the
one that it came from, and no text of one repeats what was sent.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import urlencode

import requests

from instagram import hosts, login_refusals, responses
from instagram.errors import AmbiguousError, GraphError, LoginError, PermanentError
from instagram.kinds import Kind
from instagram.login_refusals import SecretError
from instagram.token_facts import (
    Facts,
    Granted,
    Owner,
    Person,
    names_of,
    object_of,
    read_facts,
    read_granted,
    read_page,
    read_person,
    text_of,
)
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
A_LIST, MOST_LISTS = 100, 10  # Pages that are asked for at once; and how often


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
    """An app of Meta's. One for Instagram Login has an id and a secret of its own.

    secrets: several while one takes the place of another; nobody knows when Meta changes over.
    """

    id: str = ""
    secrets: tuple[str, ...] = ()

    @property
    def is_known(self) -> bool:
        return bool(self.id and self.secrets)


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
            "grant_type": "authorization_code",
            "redirect_uri": redirect,
            "code": code.removesuffix("#_"),
        }
        return self._grant("POST", self.hosts.code, self.instagram, form)

    def lengthen(self, token: str) -> Granted:
        """Turn the token of a login into one for 60 days (Instagram Login)."""
        asked = {"grant_type": "ig_exchange_token", "access_token": token}
        address = f"{self.hosts.instagram}/access_token"
        return self._grant("GET", address, self.instagram, asked)

    def lengthen_for_person(self, token: str) -> Granted:
        """Turn a person's token into one for 60 days, whose Pages' tokens have no end."""
        asked = {
            "grant_type": "fb_exchange_token",
            "client_id": self.facebook.id,
            "fb_exchange_token": token,
        }
        address = f"{self.hosts.facebook}/oauth/access_token"
        return self._grant("GET", address, self.facebook, asked)

    def refresh(self, token: str) -> Granted:
        """Renew a 60-day token that is at least a day old (Instagram Login)."""
        asked = {"grant_type": "ig_refresh_token", "access_token": token}
        address = f"{self.hosts.instagram}/refresh_access_token"
        return read_granted(self._call("GET", address, asked))

    # What a token is

    def debug(self, token: str) -> Facts:
        """Ask Meta what a token of the Facebook app is (`debug_token`)."""
        answer = self._ask_as_app("debug_token", {"input_token": token})
        return read_facts(object_of(answer, "data"))

    def who_instagram(self, token: str) -> Owner:
        """Ask whose token of Instagram Login it is (`/me`)."""
        fields = "id,user_id,username,name,account_type,profile_picture_url"
        found = self._ask(Kind.INSTAGRAM, token, "me", fields)
        listed = found.get("data")  # Meta's documentation shows the object inside a list
        if isinstance(listed, list) and listed and isinstance(listed[0], dict):
            found = listed[0]
        account = read_person(found, "user_id")
        return Owner(text_of(found, "id"), account.name, account, is_page=False)

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
            return Owner(text_of(found, "id"), text_of(found, "name"), is_page=False)
        return read_page(found)

    def account(self, token: str, number: str) -> Person:
        """Read an Instagram account by its id (Unified Login)."""
        return read_person(self._ask(Kind.UNIFIED, token, number, LINKED), "id")

    def linked_privately(self, token: str) -> str:
        """Return the name of a personal account that a Page is linked with, if Meta tells."""
        found = self._ask(Kind.FACEBOOK, token, "me", "connected_instagram_account{id,username}")
        return text_of(object_of(found, "connected_instagram_account"), "username")

    def pages(self, token: str) -> list[Owner]:
        """List the Pages that a person has given the app, each with its own token.

        At most MOST_LISTS times what Meta lists at once.
        """
        pages: list[Owner] = []
        after = ""
        for _ in range(MOST_LISTS):
            listed, after = self._pages(token, after)
            pages += listed
            if not after:
                break
        return pages

    def _pages(self, token: str, after: str) -> tuple[list[Owner], str]:
        """Return some Pages, and where the next ones begin; empty: these were the last."""
        fields = f"id,name,access_token,instagram_business_account{{{LINKED}}}"
        place = {"limit": str(A_LIST)} | ({"after": after} if after else {})
        found = self._ask(Kind.FACEBOOK, token, "me/accounts", fields, place)
        listed = [read_page(page) for page in found.get("data") or [] if isinstance(page, dict)]
        paging = object_of(found, "paging")
        goes_on = bool(paging.get("next"))  # Meta gives the place after the last one, too
        return listed, text_of(object_of(paging, "cursors"), "after") if goes_on else ""

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
        return frozenset(name for app in apps for name in names_of(app.get("subscribed_fields")))

    def posted(self) -> dict[str, tuple[str, frozenset[str]]]:
        """Read what the Facebook app posts: by object, to which address and of which fields."""
        answer = self._ask_as_app(f"{self.facebook.id}/subscriptions")
        found = {}
        for one in answer.get("data") or []:
            if isinstance(one, dict) and one.get("active") is not False:
                fields = one.get("fields") or []
                names = [
                    text_of(each, "name") if isinstance(each, dict) else each for each in fields
                ]
                found[text_of(one, "object")] = (text_of(one, "callback_url"), frozenset(names))
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
        return text_of(object_of(first, "thread_owner"), "app_id")

    # A call

    def _at(self, kind: Kind, path: str) -> str:
        return f"{self.hosts.of(kind)}/{self.graph_version}/{path}"

    def _grant(self, method: str, address: str, app: App, asked: Mapping[str, str]) -> Granted:
        """Ask for a token as an app; a refusal of anything but its secret is final."""

        def call(secret: str) -> dict[str, Any]:
            given = {**asked, "client_secret": secret}
            if method == "POST":
                return self._call(method, address, form=given)
            return self._call(method, address, given)

        return read_granted(_by_any_secret(app, call, SecretError))

    def _ask_as_app(self, path: str, asked: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Ask as the Facebook app, whose id and secret are the token."""

        def call(secret: str) -> dict[str, Any]:
            by = f"{self.facebook.id}|{secret}"
            return self._call("GET", self._at(Kind.FACEBOOK, path), asked, token=by)

        return _by_any_secret(self.facebook, call, LoginError)

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
                login_refusals.check(status, raw)
            return responses.read_response(status, answered, raw)[0]
        except GraphError as error:
            failure = error
        finally:
            self._session().close()  # it is seldom called: no connection is kept for the next time
        # Outside of the block above: what it came from has the address in it, with all secrets.
        failure.__cause__ = failure.__context__ = None
        ours = (*self.instagram.secrets, *self.facebook.secrets)
        secrets = (token, *ours, *_secrets(asked, form))
        failure.reply = replace(failure.reply, body=hide(failure.reply.body, secrets))
        raise failure.with_traceback(None)


def _by_any_secret(
    app: App, call: Callable[[str], dict[str, Any]], wrong: type[LoginError]
) -> dict[str, Any]:
    """Return what a call answers with the first of an app's secrets that Meta takes.

    wrong: what it raises for a secret that is not the app's; that of the last one is raised.
    """
    *others, last = app.secrets or ("",)
    for secret in others:
        with suppress(wrong):
            return call(secret)
    return call(last)


def hide(text: str, secrets: Iterable[str]) -> str:
    """Return a text without these secrets in it: Meta repeats a token that it cannot read."""
    for secret in sorted(set(secrets), key=len, reverse=True):
        if len(secret) >= SHORTEST_SECRET:
            text = text.replace(secret, HIDDEN)
    return text


SECRET_NAMES = ("access_token", "input_token", "fb_exchange_token", "client_secret", "code")


def _secrets(*asked: Mapping[str, str] | None) -> list[str]:
    return [values[name] for values in asked if values for name in SECRET_NAMES if name in values]
