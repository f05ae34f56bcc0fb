"""What incidents.delivery sends: a row that says to whom, what, and whether it still is to be."""

from datetime import datetime
from typing import Any, ClassVar

from incidents.models.addressee import Addressee
from workqueue.leases import Leased


class Dispatch(Leased):
    """Sent at least once. due_at: when it is to be sent."""

    objects: ClassVar[Any]
    NEEDED = ("id", "tries")

    class Meta(Leased.Meta):
        abstract = True

    def to(self) -> Addressee:
        """Return who gets it."""
        raise NotImplementedError

    def why_not(self, now: datetime) -> str:
        """Return why it is not to be sent any more, or ''."""
        raise NotImplementedError

    def waits_until(self, now: datetime) -> datetime | None:
        """Return when the quiet hours end that it came into; None: it may be sent now."""
        raise NotImplementedError

    def compose(self, now: datetime) -> tuple[str, str]:
        """Return its title and its text."""
        raise NotImplementedError

    def note_sent(self, now: datetime) -> None:
        """It has been taken."""
        raise NotImplementedError

    def note_failed(self, error: str, since: datetime, now: datetime) -> bool:
        """It was not taken: give up what was written before `since`.

        Tells whether anything is left, which is to be tried again.
        """
        raise NotImplementedError

    def give_up(self, reason: str, now: datetime) -> None:
        """It is not sent any more."""
        raise NotImplementedError
