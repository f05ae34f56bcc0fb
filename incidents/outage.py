"""What a web process does while the database is away, and so no row can be written or read.

It has a copy of the contacts in memory, at most a minute old, and sends from that. There is no
lease without a database: of the processes of one machine a lock on a file chooses one. A process
that started without a database knows no addresses: then only the heartbeat tells.
"""

import fcntl
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import IO

import structlog
from django.conf import settings
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
# By what databases say of it.
SAID = {
    UNMIGRATED: ("no such table", "no such column", 'relation "'),
    FULL: ("disk is full", "no space left", "disk i/o error", "could not extend file"),
    NO_CONNECTION: ("too many clients", "connection slots", "too many connections"),
}


def cause_of(error: BaseException | None) -> Cause:
    """Return what an error of the database means; None: it never came back."""
    if error is None:
        return SILENT
    said = str(error).lower()
    return next((one for one, words in SAID.items() if any(word in said for word in words)), AWAY)


@dataclass
class Outage:
    """What one process knows of an outage, and of whom to tell."""

    contacts: list[Contact] = field(default_factory=list)
    zone: tzinfo = UTC
    failed: int = 0  # beats in a row
    went_well: int = 0
    since: datetime | None = None
    cause: Cause = AWAY
    told_at: datetime | None = None
    _lock: IO[str] | None = None

    def remember(self) -> None:
        """Copy whom to tell, while there is a database."""
        self.contacts = list(Contact.objects.active())
        self.zone = current_shop().zone

    def note_failure(self, error: BaseException | None) -> None:
        """The database has failed once more; tell, from the second time on, once a day."""
        now = timezone.now()
        self.failed, self.went_well = self.failed + 1, 0
        self.since = self.since or now
        self.cause = cause_of(error)
        heartbeat.fail(f"{self.cause.title}: {self.cause.says}")
        is_due = self.told_at is None or now - self.told_at >= DAILY
        if self.failed >= OPENS_AFTER and is_due and self._is_ours():
            log.error("database_away", cause=self.cause.title)
            self.told_at = now
            since = ages.clock(self.since, now)
            cause = self.cause
            self._tell(
                f"instabot: {cause.title}",
                f"Since {since}: {cause.says}\n\nWhat to do: {cause.next_step}",
            )

    def note_success(self) -> None:
        """The database has answered; tell after the third time, and write it into the list."""
        self.failed = 0
        if self.since is None:
            return
        self.went_well += 1
        if self.told_at is None:
            self._forget()
        elif self.went_well >= ENDS_AFTER:
            self._keep(timezone.now())
            length = ages.age(timezone.now() - self.since)
            title = self.cause.title
            self._tell(f"instabot: over: {title}", f"{title}: this is over. It lasted {length}.")
            self._forget()

    def _keep(self, now: datetime) -> None:
        Incident.objects.create(
            kind=OUTAGE, title=self.cause.title, says=self.cause.says, level=Level.URGENT,
            next_step=self.cause.next_step, since=self.since, opened_at=self.told_at, ended_at=now,
            told_at=self.told_at,
        )  # fmt: skip

    def _tell(self, title: str, text: str) -> None:
        """Tell each contact, and try a few times: there is no row that would be tried again."""
        with timezone.override(self.zone):
            for contact in self.contacts:
                if contact.quiet_ends(timezone.now(), Level.URGENT) is None:
                    _send(contact, title, text)

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
        self.since, self.told_at, self.went_well = None, None, 0
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
