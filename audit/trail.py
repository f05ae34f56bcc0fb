"""The audit log is written here, in the transaction of what was done."""

import unicodedata
from typing import Any

from audit.actors import COMMAND_LINE, Actor, acting, current
from audit.models import MAX_ADDRESS, MAX_NAME, Entry

__all__ = ["Actor", "Kind", "acting", "on_behalf_of", "record"]

Kind = Entry.Kind

# What is not seen, breaks a line or turns its direction: with it a name could make an entry read
# as another one does. Its place is marked.
UNSEEN = {"Cc", "Cf", "Zl", "Zp"}
MARK = "\N{REPLACEMENT CHARACTER}"


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
        name=_plain(_name(actor, person))[:MAX_NAME],
        address=actor.address[:MAX_ADDRESS],
        says=_plain(says),
    )


def on_behalf_of(name: str) -> str:
    """Return what to add where a command or a program says for whom it acts; empty: for itself."""
    person = current().person
    is_own = person is not None and person.is_authenticated and person.get_username() == name
    return "" if is_own or name == COMMAND_LINE else f", for {name}"


def _name(actor: Actor, person: Any) -> str:
    name: str = person.get_username() if person else actor.name
    return f"{name}, by the API token {actor.token}" if actor.token else name


def _plain(text: str) -> str:
    return "".join(MARK if unicodedata.category(one) in UNSEEN else one for one in text)
