"""The calls of the Graph API that instabot makes, over one session per thread."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import quote

import requests

from instagram import comments, menu, responses, threads
from instagram.comments import Found
from instagram.content import Content
from instagram.errors import PermanentError, Reply
from instagram.links import source
from instagram.menu import Listed, Part
from instagram.threads import ThreadMessage, ThreadPage
from instagram.values import clean
from instagram.wire import Wire

SHOWN = "name,profile_picture_url"  # of an account, to customers
BAD_FIELD_CODE = 100  # Meta's code for a field that does not exist or may not be read


@dataclass(frozen=True, slots=True)
class Identity:
    """The account of the token: its id in webhooks, its other id, and its username.

    name and picture: what customers see of it; empty where Meta does not tell. picture is a link.
    """

    instagram_id: str
    node_id: str
    username: str
    name: str = ""
    picture: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """The public profile of a customer; each value may be empty. picture: a link for some days."""

    name: str
    username: str
    picture: str


class Sign(StrEnum):
    """What customers can be shown before an answer (Sender Actions)."""

    SEEN = "mark_seen"
    TYPING = "typing_on"


class GraphClient(Wire):
    """Calls of one account.

    node: where messages are posted. owner: whose threads and name are read, the account's id where
    the token's own `me` is no account.
    """

    def __init__(  # noqa: PLR0913 - each is a setting
        self,
        url: str,
        token: str,
        *,
        version: str,
        node: str = "me",
        owner: str = "me",
        timeout: tuple[float, float] = (5.0, 15.0),
        deadline: float = 28.0,
        proxy: str = "",
        certificates: str = "",
        before: Callable[[], object] = lambda: None,
    ) -> None:
        super().__init__(
            timeout=timeout,
            deadline=deadline,
            proxy=proxy,
            certificates=certificates,
            before=before,
        )
        self.base = f"{url.rstrip('/')}/{version}"
        self.node = node
        self.owner = owner
        self._headers = {"Authorization": f"Bearer {token}"}
        self._send_request: requests.PreparedRequest | None = None

    def send(
        self, recipient: str, content: Content, metadata: str, *, human_agent: bool = False
    ) -> tuple[str, Reply]:
        """Send one message; return Meta's id for it (Send API).

        metadata comes back in the echo, if Meta passes it on. human_agent: a person wrote it, more
        than 24 hours after the customer.
        """
        tag = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"} if human_agent else {}
        return self._send({"id": recipient}, {**content.shape(), "metadata": metadata}, tag)

    def show(self, recipient: str, sign: Sign) -> None:
        """Show a customer that the message was read, or that somebody is typing (20 seconds)."""
        body = {"recipient": {"id": recipient}, "sender_action": sign}
        self._call("POST", f"{self.node}/messages", body)

    def send_private_reply(self, comment: str, text: str, metadata: str) -> tuple[str, Reply]:
        """Write to the author of a comment: once per comment, within 7 days (Private Replies)."""
        return self._send({"comment_id": comment}, {"text": text, "metadata": metadata}, {})

    def reply_to_comment(self, comment: str, text: str) -> tuple[str, Reply]:
        """Answer below a comment, in public; return the id of the new comment."""
        response, reply = self._call("POST", f"{comment}/replies", {"message": text})
        return _read_text(response, "id"), reply

    def thread(self, customer: str) -> list[ThreadMessage]:
        """Read the newest messages of a customer's thread, newest first (Conversations API).

        At most 20: Meta gives no details of older ones. Empty if Meta knows no thread. Two calls.
        """
        path = f"{self.owner}/conversations?platform=instagram&user_id={customer}"
        found = threads.list_objects(self._call("GET", path)[0])
        return self.thread_messages(_read_text(found[0], "id"), threads.FIELDS) if found else []

    def list_threads(self, after: str = "") -> ThreadPage:
        """List the threads of the account, the newest first; after: where the last page ended."""
        path = f"{self.owner}/conversations?platform=instagram&fields=id,updated_time"
        place = f"&after={quote(after, safe='')}" if after else ""
        return threads.read_page(self._call("GET", f"{path}&limit={threads.A_PAGE}{place}")[0])

    def thread_messages(self, thread: str, fields: str = threads.ALL_FIELDS) -> list[ThreadMessage]:
        """Read the newest messages of a thread, newest first, with what came beside their texts."""
        try:
            said, _ = self._call(
                "GET", f"{thread}?fields=messages.limit({threads.DETAILED}){{{fields}}}"
            )
        except PermanentError as error:
            if error.reply.code != BAD_FIELD_CODE or fields == threads.FIELDS:
                raise
            # A single field that this app may not read fails the whole call.
            return self.thread_messages(thread, threads.FIELDS)
        return threads.read_messages(said)

    def posts(self, account: str) -> list[dict[str, Any]]:
        """List the newest posts of an account that have comments (IG Media)."""
        path = f"{account}/media?fields={comments.POST_FIELDS}&limit={comments.POSTS}"
        return comments.read_posts(self._call("GET", path)[0])

    def comments(self, post: Mapping[str, Any], account: str, username: str) -> list[Found]:
        """Read the newest comments that customers wrote below a post (IG Media, comments)."""
        path = f"{post['id']}/comments?fields={comments.FIELDS}&limit={comments.COMMENTS}"
        return [*comments.read_comments(self._call("GET", path)[0], account, username, post)]

    def read_messages(self) -> None:
        """Ask for one conversation: Meta refuses it if the app may not read or send messages."""
        self._call("GET", f"{self.owner}/conversations?platform=instagram&limit=1")

    def profile(self, customer: str) -> Profile:
        """Read a customer's profile (User Profile); raises PermanentError without their consent."""
        fields = "name,username,profile_pic"
        try:
            profile, _ = self._call("GET", f"{customer}?fields={fields}")
        except PermanentError as error:
            if error.reply.code != BAD_FIELD_CODE:
                raise
            # A single field that this app may not read fails the whole call.
            profile, _ = self._call("GET", f"{customer}?fields=name,username")
        return Profile(
            _read_text(profile, "name"),
            _read_text(profile, "username"),
            source(_read_text(profile, "profile_pic")),
        )

    def menu(self) -> dict[Part, Listed]:
        """Read what customers can tap without typing (Messenger Profile)."""
        return menu.read(self._call("GET", f"{self._menu_address()}&fields={','.join(Part)}")[0])

    def put_menu(self, part: Part, listed: Listed) -> None:
        """Put one part of it in the place of what is there; without options, take it away."""
        address = self._menu_address()
        if listed.options:
            self._call("POST", address, menu.shape(part, listed))
        else:
            self._call("DELETE", f"{address}&fields=%5B%22{part}%22%5D")  # a list, as JSON

    def _menu_address(self) -> str:
        return f"{self.node}/messenger_profile?platform=instagram"

    def _send(
        self, recipient: Mapping[str, str], message: Mapping[str, Any], tag: Mapping[str, str]
    ) -> tuple[str, Reply]:
        body = {"recipient": recipient, "message": message, **tag}
        response, reply = self._call("POST", f"{self.node}/messages", body)
        return _read_text(response, "message_id"), reply

    def me(self) -> Identity:
        """Read whose token this is (GET /me); the token of a Page names its linked account."""
        try:
            return self._read_me(f"username,{SHOWN}")
        except PermanentError as error:
            if error.reply.code != BAD_FIELD_CODE:
                raise
            # A single field that this app may not read fails the whole call.
            return self._read_me("username")

    def _read_me(self, fields: str) -> Identity:
        if self.owner != "me":
            account, _ = self._call("GET", f"{self.owner}?fields=id,{fields}")
            named = _read_text(account, "id")
            return Identity(named, named, *_read_shown(account))
        if "graph.facebook.com" in self.base:
            asked = f"me?fields=id,instagram_business_account{{id,{fields}}}"
        else:
            asked = f"me?fields=id,user_id,{fields}"
        account, _ = self._call("GET", asked)
        listed = account.get("data")  # Meta's documentation shows the object inside a list
        account = listed[0] if isinstance(listed, list) and listed else account
        linked = account.get("instagram_business_account") or {
            **account, "id": account.get("user_id"),
        }  # fmt: skip
        return Identity(
            str(linked.get("id") or ""), str(account.get("id") or ""), *_read_shown(linked)
        )

    def _call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, Any], Reply]:
        def prepare() -> requests.PreparedRequest:
            request = self._prepare(method, path)
            request.prepare_body(None, None, body)
            return request

        return responses.read_response(*self._exchange(prepare))

    def _prepare(self, method: str, path: str) -> requests.PreparedRequest:
        """Return a request without its body; the URL for sending is parsed only once."""
        sends = path == f"{self.node}/messages"
        if sends and self._send_request:
            return self._send_request.copy()
        request = requests.Request(method, f"{self.base}/{path}", self._headers).prepare()
        if sends:
            self._send_request = request
        return request.copy()


def _read_shown(account: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return the username, the name and the picture of an account."""
    return (
        _read_text(account, "username"),
        _read_text(account, "name"),
        source(_read_text(account, "profile_picture_url")),
    )


def _read_text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    return clean(value) if isinstance(value, str) else ""
