"""What a web process does while the database is away, and so no row can be written or read.

It has a copy of the contacts in memory, at most a minute old, and sends from that. There is no
lease without a database: of the processes of one machine a lock on a file chooses one. A process
that started without a database knows no addresses: then only the heartbeat tells.
"""

import fcntl
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import IO

import structlog
from django.conf import settings
from django.db import ProgrammingError
from django.utils import timezone

from backoffice import ages
from conversations.account.vault import SealedError
from incidents import delivery, heartbeat
from incidents.ledger import ENDS_AFTER, OPENS_AFTER
from incidents.models import Contact, Incident
from incidents.troubles import DAILY, Level
from shop.current import current_shop

log = structlog.get_logger("outage")

OUTAGE = "outage"
TRIES = 3


@dataclass(frozen=True, slots=True)
class Cause:
    title: str
    says: str
    next_step: str


AWAY = Cause(
    "The database cannot be reached",
    "Webhooks are answered 503, and Meta sends them again for a while; nobody is answered.",
    "See that PostgreSQL runs and that this machine reaches it. instabot goes on by itself when it"
    " is back.",
)
SILENT = Cause(
    "The database does not answer",
    "It is there, or the network in between loses what we ask. Nobody is answered.",
    "Look at the database's load, disk and locks, and at the network between.",
)
FULL = Cause(
    "The disk of the database is full",
    "No message can be kept: webhooks are answered 503.",
    "Make room on the disk of the database, or make it larger.",
)
NO_CONNECTION = Cause(
    "The database has no connection left",
    "Whoever needs a new one fails: webhooks, pages and answers.",
    "Run fewer processes (WEB_CONCURRENCY, workers, -w of run_huey), raise the database's limit, or"
    " put PgBouncer before it.",
)
UNMIGRATED = Cause(
    "The database does not fit the code",
    "A table or a column is missing. Nobody is answered.",
    "Run manage.py migrate with the version that is running, then restart the processes.",
)
MISTAKE = Cause(
    "The database refuses what instabot asks",
    "It is there, but does not take a statement of instabot's own. Messages may not be answered.",
    "Look into the web process's log for errors of the database, and report them. If this began"
    " with a new version, go back to the one before.",
)
# By what databases say of it.
SAID = {
    SILENT: ("gave no answer",),
    UNMIGRATED: ("no such table", "no such column", 'relation "'),
    FULL: ("disk is full", "no space left", "disk i/o error", "could not extend file"),
    NO_CONNECTION: ("too many clients", "connection slots", "too many connections"),
}


def cause_of(error: BaseException | None) -> Cause:
    """Return what an error of the database means; None: it never came back."""
    if error is None:
        return SILENT
    said = str(error).lower()
    otherwise = MISTAKE if isinstance(error, ProgrammingError) else AWAY
    found = (one for one, words in SAID.items() if any(word in said for word in words))
    return next(found, otherwise)


@dataclass
class Outage:
    """What one process knows of an outage, and of whom to tell."""

    contacts: list[Contact] = field(default_factory=list)
    zone: tzinfo = UTC
    failed: int = 0  # beats in a row
    went_well: int = 0
    since: datetime | None = None
    cause: Cause = AWAY
    opened_at: datetime | None = None
    told: dict[str, datetime] = field(default_factory=dict)  # by address
    _lock: IO[str] | None = None

    def remember(self) -> None:
        """Copy whom to tell, while there is a database."""
        self.contacts = list(Contact.objects.active())
        self.zone = current_shop().zone

    def note_failure(self, error: BaseException | None) -> None:
        """The database has failed once more; tell each, from the second time on, once a day.

        Whoever has quiet hours is told when they are over.
        """
        now = timezone.now()
        self.failed, self.went_well = self.failed + 1, 0
        self.since = self.since or now
        self.cause = cause_of(error)
        heartbeat.fail(f"{self.cause.title}: {self.cause.says}")
        if self.failed < OPENS_AFTER or not self._is_ours():
            return
        if self.opened_at is None:
            log.error("database_away", cause=self.cause.title)
            self.opened_at = now
        lately = {address for address, at in self.told.items() if now - at < DAILY}
        since, cause = ages.clock(self.since, now), self.cause
        told = self._tell(
            [one for one in self.contacts if one.address not in lately],
            f"instabot: {cause.title}",
            f"Since {since}: {cause.says}\n\nWhat to do: {cause.next_step}",
        )
        self.told |= dict.fromkeys(told, now)

    def note_success(self) -> None:
        """The database has answered; after the third time write it into the list.

        Whoever was told is told so.
        """
        self.failed = 0
        if self.since is None:
            return
        self.went_well += 1
        if self.opened_at is None:
            self._forget()
        elif self.went_well >= ENDS_AFTER:
            self._keep(timezone.now())
            length = ages.age(timezone.now() - self.since)
            title = self.cause.title
            heard = [one for one in self.contacts if one.address in self.told]
            self._tell(
                heard, f"instabot: over: {title}", f"{title}: this is over. It lasted {length}."
            )
            self._forget()

    def _keep(self, now: datetime) -> None:
        Incident.objects.create(
            kind=OUTAGE, title=self.cause.title, says=self.cause.says, level=Level.URGENT,
            next_step=self.cause.next_step, since=self.since, opened_at=self.opened_at,
            ended_at=now, told_at=max(self.told.values(), default=None),
        )  # fmt: skip

    def _tell(self, contacts: Iterable[Contact], title: str, text: str) -> list[str]:
        """Tell each but those that have quiet hours now; return the addresses that were told.

        It is tried a few times: there is no row that would be tried again.
        """
        with timezone.override(self.zone):
            now = timezone.now()
            awake = [one for one in contacts if one.quiet_ends(now, Level.URGENT) is None]
            for contact in awake:
                _send(contact, title, text)
        return [one.address for one in awake]

    def _is_ours(self) -> bool:
        """Tell whether this process is the one of its machine that tells of this outage."""
        if self._lock is None:
            try:
                self._lock = (Path(settings.VAR_DIR) / "outage.lock").open("a")
            except OSError:
                return True  # a full or read-only disk: rather twice than never
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _forget(self) -> None:
        self.since, self.opened_at, self.went_well = None, None, 0
        self.told = {}
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def _send(contact: Contact, title: str, text: str) -> None:
    with suppress(SealedError):
        address = contact.read_address()
        for _ in range(TRIES):
            if not delivery.send_to(address, title, text):
                return
        log.warning("notice_not_sent", contact=contact.pk)
