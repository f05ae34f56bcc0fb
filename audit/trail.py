"""The audit log is written here, in the transaction of what was done."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from audit.models import MAX_NAME, MAX_TEXT, Entry

Kind = Entry.Kind


@dataclass(frozen=True)
class Actor:
    """Who does what is done now: a person, or a command with a name only; and from where."""

    person: Any = None
    name: str = ""
    address: str = ""


_actor: ContextVar[Actor | None] = ContextVar("actor", default=None)


@contextmanager
def acting(actor: Actor) -> Iterator[None]:
    """Note whatever is done within as done by this one."""
    before = _actor.set(actor)
    try:
        yield
    finally:
        _actor.reset(before)


def record(kind: Kind, says: str, *, by: Any = None) -> None:
    """Note what was done, in words: `made the API token “reports”`.

    says: neither a secret nor what a customer is called or wrote. by: the person, where it is not
    the one who acts.
    """
    actor = _actor.get() or Actor()
    person = by or actor.person
    if person is not None and not person.is_authenticated:
        person = None
    Entry.objects.create(
        kind=kind,
        person=person,
        name=(person.get_username() if person else actor.name)[:MAX_NAME],
        address=actor.address,
        says=says[:MAX_TEXT],
    )
