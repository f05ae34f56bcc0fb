"""Runs the checks: side by side, each within its time, and none stopped by another."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from queue import Empty, SimpleQueue

import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, connections

from instabot.doctor.findings import Check, Finding, warning, wrong
from instabot.doctor.secrecy import hide

log = structlog.get_logger("doctor")

SECONDS = 12.0  # for one check; those of Meta's make two or three calls for each account
ALL_SECONDS = 30.0  # for all of them
Groups = Mapping[str, Sequence[Check]]

# Of checks that were not done in time. While one of them is alive no other is begun beside it.
_late: dict[str, threading.Thread] = {}


def examine(groups: Groups) -> list[Finding]:
    """Return what all checks find, in their order.

    Each group has a thread that makes its checks one after the other: so that Meta, the database
    and our own address are each asked little at a time.
    """
    found: dict[str, list[Finding]] = {}

    ends_at = time.monotonic() + ALL_SECONDS

    def look(checks: Sequence[Check]) -> None:
        for check in checks:
            found[check.name] = examine_one(check, min(SECONDS, ends_at - time.monotonic()))

    threads = [_start(partial(look, checks)) for checks in groups.values()]
    for thread in threads:
        thread.join()
    return [one for checks in groups.values() for check in checks for one in found[check.name]]


def examine_one(check: Check, seconds: float = SECONDS) -> list[Finding]:
    """Return what one check finds in its time; one that hangs or raises is a finding itself."""
    if seconds <= 0:
        return [_finish(check, _too_late())]
    if check.name in _late and _late[check.name].is_alive():
        return [_finish(check, _hangs())]
    answers: SimpleQueue[list[Finding]] = SimpleQueue()

    def run() -> None:
        try:
            answers.put(ask(check))
        finally:
            connections.close_all()

    thread = _start(run)
    try:
        return answers.get(timeout=seconds)
    except Empty:
        _late[check.name] = thread
        return [_finish(check, _hangs())]


def ask(check: Check) -> list[Finding]:
    """Return what a check finds; it has this thread, and all the time that it takes."""
    try:
        return [_finish(check, one) for one in check.examine()]
    except (DatabaseError, InterfaceError) as error:
        if not isinstance(error, OperationalError | InterfaceError):  # a mistake of ours
            log.warning("check_failed", check=check.name, exc_info=True)
        says = f"Not checked: the database could not answer ({type(error).__name__})."
        return [_finish(check, warning(says, "See the lines Database and Migrations."))]
    except Exception as error:
        log.warning("check_failed", check=check.name, exc_info=True)
        says = f"This could not be checked ({type(error).__name__})."
        return [_finish(check, wrong(says, "Look into the log: check_failed."))]


def _hangs() -> Finding:
    says = f"This could not be checked: no answer within {SECONDS:g} seconds."
    return wrong(says, "Check again in a minute. If it stays, see the lines above.")


def _too_late() -> Finding:
    says = f"Not checked: the checks before it took {ALL_SECONDS:g} seconds."
    return warning(says, "See the lines above, and check again.")


def _finish(check: Check, finding: Finding) -> Finding:
    """Name the check, and take secrets out of texts that came from elsewhere."""
    return replace(
        finding,
        check=check.name,
        why=check.why,
        says=hide(finding.says),
        next_step=hide(finding.next_step),
    )


def _start(work: Callable[[], None]) -> threading.Thread:
    """A thread that nobody waits for when the process ends."""
    thread = threading.Thread(target=work, name="Doctor", daemon=True)
    thread.start()
    return thread
