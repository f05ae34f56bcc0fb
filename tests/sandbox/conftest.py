import gc
from collections.abc import Iterator

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from conversations.account import identity
from instagram.client import GraphClient
from sandbox import meta
from sandbox.models import Customer
from tests.sandbox.calls import TOKEN, MakeClient
from tests.support.threads import all_ends


@pytest.fixture
def sandbox(settings: Settings) -> Settings:
    """The settings of a developer's machine."""
    settings.DEBUG = True
    settings.SANDBOX = True
    settings.ROOT_URLCONF = "tests.sandbox.urls"
    settings.INSTAGRAM_PAGE_ACCESS_TOKEN = TOKEN
    settings.INSTAGRAM_ACCOUNT_ID = "me"
    return settings


@pytest.fixture
def server(sandbox: Settings, live_server: LiveServer) -> Iterator[str]:
    """A real server with the sandbox and the webhook, which find each other; its address."""
    sandbox.PORT = int(live_server.url.rpartition(":")[2])
    sandbox.GRAPH_API_URL = f"{live_server.url}/sandbox/graph"
    identity.forget_clients()
    with all_ends("process_request_thread", meta.THREAD):
        yield live_server.url
        for _, one in identity._clients.values():
            one._session().close()
        gc.collect()  # an error that nobody holds any more may hold a connection


@pytest.fixture
def make_client(server: str) -> Iterator[MakeClient]:
    """Make clients of the stand-in's Graph API; their connections end with the test."""
    made: list[GraphClient] = []

    def make(path: str = "", token: str = TOKEN, node: str = "me") -> GraphClient:
        url = f"{server}/sandbox/graph{path}"
        made.append(GraphClient(url, token, version="v26.0", node=node))
        return made[-1]

    yield make
    # A kept connection keeps a thread of the server.
    for client in made:
        client._session().close()


@pytest.fixture
def client_of_graph(make_client: MakeClient) -> GraphClient:
    return make_client()


@pytest.fixture
def customer(transactional_db: None) -> Customer:
    return Customer.objects.create(igsid="8712406953310274", name="Iryna K", username="iryna_k")
