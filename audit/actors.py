"""Who does what is done now: noted at the door of a request or a command, read by the trail."""

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Actor:
    """A person, or somebody with a name only; from where, and with which API token if with one."""

    person: Any = None
    name: str = ""
    address: str = ""
    token: str = ""


NOBODY = Actor()
COMMAND_LINE = "the command line"  # for whom a command acts that was not told
_actor: ContextVar[Actor] = ContextVar("actor", default=NOBODY)


def current() -> Actor:
    """Return who acts now; NOBODY: instabot by itself, as in a worker."""
    return _actor.get()


@contextmanager
def acting(actor: Actor) -> Iterator[None]:
    """Note whatever is done within as done by this one."""
    before = _actor.set(actor)
    try:
        yield
    finally:
        _actor.reset(before)


def become(actor: Actor) -> None:
    """Note what is done as done by this one, until whoever called acting() ends it."""
    _actor.set(actor)


def command() -> Actor:
    """Return whoever runs a command: the user of the operating system."""
    number = os.getuid()
    try:
        user = pwd.getpwuid(number).pw_name
    except KeyError:  # in a container a user may be a number alone
        user = str(number)
    return Actor(name=f"command ({user})")
