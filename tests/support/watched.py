"""Real processes that watch all the time, and somebody who is told."""

from collections.abc import Iterator
from contextlib import contextmanager

from conversations.account import vault
from tests.support.receiver import Receiver
from tests.support.service import Service


@contextmanager
def watched(one: Service) -> Iterator[Receiver]:
    """Let a service watch every third of a second, and tell somebody here."""
    with Receiver() as receiver:
        one.settings = "tests.settings_watch"
        one.variables |= {
            "ALERT_HOSTS": "127.0.0.1", "HEARTBEAT_URL": receiver.heartbeat(),
            "INSTAGRAM_PAGE_ACCESS_TOKEN": "IGAA-token-of-tests",
        }  # fmt: skip
        address = vault.seal(receiver.address)
        one.database.execute(
            "INSERT INTO incidents_contact (who, address, hears, urgent_anyway, active, error)"
            f" VALUES ('Anna', '{address}', 'all', true, true, '');"
        )
        yield receiver


def somebody_hears_of_customers(one: Service, receiver: Receiver) -> None:
    one.database.execute(
        "INSERT INTO auth_user (username, password, first_name, last_name, email, is_superuser,"
        " is_staff, is_active, date_joined)"
        " VALUES ('lena', '!', '', '', '', true, true, true, '2026-01-01 00:00:00');"
    )
    one.database.execute(
        "INSERT INTO notices_listener (user_id, address, error, tries, waits, closing_hours,"
        " mentions, whose)"
        f" SELECT id, '{vault.seal(receiver.address)}', '', 0, true, 2, true, 'all'"
        " FROM auth_user WHERE username = 'lena';"
    )
