"""Walks through an account's threads, the newest first, and takes in what is missing of each.

In bites, and each thread is a transaction of its own: whoever is killed loses nothing, and the next
bite goes on at the thread where it was. A call waits for one of the account's slots, of which the
settlement of sends has the other ones.
"""

import time
from dataclasses import dataclass, field
from datetime import datetime
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
from instagram.threads import Thread

log = structlog.get_logger("recovery")

MOST_THREADS = 2000  # of one walk: about an hour of Meta's rate
BUDGET_SECONDS = 30.0  # of one bite: other accounts wait for theirs
SLOTS_TRIED = 10
TRIES = 3  # at one thread


class LeaseLostError(Exception):
    """Another worker walks here meanwhile."""


class NoSlotError(Exception):
    """The account may read nothing at the moment."""


@dataclass(slots=True)
class Place:
    """Where a walk is. after: the page; done: threads of it that were read; count: of all pages.

    at, tries: the thread that is being read, and how often that failed.
    """

    began: str
    after: str = ""
    done: list[str] = field(default_factory=list)
    count: int = 0
    at: str = ""
    tries: int = 0

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True)
class Bite:
    """A part of a walk. row: it is ours; found: how many messages were written down."""

    row: Walk
    source: Source
    place: Place
    found: int = 0
    ends: float = field(default_factory=lambda: time.monotonic() + BUDGET_SECONDS)

    @property
    def began_at(self) -> datetime:
        """Return when the walk began, in whichever bite."""
        return datetime.fromisoformat(self.place.began)

    def go(self) -> bool:
        """Walk on; True: that was all. Raises GraphError, LeaseLostError and NoSlotError."""
        if not identity.is_known(self._account()):
            raise NoSlotError  # whose messages these are cannot be told
        while True:
            self._wait()
            page = self._client().list_threads(self.place.after)
            recent = [one for one in page.threads if one.updated_at >= self.source.since]
            for thread in recent:
                if thread.id not in self.place.done:
                    self._read(thread)
                    if time.monotonic() > self.ends:
                        return False
            is_last = not recent or page.after in ("", self.place.after)
            if is_last or self.place.count >= MOST_THREADS:
                return True
            self.place.after, self.place.done = page.after, []

    def read_comments(self) -> None:
        """Look below the newest posts, too; raises what go() does."""
        account = self._account()
        self._wait()
        for post in self._client().posts(account.instagram_id):
            self._wait()
            said = self._client().comments(post, account.instagram_id, account.username)
            self._count(0, comments.take_in(said, account, self.source))

    def _read(self, thread: Thread) -> None:
        if self.place.at != thread.id:
            self.place.at, self.place.tries = thread.id, 0
        if self.place.tries < TRIES:
            self._wait()
            try:
                said = self._client().thread_messages(thread.id)
            except PermanentError as error:
                log.warning("thread_unreadable", account=self.row.pk, exc_info=error)
            except GraphError as error:
                # The list was read right before, so it may be this thread alone.
                self.place.tries += not _is_of_all(error)
                raise
            else:
                self._count(1, threads.take_in(said, self._account(), self.source))
        else:
            log.warning("thread_left_out", account=self.row.pk, tries=self.place.tries)
        self.place.done.append(thread.id)
        self.place.count += 1

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
            # For as long as a slot of the settlement, so that it finds every other one free.
            time.sleep(settings.LOOK_EVERY.total_seconds())
        raise NoSlotError

    def _hold(self) -> None:
        until = timezone.now() + settings.LEASE
        self._save(leased_until=until)
        self.row.leased_until = until

    def leave(self, **columns: Any) -> None:
        """Give the row back, for whoever goes on."""
        self._save(**{"place": self.place.as_json()} | columns, leased_until=None)

    def _save(self, **columns: Any) -> None:
        rows = type(self.row)._default_manager.filter(  # noqa: SLF001 - Django's public API
            pk=self.row.pk, leased_until=self.row.leased_until
        )
        if not rows.update(**{"place": self.place.as_json()} | columns):
            raise LeaseLostError


def begin(row: Walk, source: Source) -> Bite:
    """Return a bite that goes on where the walk is, or begins one."""
    place = Place(**row.place) if row.place else Place(began=timezone.now().isoformat())
    return Bite(row, source, place)


def _is_of_all(error: GraphError) -> bool:
    """Tell whether every other thread would have met it, too."""
    if isinstance(error, AccountError):
        return error.everywhere
    return isinstance(error, ThrottledError | NotSentError)
