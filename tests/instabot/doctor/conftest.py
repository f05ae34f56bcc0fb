from socket import gaierror, getaddrinfo
from typing import Any

import pytest
from pytest_django import Settings

from tests.instabot.doctor.faults import NOBODY, Patient
from tests.support.graph import Graph


@pytest.fixture(autouse=True)
def _address(settings: Settings) -> None:
    settings.PUBLIC_URL = ""  # the address is then the one that staff open


@pytest.fixture(autouse=True)
def _dns(monkeypatch: pytest.MonkeyPatch) -> None:
    """The DNS of these tests: names of .example lead here, but for one; it knows no others."""

    def look_up(name: Any, *args: Any, **options: Any) -> Any:
        if name in (None, "localhost", "127.0.0.1"):
            return getaddrinfo(name, *args, **options)
        if str(name).endswith(".example") and name != NOBODY:
            return getaddrinfo("127.0.0.1", *args, **options)
        raise gaierror(-2, "Name or service not known")

    monkeypatch.setattr("socket.getaddrinfo", look_up)


@pytest.fixture
def patient(settings: Settings, graph: Graph, monkeypatch: pytest.MonkeyPatch) -> Patient:
    return Patient(settings, graph, monkeypatch)
