from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from conversations import accounts, engine, tuning
from conversations.fresh import Fresh
from rules.models import ResponseRule
from tests.graph import Graph
from tests.shop import Shop


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    """What a process keeps for itself does not outlive a test."""
    Fresh.forget_everything()
    accounts.client.cache_clear()
    engine.engines.cache_clear()
    yield
    accounts.client.cache_clear()


@pytest.fixture
def staff(client: Client, db: None) -> Client:
    """The admin, opened by somebody who may do everything."""
    client.force_login(User.objects.create_superuser("anna"))
    return client


@pytest.fixture
def graph(settings: Settings) -> Iterator[Graph]:
    with Graph() as graph:
        settings.GRAPH_API_URL = graph.url
        graph.now = lambda: timezone.now().timestamp()  # a test may move it
        yield graph


@pytest.fixture
def shop(graph: Graph, transactional_db: None) -> Shop:
    """A shop with two rules and a fallback, on a database that commits."""
    ResponseRule.objects.create(
        name="Delivery", order=10, keywords="delivery\nshipping", reply="Two days."
    )
    ResponseRule.objects.create(name="Price", order=20, keywords="price", reply="Ten euros.")
    ResponseRule.objects.create(name="Fallback", order=99, match="everything", reply="Pardon?")
    tuning.put("conversation_rate", "0")  # tests of the rate set it
    return Shop(graph)


Clock = Callable[[timedelta], None]


@pytest.fixture
def time_passes(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Move instabot's clock forward."""
    real = timezone.now
    ahead = timedelta()

    def now() -> datetime:
        return real() + ahead

    def move(by: timedelta) -> None:
        nonlocal ahead
        ahead += by
        Fresh.forget_everything()

    monkeypatch.setattr(timezone, "now", now)
    return move
