import pytest
from pytest_django.live_server_helper import LiveServer

from tests.api.caller import CHANGE, VIEW, Caller, token_of, user_who_may
from tests.shop import Shop


@pytest.fixture
def api(shop: Shop, live_server: LiveServer) -> Caller:
    """Anna, who may read and change all there is in the API, of a shop with three rules."""
    return Caller(live_server.url, token_of(user_who_may(*VIEW, *CHANGE)))


@pytest.fixture
def viewer(shop: Shop, live_server: LiveServer) -> Caller:
    return Caller(live_server.url, token_of(user_who_may(*VIEW, name="viewer")))


@pytest.fixture
def stranger(shop: Shop, live_server: LiveServer) -> Caller:
    return Caller(live_server.url)
