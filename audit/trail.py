"""The audit log is written here, in the transaction of what was done."""

from typing import Any

from audit.actors import COMMAND_LINE, Actor, acting, current
from audit.models import MAX_ADDRESS, MAX_NAME, MAX_TEXT, Entry

__all__ = ["Actor", "Kind", "acting", "on_behalf_of", "record"]

Kind = Entry.Kind


def record(kind: Kind, says: str, *, by: Any = None) -> None:
    """Note what was done, in words: `made the API token “reports”`.

    says: neither a secret nor what a customer is called or wrote. by: the person, where it is not
    the one who acts.
    """
    actor = Actor(person=by, address=current().address) if by else current()
    person = actor.person
    if person is not None and not person.is_authenticated:
        person = None
    Entry.objects.create(
        kind=kind,
        person_id=person.pk if person else None,
        name=_name(actor, person)[:MAX_NAME],
        address=actor.address[:MAX_ADDRESS],
        says=says if len(says) <= MAX_TEXT else f"{says[: MAX_TEXT - 1]}…",
    )


def on_behalf_of(name: str) -> str:
    """Return what to add where a command or a program says for whom it acts; empty: for itself."""
    person = current().person
    is_own = person is not None and person.is_authenticated and person.get_username() == name
    return "" if is_own or name == COMMAND_LINE else f", for {name}"


def _name(actor: Actor, person: Any) -> str:
    name: str = person.get_username() if person else actor.name
    return f"{name}, by the API token {actor.token}" if actor.token else name
