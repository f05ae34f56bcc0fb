from collections.abc import Iterator

import pytest
from pytest_django.live_server_helper import LiveServer

from tests.api.caller import CHANGE, VIEW, Caller, token_of, user_who_may
from tests.support.shop import Shop
from tests.support.threads import all_ends


@pytest.fixture
def server(shop: Shop, live_server: LiveServer) -> Iterator[str]:
    """The address of a real server of a shop with three rules."""
    with all_ends("process_request_thread"):
        yield str(live_server.url)


@pytest.fixture
def api(server: str) -> Caller:
    """Anna, who may read and change all there is in the API."""
    return Caller(server, token_of(user_who_may(*VIEW, *CHANGE)))


@pytest.fixture
def viewer(server: str) -> Caller:
    return Caller(server, token_of(user_who_may(*VIEW, name="viewer")))


@pytest.fixture
def stranger(server: str) -> Caller:
    return Caller(server)
