"""Walks through an account's threads, the newest first, and takes in what is missing of each.

In bites, and each thread is a transaction of its own: whoever is killed loses nothing, and the next
bite goes on at the thread where it was. A call waits for one of the account's slots, of which the
settlement of sends has the other ones.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.utils import timezone

from conversations.account import identity, reads
from conversations.models import Account
from conversations.models.recovery import Walk
from conversations.recovery import comments
from conversations.recovery import thread as threads
from conversations.recovery.thread import Source
from instagram.client import GraphClient
from instagram.errors import AccountError, GraphError, NotSentError, PermanentError, ThrottledError
from instagram.threads import A_PAGE, Thread, ThreadMessage, ThreadPage
from workqueue.postgresql import pool

log = structlog.get_logger("recovery")

MOST_THREADS = 2000  # of one walk: about an hour of Meta's rate
BUDGET_SECONDS = 30.0  # of one bite: other accounts wait for theirs
SLOTS_TRIED = 10
TRIES = 3  # at one thread
CLOCKS_DIFFER = timedelta(minutes=1)


class LeaseLostError(Exception):
    """Another worker walks here meanwhile."""


class NoSlotError(Exception):
    """The account may read nothing at the moment."""


@dataclass(slots=True)
class Place:
    """Where a walk is. after: the page; done: threads of it that were read; count: of all pages.

    at, tries: the thread that is being read, and how often that failed. left_out: how many were not
    read. is_all: nothing was left to its webhook. recognised: a thread has an id that a webhook
    told of. again: history walks once more through what has moved to the top meanwhile.
    """

    began: str
    after: str = ""
    done: list[str] = field(default_factory=list)
    count: int = 0
    at: str = ""
    tries: int = 0
    left_out: int = 0
    is_all: bool = True
    recognised: bool = False
    again: bool = False

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True)
class Bite:
    """A part of a walk. row: it is ours; found: how many messages were written down.

    since: threads in which nothing was said since then are passed by.
    """

    row: Walk
    source: Source
    place: Place
    since: datetime
    found: int = 0
    is_over: bool = False
    ends: float = field(default_factory=lambda: time.monotonic() + BUDGET_SECONDS)
    began_after: str = field(init=False)

    def __post_init__(self) -> None:
        self.began_after = self.place.after

    @property
    def began_at(self) -> datetime:
        """Return when the walk began, in whichever bite."""
        return datetime.fromisoformat(self.place.began)

    def go(self) -> bool:
        """Walk on; True: that was all. Raises GraphError, LeaseLostError and NoSlotError."""
        if not identity.is_known(self._account()):
            raise NoSlotError  # whose messages these are cannot be told
        while True:
            page = self._list()
            since = self.began_at - CLOCKS_DIFFER if self.place.again else self.since
            recent = [one for one in page.threads if one.updated_at >= since]
            if not self._read_all(recent):
                return self.place.recognised
            if not self._turn(page.after if recent else ""):
                return True

    def _list(self) -> ThreadPage:
        """List the page; where Instagram has forgotten it since the last bite, the first one."""
        self._wait()
        try:
            return self._client().list_threads(self.place.after)
        except PermanentError as error:
            if not self.place.after or self.place.after != self.began_after:
                raise
            log.warning("page_forgotten", account=self.row.pk, exc_info=error)
        self._go_to("")
        self._wait()
        return self._client().list_threads()

    def _read_all(self, threads: list[Thread]) -> bool:
        """Read these, but for those that were; False: it ended before, for now or for good."""
        for thread in threads:
            if thread.id not in self.place.done:
                self._read(thread)
                if self.place.recognised or time.monotonic() > self.ends:
                    return False
        return True

    def _turn(self, after: str) -> bool:
        """Go to the next page; False: there is none to read.

        A thread in which something is said moves to the top, where a walk has been: the next look
        sees it, but of a history there is no other walk.
        """
        if after not in ("", self.place.after) and self.place.count < MOST_THREADS:
            self._go_to(after)
            return True
        if self.source.history and not self.place.again:
            self.place.again = True
            self._go_to("")
            return True
        return False

    def _go_to(self, page: str) -> None:
        # What moves to the top moves others from one page to the next.
        done = self.place.done[-A_PAGE:] if page else []
        self.place.after, self.place.done = page, done

    def read_comments(self, source: Source) -> None:
        """Look below the newest posts, too; raises what go() does.

        A post that cannot be read keeps none of the others back: its error is raised at last.
        """
        hindrance: GraphError | None = None
        self._wait()
        for post in self._client().posts(self._account().instagram_id):
            self._wait()
            try:
                self._read_below(post, source)
            except GraphError as error:
                if is_of_all(error):
                    raise
                log.warning("post_unreadable", account=self.row.pk, exc_info=error)
                hindrance = error
        if hindrance is not None:
            raise hindrance

    def _read_below(self, post: Mapping[str, Any], source: Source) -> None:
        account = self._account()
        said = self._client().comments(post, account.instagram_id, account.username)
        taken = comments.take_in(said, account, source)
        self.place.is_all &= taken.is_all
        self._count(0, taken.count)

    def _read(self, thread: Thread) -> None:
        if self.place.at != thread.id:
            self.place.at, self.place.tries = thread.id, 0
        if self.place.tries < TRIES:
            self._wait()
            try:
                said = self._client().thread_messages(thread.id)
            except PermanentError as error:
                log.warning("thread_unreadable", account=self.row.pk, exc_info=error)
                self.place.left_out += 1
            except GraphError as error:
                # The list was read right before, so it may be this thread alone.
                self.place.tries += not is_of_all(error)
                raise
            else:
                self._compare(said)
        else:
            self.place.left_out += 1
            log.warning("thread_left_out", account=self.row.pk, tries=self.place.tries)
        self.place.done.append(thread.id)
        self.place.count += 1

    def _compare(self, said: list[ThreadMessage]) -> None:
        if self.source.is_blind:
            self.place.recognised = threads.recognises(said, self._account())
            return
        taken = threads.take_in(said, self._account(), self.source)
        self.place.is_all &= taken.is_all
        is_new = not self.place.again or taken.count > 0
        self._count(int(is_new), taken.count)

    def _count(self, threads: int, messages: int) -> None:
        self.found += messages
        self._save(**self.row.count(threads, messages, timezone.now()))

    def _client(self) -> GraphClient:
        return identity.client(self._account())

    def _account(self) -> Account:
        return identity.ready(self.row.pk)

    def _wait(self) -> None:
        """Wait for a slot, and hold the row meanwhile, and for the call."""
        for _ in range(SLOTS_TRIED):
            self._hold()
            if reads.take(self.row.pk, timezone.now(), calls=1):
                return
            pool.give_back()
            # For as long as a slot of the settlement, so that it finds every other one free.
            time.sleep(settings.LOOK_EVERY.total_seconds())
        raise NoSlotError

    def _hold(self) -> None:
        until = timezone.now() + settings.LEASE
        self._save(leased_until=until)
        self.row.leased_until = until

    def end(self, **columns: Any) -> None:
        """The walk is over, whatever happens now: the next one begins anew."""
        self.is_over = True
        self._save(**columns)

    def leave(self, **columns: Any) -> None:
        """Give the row back, for whoever goes on."""
        self._save(**columns, leased_until=None)

    def _save(self, **columns: Any) -> None:
        rows = type(self.row)._default_manager.filter(  # noqa: SLF001 - Django's public API
            pk=self.row.pk, leased_until=self.row.leased_until
        )
        place = {} if self.is_over else self.place.as_json()
        if not rows.update(place=place, **columns):
            raise LeaseLostError


def begin(row: Walk, source: Source, since: datetime) -> Bite:
    """Return a bite that goes on where the walk is, or begins one."""
    place = Place(**row.place) if row.place else Place(began=timezone.now().isoformat())
    return Bite(row, source, place, since)


def is_of_all(error: GraphError) -> bool:
    """Tell whether every other thread or post would have met it, too."""
    if isinstance(error, AccountError):
        return error.everywhere
    return isinstance(error, ThrottledError | NotSentError)
