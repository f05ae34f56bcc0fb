"""A Redis whose certificate nobody has signed, as Heroku's is: refused, and taken by an option."""

import pytest
from redis import RedisError

from instabot import remedies, variables
from tests.support.tls import CERTIFICATE, in_front_of
from tests.support.valkey import Valkey, bell_at

pytestmark = [pytest.mark.no_database, pytest.mark.slow]


def waiting(url: str) -> int:
    """Ask as instabot does, by a variable's value."""
    with bell_at(variables.redis_url(url)) as bell:
        return int(bell.pending_count())


def test_the_option_that_the_log_names_makes_it_work(valkey: Valkey) -> None:
    with in_front_of(valkey.port) as port:
        url = f"rediss://127.0.0.1:{port}/0"
        with pytest.raises(RedisError) as refused:
            waiting(url)
        assert "?ssl_cert_reqs=none" in remedies.find(refused.value)[1]
        assert waiting(f"{url}?ssl_cert_reqs=none") == 0
        assert waiting(f"{url}?ssl_ca_certs={CERTIFICATE}&ssl_check_hostname=false") == 0


def test_plain_words_too_where_one_side_speaks_tls_and_the_other_does_not(valkey: Valkey) -> None:
    with pytest.raises(RedisError) as refused:
        waiting(f"rediss://127.0.0.1:{valkey.port}/0")
    assert "rediss://" in remedies.find(refused.value)[1]
