"""The Graph API calls that instabot makes, over one pooled session per thread."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import requests
from urllib3.exceptions import HTTPError

from instagram import responses
from instagram.content import Content
from instagram.errors import PermanentError, Reply
from instagram.values import clean

MAX_ANSWER_BYTES = 256 * 1024
BAD_FIELD = 100  # Meta's code for a field that is not there or may not be read
IDLE_SECONDS = 15.0  # a connection idle for longer may have been closed by the other side


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the token belongs to: the id in webhooks, and the other id of the same account."""

    instagram_id: str
    node_id: str
    username: str


@dataclass(frozen=True, slots=True)
class Said:
    """A message as a thread that is read back shows it. by: the id of who wrote it."""

    mid: str
    by: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Profile:
    """What a customer shows of themselves; each may be empty. picture: a link that lives days."""

    name: str
    username: str
    picture: str


class Sign(StrEnum):
    """What a customer can be shown before an answer (Sender Actions)."""

    SEEN = "mark_seen"
    TYPING = "typing_on"


class GraphClient:
    """Calls of one account. Raises the tree of instagram.errors, and nothing else.

    timeout: seconds to connect and to wait for the next bytes; deadline: seconds for a whole call.
    """

    def __init__(  # noqa: PLR0913 - each is a setting
        self,
        url: str,
        token: str,
        *,
        version: str,
        node: str = "me",
        timeout: tuple[float, float] = (5.0, 15.0),
        deadline: float = 28.0,
    ) -> None:
        self.base = f"{url.rstrip('/')}/{version}"
        self.node = node
        self.timeout = timeout
        self.deadline = deadline
        self._headers = {"Authorization": f"Bearer {token}"}
        self._local = threading.local()
        self._send_request: requests.PreparedRequest | None = None

    def send(
        self, recipient: str, content: Content, metadata: str, *, human_agent: bool = False
    ) -> tuple[str, Reply]:
        """Send one message; return Meta's id of it (Send API).

        metadata comes back in the echo where Meta passes it on. human_agent: a person wrote it,
        more than 24 hours after the customer.
        """
        tag = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"} if human_agent else {}
        return self._send({"id": recipient}, {**content.shape(), "metadata": metadata}, tag)

    def show(self, recipient: str, sign: Sign) -> None:
        """Show a customer that the message was read, or that somebody is typing (20 seconds)."""
        body = {"recipient": {"id": recipient}, "sender_action": sign}
        self._call("POST", f"{self.node}/messages", body)

    def send_private_reply(self, comment: str, text: str, metadata: str) -> tuple[str, Reply]:
        """Write to a comment's author: once a comment, within 7 days (Private Replies)."""
        return self._send({"comment_id": comment}, {"text": text, "metadata": metadata}, {})

    def reply_to_comment(self, comment: str, text: str) -> tuple[str, Reply]:
        """Answer below a comment, for everybody to read; return the new comment's id."""
        found, reply = self._call("POST", f"{comment}/replies", {"message": text})
        return _text(found, "id"), reply

    def thread(self, customer: str) -> list[Said]:
        """Read a customer's thread back: the newest messages, newest first (Conversations API).

        At most 20, of which Meta tells details; empty where Meta knows no thread. Two calls.
        """
        asked = f"me/conversations?platform=instagram&user_id={customer}"
        threads = _listed(self._call("GET", asked)[0])
        if not threads:
            return []
        fields = "messages{id,created_time,from,message}"
        found, _ = self._call("GET", f"{_text(threads[0], 'id')}?fields={fields}")
        messages = found.get("messages")
        listed = _listed(messages if isinstance(messages, dict) else {})
        return [said for one in listed if (said := _said(one)) is not None]

    def read_messages(self) -> None:
        """Ask for one conversation: Meta refuses that where the app may not read or send."""
        self._call("GET", "me/conversations?platform=instagram&limit=1")

    def profile(self, customer: str) -> Profile:
        """Ask who a customer is (User Profile); raises PermanentError without their consent."""
        fields = "name,username,profile_pic"
        try:
            found, _ = self._call("GET", f"{customer}?fields={fields}")
        except PermanentError as error:
            if error.reply.code != BAD_FIELD:
                raise
            # One field that this app may not read fails the whole call.
            found, _ = self._call("GET", f"{customer}?fields=name,username")
        return Profile(_text(found, "name"), _text(found, "username"), _text(found, "profile_pic"))

    def _send(
        self, recipient: Mapping[str, str], message: Mapping[str, Any], tag: Mapping[str, str]
    ) -> tuple[str, Reply]:
        body = {"recipient": recipient, "message": message, **tag}
        found, reply = self._call("POST", f"{self.node}/messages", body)
        return _text(found, "message_id"), reply

    def me(self) -> Identity:
        """Ask whose token this is (GET /me); a Page's token names the account it is linked to."""
        fields = "user_id,username"
        if "graph.facebook.com" in self.base:
            fields = "instagram_business_account{id,username}"
        found, _ = self._call("GET", f"me?fields=id,{fields}")
        listed = found.get("data")  # Meta's page prints the object inside a list
        found = listed[0] if isinstance(listed, list) and listed else found
        linked = found.get("instagram_business_account") or {"id": found.get("user_id")}
        username = str(linked.get("username") or found.get("username") or "")
        return Identity(str(linked.get("id") or ""), str(found.get("id") or ""), username)

    def _call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, Any], Reply]:
        started = time.monotonic()
        try:
            # By its adapter itself: there is nothing of the session's to merge, no cookie to keep
            # and no redirect to follow, and those cost as much as the call.
            adapter = self._session().get_adapter(self.base)
            request = self._prepared(method, path)
            request.prepare_body(None, None, body)
            with adapter.send(request, timeout=self.timeout, stream=True) as response:
                raw = self._read(response, started)
        except (requests.RequestException, HTTPError) as error:
            raise responses.unanswered(error) from error
        return responses.understand(response.status_code, response.headers, raw)

    def _prepared(self, method: str, path: str) -> requests.PreparedRequest:
        """Return a request without its body; of sends the address is taken apart once."""
        sends = path == f"{self.node}/messages"
        if sends and self._send_request:
            return self._send_request.copy()
        made = requests.Request(method, f"{self.base}/{path}", self._headers).prepare()
        if sends:
            self._send_request = made
        return made.copy()

    def _read(self, response: requests.Response, started: float) -> bytes:
        """Read the answer within the deadline; an endless or dripping one is cut off.

        read1 returns what one look at the wire gave; iter_content would wait for a whole chunk.
        """
        raw = b""
        while some := response.raw.read1(64 * 1024, decode_content=True):
            raw += some
            if len(raw) > MAX_ANSWER_BYTES or time.monotonic() - started > self.deadline:
                response.close()
                raise requests.Timeout("the answer is endless")
        return raw

    def _session(self) -> requests.Session:
        """One session per thread: requests' sessions are not made to be shared."""
        now = time.monotonic()
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            session.trust_env = False  # proxies and .netrc are looked up at every call otherwise
            self._local.session = session
        elif now - self._local.used > IDLE_SECONDS:
            session.close()  # drops idle connections; the session itself goes on
        self._local.used = now
        return session


def _listed(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    data = found.get("data")
    return [one for one in data if isinstance(one, dict)] if isinstance(data, list) else []


def _said(one: Mapping[str, Any]) -> Said | None:
    """Return a message of a thread; None where Meta gave no details of it."""
    by = one.get("from")
    try:
        at = datetime.fromisoformat(_text(one, "created_time"))
    except ValueError:
        return None
    writer = _text(by, "id") if isinstance(by, dict) else ""
    return Said(_text(one, "id"), writer, _text(one, "message"), at)


def _text(found: Mapping[str, Any], name: str) -> str:
    value = found.get(name)
    return clean(value) if isinstance(value, str) else ""
