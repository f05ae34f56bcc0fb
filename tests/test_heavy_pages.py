"""The real gunicorn with more searches than it has threads for: webhooks are answered meanwhile."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg2
import pytest
import requests

from tests.support.service import ON_POSTGRES, Service, wait_for

pytestmark = pytest.mark.skipif(not ON_POSTGRES, reason="a reader of SQLite waits for nobody")

PLACES = 2  # of one process with four threads
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"


@pytest.fixture
def searched(bare: Service) -> tuple[Service, str]:
    """A web process, and the token of somebody who searches."""
    bare.settings = "tests.settings_patient"
    bare.manage("createsuperuser", "--noinput", "--username=anna", "--email=a@shop.example")
    token = bare.manage("api_token", "anna")
    bare.start_web()
    return bare, token


def test_eight_searches_at_once_keep_no_webhook_waiting(searched: tuple[Service, str]) -> None:
    running, token = searched

    def search(_: int = 0) -> requests.Response:
        url = f"{running.url}/api/v1/conversations?search=parcel"
        return requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=50)

    assert search().status_code == 200
    with (
        ThreadPoolExecutor(PLACES) as pool,
        closing(psycopg2.connect(running.database.url)) as held,
    ):
        held.cursor().execute("LOCK TABLE conversations_conversation")
        slow = [pool.submit(search, number) for number in range(PLACES)]
        wait_for(lambda: running.database.rows(WAITING)[0][0] == PLACES, "the searches that wait")
        others = [search() for _ in range(8 - PLACES)]
        assert [answer.status_code for answer in others] == [503] * 6
        assert others[0].json()["type"] == "urn:instabot:problem:busy"
        assert others[0].headers["Retry-After"] == "2"
        assert running.hears("Where is my order?", "mid-1") == 200
        assert requests.get(f"{running.url}/health", timeout=10).status_code == 200
        assert not any(one.done() for one in slow), "what was begun still waits"
        held.rollback()
        assert [one.result().status_code for one in slow] == [200] * PLACES
    assert search().status_code == 200, "their places are free"
