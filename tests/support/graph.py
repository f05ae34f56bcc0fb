"""A stand-in for Meta's Graph API at the wire: a real HTTP server with its shapes and errors.

In a test: `with Graph() as graph: … graph.url … graph.sent`. Echoes are real signed webhooks. As a
process (for benchmarks): `python -m tests.graph --port 9999 --latency 0.2 --echo-to URL`.
"""

import argparse
import asyncio
import contextlib
import itertools
import json
import re
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from instagram.signature import sign

NOBODY_THERE = 9  # the port of a Graph that is not started
ACCOUNT = "17841400000000001"
MAX_TEXT_BYTES = 1000

VERSION = re.compile(r"^/v[0-9.]+/")
CUSTOMER = re.compile(r"/(\d+)\?fields=")
THREADS = re.compile(r"/me/conversations\?platform=instagram&user_id=(\w+)$")
ALL_THREADS = re.compile(
    r"/me/conversations\?platform=instagram&fields=id,updated_time&limit=(\d+)(?:&after=(\w+))?$"
)
THREAD = re.compile(r"/aWdfThread(\w+)\?fields=messages")
SUBSCRIBED = re.compile(r"/(\d+)/subscribed_apps(?:\?|$)")
DETAILED = 20  # messages of a thread that Meta tells about
Answer = tuple[int, str, bytes]  # status, content type, body


def error(code: int, subcode: int | None = None, *, status: int = 400, text: str = "No") -> Answer:
    """Meta's error object."""
    about: dict[str, Any] = {"message": text, "type": "OAuthException", "code": code}
    if subcode:
        about["error_subcode"] = subcode
    return _json(status, {"error": {**about, "fbtrace_id": "AbCdEf"}})


def _json(status: int, value: Any) -> Answer:
    return status, "application/json", json.dumps(value).encode()


async def _steps() -> None:
    """Let what the loop has begun come to where it waits for somebody."""
    for _ in range(8):
        await asyncio.sleep(0)


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


HTML_502: Answer = (502, "text/html", b"<html>Bad Gateway</html>")
HANG = "accept it, never answer"
RESET = "accept it, cut the connection"
NO_FAULT = "as always"


@dataclass
class Sent:
    """A message that the stand-in accepted: the customer has it on the phone."""

    recipient: str
    text: str
    metadata: str
    mid: str
    at: float
    message: dict[str, Any] = field(default_factory=dict)  # whole, as it was sent
    token: str = ""  # that it was sent with


@dataclass
class Heard:
    """A message that a customer wrote, as the thread shows it when it is read back."""

    customer: str
    text: str
    mid: str
    at: float
    account: str = ACCOUNT


@dataclass
class Echoes:
    """Where echoes are posted, signed; how many of ten; before the response or after it."""

    url: str
    secret: str
    of_ten: int = 10
    before: bool = False
    metadata: bool = True


@dataclass
class Graph:
    latency: float = 0.0
    echoes: Echoes | None = None
    port: int = 0
    sent: list[Sent] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    signs: list[tuple[str, str]] = field(default_factory=list)  # seen, typing
    sign_fault: Answer | None = None
    calls: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)  # of accepted sends
    connections: int = 0
    # What the next sends get instead of success: an error, HTML_502, HANG or RESET.
    faults: deque[Answer | str] = field(default_factory=deque)
    always: Answer | None = None
    headers: dict[str, str] = field(default_factory=dict)  # with every answer
    heads: list[str] = field(default_factory=list)  # of all that was asked
    me: dict[str, str] = field(
        default_factory=lambda: {"id": "917", "user_id": ACCOUNT, "username": "shop"}
    )
    # Where there are several accounts: what /me tells of each token; tokens that are not accepted.
    me_of: dict[str, dict[str, str]] = field(default_factory=dict)
    refused: dict[str, Answer] = field(default_factory=dict)
    # What is known of customers: Meta's object, or its error.
    profiles: dict[str, dict[str, Any] | Answer] = field(default_factory=dict)
    # What a call of this method and path, without version and query, gets in any case.
    answers: dict[str, dict[str, Any] | Answer] = field(default_factory=dict)
    # What the next readings of threads get instead of what is there: an error, HTML_502 or HANG.
    read_faults: deque[Answer | str] = field(default_factory=deque)
    listed_at_once: int = 25  # threads, whatever is asked for
    # The webhook fields of a node: a POST forgets what it does not name, as Meta does.
    subscribed: dict[str, list[str]] = field(default_factory=dict)
    renewal: Answer | None = None  # of a token, instead of the same one for 60 days more
    facts: Answer | None = None  # of debug_token
    on_send: Callable[[Sent], None] = lambda _: None
    now: Callable[[], float] = time.time
    tls: ssl.SSLContext | None = None

    def __post_init__(self) -> None:
        self._numbers = itertools.count(1)
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        started = threading.Event()

        def run() -> None:
            asyncio.set_event_loop(self._loop)
            server = self._loop.run_until_complete(self.listen())
            started.set()
            self._loop.run_forever()
            self._loop.run_until_complete(self._end(server))
            self._loop.close()

        self._thread = threading.Thread(target=run, name="Graph", daemon=True)
        self._thread.start()
        started.wait(5)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    async def _end(self, server: asyncio.Server) -> None:
        """Let nobody in any more, and hang up on who is in: also who came in just now."""
        for door in server.sockets:
            asyncio.get_running_loop().remove_reader(door.fileno())
        await _steps()
        server.close()
        ending = asyncio.all_tasks() - {asyncio.current_task()}
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)
        await _steps()
        await asyncio.get_running_loop().shutdown_default_executor()

    async def listen(self) -> asyncio.Server:
        server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self.tls)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            await self._converse(reader, writer)
        finally:
            writer.transport.abort()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(
            ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError
        ):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                self.heads.append(head)
                length = re.search(r"content-length: *(\d+)", head.lower())
                body = await reader.readexactly(int(length[1]) if length else 0)
                method, path, _ = head.split(" ", 2)
                token = re.search(r"authorization: *bearer +(\S+)", head, re.IGNORECASE)
                answer = await self._answer(method, path, body, token[1] if token else "")
                if answer is None:
                    break
                status, kind, raw = answer
                lines = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\n"
                lines += "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
                writer.write(f"{lines}Content-Length: {len(raw)}\r\n\r\n".encode() + raw)
                await writer.drain()

    async def _answer(  # noqa: PLR0911 - one line for each kind of call
        self, method: str, path: str, body: bytes, token: str
    ) -> Answer | None:
        """Return the answer; None: cut the connection."""
        self.calls.append(f"{method} {path}")
        if self.latency:
            await asyncio.sleep(self.latency)
        if token in self.refused:
            return self.refused[token]
        if said := self._said(method, path):
            return said
        if method == "GET" and (ALL_THREADS.search(path) or THREAD.search(path)):
            return await self._read_threads(path, token)
        if method == "GET":
            return self._about_token(path) or self._read(path, token)
        if path.endswith("/messages"):
            return await self._send(json.loads(body), token)
        if path.endswith("/replies"):
            return self._below_comment(path.split("/")[-2], json.loads(body)["message"])
        return error(2500, status=500, text="Unknown path components")

    def _said(self, method: str, path: str) -> Answer | None:
        said = self.answers.get(f"{method} {VERSION.sub('', path).partition('?')[0]}")
        if said is not None:
            return _json(200, said) if isinstance(said, dict) else said
        asked = SUBSCRIBED.search(path)
        is_known = asked is not None and asked[1] in self.subscribed
        return self._fields_of(asked[1], method, path) if asked and is_known else None

    def _fields_of(self, node: str, method: str, path: str) -> Answer:
        if method == "POST":
            [named] = parse_qs(urlsplit(path).query)["subscribed_fields"]
            self.subscribed[node] = named.split(",")
            return _json(200, {"success": True})
        return _json(200, {"data": [{"id": "1", "subscribed_fields": self.subscribed[node]}]})

    def _read(self, path: str, token: str) -> Answer:
        if path.split("?", maxsplit=1)[0].endswith("/me"):
            return self.always or _json(200, self.me_of.get(token, self.me))
        if path.endswith("/me/conversations?platform=instagram&limit=1"):
            return self.always or _json(200, {"data": []})
        if asked := THREADS.search(path):
            return self.always or self._threads_of(asked[1])
        if asked := CUSTOMER.search(path):
            found = self.profiles.get(asked[1], error(230, text="User consent is required"))
            return _json(200, found) if isinstance(found, dict) else found
        return error(2500, status=500, text="Unknown path components")

    def _about_token(self, path: str) -> Answer | None:
        if "/debug_token?" in path:
            return self.facts or error(190)
        if not path.startswith("/refresh_access_token?"):
            return None
        # It goes on, unless a test says otherwise.
        token = parse_qs(urlsplit(path).query)["access_token"][0]
        return self.renewal or _json(200, {"access_token": token, "expires_in": 5183944})

    async def _read_threads(self, path: str, token: str) -> Answer | None:
        fault = self.always or (self.read_faults.popleft() if self.read_faults else NO_FAULT)
        if isinstance(fault, tuple):
            return fault
        if fault != NO_FAULT:
            await asyncio.sleep(60 if fault == HANG else 0)
            return None
        if asked := ALL_THREADS.search(path):
            return self._list_threads(self._account_of(token), *asked.groups())
        [customer] = THREAD.findall(path)
        return self._said_to(customer)

    def _account_of(self, token: str) -> str:
        return self.me_of.get(token, self.me)["user_id"]

    def _list_threads(self, account: str, limit: str, after: str | None) -> Answer:
        """Return a page of the threads of an account, the newest first.

        A place is a number of threads, as Meta's is: what moves to the top moves the others down.
        """
        said = [(one.customer, one.at) for one in self.heard if one.account == account]
        ours = [one for one in self.sent if self._account_of(one.token) == account]
        said += [(one.recipient, one.at) for one in ours if one.recipient.isdecimal()]
        newest = {customer: max(at for who, at in said if who == customer) for customer, _ in said}
        customers = sorted(newest, key=lambda one: (-newest[one], one))
        first = int(after or 0)
        shown = customers[first : first + min(int(limit), self.listed_at_once)]
        data = [{"id": f"aWdfThread{one}", "updated_time": _iso(newest[one])} for one in shown]
        paging = {"cursors": {"after": str(first + len(shown))}} if shown else {}
        if first + len(shown) < len(customers):
            paging["next"] = {"is": "not followed"}
        return _json(200, {"data": data, "paging": paging})

    def _threads_of(self, customer: str) -> Answer:
        known = any(one.customer == customer for one in self.heard)
        return _json(200, {"data": [{"id": f"aWdfThread{customer}"}] if known else []})

    def _said_to(self, customer: str) -> Answer:
        """Return the newest messages of a thread, newest first, to the second as Meta has it."""
        ours = [
            (one.at, one.mid, self._account_of(one.token), customer, one.text)
            for one in self.sent
            if one.recipient == customer
        ]
        theirs = [
            (one.at, one.mid, customer, one.account, one.text)
            for one in self.heard
            if one.customer == customer
        ]
        newest = sorted([*ours, *theirs], reverse=True)[:DETAILED]
        data = [
            {
                "id": mid,
                "created_time": _iso(at),
                "from": {"id": by},
                "to": {"data": [{"id": to}]},
                "message": text,
            }
            for at, mid, by, to, text in newest
        ]
        return _json(200, {"id": f"aWdfThread{customer}", "messages": {"data": data}})

    def _below_comment(self, comment: str, text: str) -> Answer:
        fault = self.faults.popleft() if self.faults else None
        if isinstance(fault, tuple):
            return fault
        mid = f"1789{next(self._numbers)}"
        self.sent.append(Sent(f"below:{comment}", text, "", mid, self.now()))
        return _json(200, {"id": mid})

    async def _send(self, asked: dict[str, Any], token: str) -> Answer | None:
        if "sender_action" in asked:
            self.signs.append((asked["recipient"]["id"], asked["sender_action"]))
            return self.sign_fault or _json(200, {"recipient_id": asked["recipient"]["id"]})
        fault = self.always or (self.faults.popleft() if self.faults else None)
        if isinstance(fault, tuple):
            return fault
        message = asked["message"]
        text = message.get("text", "")
        if not (text.strip() or "attachment" in message) or len(text.encode()) > MAX_TEXT_BYTES:
            return error(100, text="(#100) The message is too long")
        to = asked["recipient"]
        sent = Sent(
            f"comment:{to['comment_id']}" if "comment_id" in to else to["id"],
            text,
            asked["message"].get("metadata", ""),
            f"aWdfOUT{next(self._numbers)}x{time.time_ns()}",
            self.now(),
            message,
            token,
        )
        self.sent.append(sent)
        self.tags.append(asked.get("tag", ""))
        await asyncio.get_running_loop().run_in_executor(None, self.on_send, sent)
        await self._echo(sent)
        if fault == HANG:
            await asyncio.sleep(60)
        if fault is not None:
            return None
        return _json(200, {"recipient_id": sent.recipient, "message_id": sent.mid})

    async def _echo(self, sent: Sent) -> None:
        echoes = self.echoes
        if echoes is None or len(self.sent) % 10 >= echoes.of_ten:
            return
        if echoes.before:
            await self.post_echo(sent)
            return
        task = asyncio.get_running_loop().create_task(self.post_echo(sent))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def post_echo(self, sent: Sent) -> None:
        echoes = self.echoes
        assert echoes is not None
        await post(echoes.url, echo_body(sent, metadata=echoes.metadata), echoes.secret)


def echo_body(sent: Sent, *, metadata: bool = True) -> bytes:
    """What Meta posts for a message that our account has sent."""
    message: dict[str, Any] = {"mid": sent.mid, "is_echo": True}
    if sent.text:
        message["text"] = sent.text
    if "attachment" in sent.message:
        message["attachments"] = [sent.message["attachment"]]
    if metadata and sent.metadata:
        message["metadata"] = sent.metadata
    return envelope(
        {
            "sender": {"id": ACCOUNT},
            "recipient": {"id": sent.recipient},
            "timestamp": int(sent.at * 1000),
            "message": message,
        }
    )


def text_body(customer: str, text: str, mid: str, at: float | None = None) -> bytes:
    """What Meta posts when a customer writes."""
    return envelope(
        {
            "sender": {"id": customer},
            "recipient": {"id": ACCOUNT},
            "timestamp": int((at or time.time()) * 1000),
            "message": {"mid": mid, "text": text},
        }
    )


def envelope(*items: Any, account: str = ACCOUNT) -> bytes:
    """Meta's JSON: escaped unicode, and slashes escaped too."""
    entry = {"id": account, "time": int(time.time() * 1000), "messaging": list(items)}
    body = json.dumps({"object": "instagram", "entry": [entry]}, separators=(",", ":"))
    return body.replace("/", "\\/").encode()


async def post(url: str, body: bytes, secret: str) -> int:
    """Post a signed webhook on a connection of its own; return the status."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(
        f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        f"X-Hub-Signature-256: {sign(body, secret)}\r\n\r\n".encode()
        + body
    )
    try:
        status = int((await reader.readline()).split()[1])
        await reader.read()
    finally:
        writer.transport.abort()
    return status


async def _main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--latency", type=float, default=0.0)
    options.add_argument("--echo-to", default="")
    options.add_argument("--secret", default="")
    options.add_argument("--log", required=True, help="file of accepted sends, a JSON line each")
    chosen = options.parse_args()
    with open(chosen.log, "a", buffering=1, encoding="utf-8") as log:  # noqa: ASYNC230, PTH123 - one line a send

        def keep(sent: Sent) -> None:
            log.write(json.dumps(sent.__dict__) + "\n")

        echoes = Echoes(chosen.echo_to, chosen.secret) if chosen.echo_to else None
        graph = Graph(chosen.latency, echoes, chosen.port, on_send=keep)
        await (await graph.listen()).serve_forever()


if __name__ == "__main__":
    asyncio.run(_main())
