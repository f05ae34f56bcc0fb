"""Browser tabs with the inbox open: what live.js does, without drawing it."""

import http.client
import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

from bench.admin_shop import ANSWERED, EVERY
from bench.tables import percentile

LIST = "/admin/conversations/conversation/"
OPEN = ("waiting", "waiting", "mine", "waiting", "all")  # what stands in one tab after another
TALK = ["head", "thread", "customer"]
MOST_ROWS = 20  # that live.js fetches by themselves


class Visitor:
    """One browser tab of somebody who is logged in."""

    def __init__(self, port: int, session: str) -> None:
        self.line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = {"Cookie": f"sessionid={session}", "X-Forwarded-Proto": "https"}

    def open(self, path: str, form: Mapping[str, str]) -> None:
        """Get a page, or post a form to it as a script of the page does."""
        if not form:
            self.get(path)
            return
        token = "a" * 32
        headers = self.headers | {
            "Cookie": f"{self.headers['Cookie']}; csrftoken={token}",
            "X-CSRFToken": token,
            "Origin": f"https://{self.line.host}:{self.line.port}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        self.line.request("POST", path, urlencode(form), headers)
        self._read(path)

    def get(self, path: str, **headers: str) -> tuple[int, bytes, str]:
        """Return status, body and ETag; raise RuntimeError if it is an error."""
        named = {name.replace("_", "-"): value for name, value in headers.items() if value}
        self.line.request("GET", path, headers=self.headers | named)
        return self._read(path)

    def _read(self, path: str) -> tuple[int, bytes, str]:
        answer = self.line.getresponse()
        body = answer.read()
        if answer.status not in (200, 304):
            raise RuntimeError(f"{path}: {answer.status} {body[:300]!r}")
        return answer.status, body, answer.headers.get("ETag", "")


@dataclass
class Polls:
    """What the tabs did."""

    milliseconds: list[float] = field(default_factory=list)
    unchanged: int = 0
    rows: int = 0  # times that some rows were fetched
    parts: int = 0  # times that parts of the page were

    def cells(self) -> list[str]:
        share = 100 * self.unchanged / max(len(self.milliseconds), 1)
        took = f"{percentile(self.milliseconds, 50):.1f}"
        asked = len(self.milliseconds)
        return [str(asked), f"{share:.0f} %", str(self.rows), str(self.parts), took]


def page_of(list_query: str, opened: int | None = None, **place: int) -> str:
    """Return the address of a list, or of a thread beside it."""
    if opened is None:
        return f"{LIST}?{list_query}"
    return f"{LIST}{opened}/change/?{urlencode({'_changelist_filters': list_query, **place})}"


class _Tab:
    def __init__(self, port: int, session: str, number: int, polls: Polls, *, fetch: bool) -> None:
        self.visitor, self.polls, self.fetch = Visitor(port, session), polls, fetch
        self.tab = f"tab={OPEN[number % len(OPEN)]}"
        self.opened = ANSWERED + EVERY * number if number % 4 == 3 else None
        self.etag = ""
        self.rows: dict[int, int] = {}
        self.version: int | None = None

    def look(self) -> None:
        opened = f"&open={self.opened}" if self.opened else ""
        started = time.perf_counter()
        status, body, self.etag = self.visitor.get(
            f"{LIST}live/?{self.tab}{opened}", If_None_Match=self.etag
        )
        self.polls.milliseconds.append((time.perf_counter() - started) * 1000)
        if status != 200:
            self.polls.unchanged += 1
            return
        answer = json.loads(body)
        rows, before = dict(answer["rows"]), self.rows
        newer = [pk for pk, version in rows.items() if before.get(pk) != version]
        talk = TALK if answer["open"] != self.version else []
        self.rows, self.version = rows, answer["open"]
        if self.fetch:
            self._fetch(newer, talk)

    def _fetch(self, newer: Sequence[int], talk: list[str]) -> None:
        """Fetch some rows, or what is drawn as a whole; rows that only went away cost nothing."""
        if 0 < len(newer) <= MOST_ROWS:
            self.polls.rows += 1
            self.visitor.get(f"{LIST}live/rows/?{self.tab}&ids={','.join(map(str, newer))}")
        parts = [*(["list"] if len(newer) > MOST_ROWS else []), *talk]
        if parts:
            self.polls.parts += 1
            self.visitor.get(page_of(self.tab, self.opened), X_Parts=" ".join(parts))


@contextmanager
def open_tabs(port: int, sessions: Sequence[str], polls: Polls, *, fetch: bool) -> Iterator[None]:
    """Keep a tab of each open; each asks once a second. fetch: what has changed is fetched."""
    over, errors = threading.Event(), list[BaseException]()

    def stay(number: int, session: str) -> None:
        try:
            tab = _Tab(port, session, number, polls, fetch=fetch)
            while not over.wait(1):
                tab.look()
        except BaseException as error:  # noqa: BLE001 - it is raised again below
            errors.append(error)

    threads = [threading.Thread(target=stay, args=one) for one in enumerate(sessions)]
    for thread in threads:
        thread.start()
        time.sleep(1 / len(threads))  # not all at once
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()
    if errors:
        raise errors[0]
