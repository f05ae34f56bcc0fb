"""Faults by name, as they are in the world: rows, settings, and what other servers answer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from instabot.doctor import checklist, examination
from instabot.doctor.findings import Check, Finding
from tests.support.graph import Graph

NOBODY = "no-such-name.example"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass
class Patient:
    """An instabot that is to be made ill."""

    settings: Settings
    graph: Graph
    patch: pytest.MonkeyPatch


Fault = Callable[[Patient], Any]


def check(name: str) -> Check:
    [found] = [one for checks in checklist.CHECKS.values() for one in checks if one.name == name]
    return found


def found(name: str) -> list[Finding]:
    """What a check finds, in this thread: so it sees what the test has not committed."""
    return examination.ask(check(name))


def date_of(ahead: timedelta) -> Callable[[Patient], None]:
    """Let Meta's answers carry such a Date."""

    def fault(patient: Patient) -> None:
        at = datetime.now(UTC) + ahead
        patient.graph.headers["Date"] = format_datetime(at, usegmt=True)

    return fault


def ago(length: timedelta) -> datetime:
    return timezone.now() - length
