"""Whether nothing comes although Instagram has something for us."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse

from conversations.silence import watch
from incidents.troubles import Trouble

SILENCE = "silence"


def find_silent(now: datetime) -> Iterator[Trouble]:
    """Accounts whose silence is no chance; a worker has asked Instagram already."""
    for quiet in watch.look(now):
        if quiet.rings:
            yield Trouble(
                SILENCE, f"Nothing comes to {quiet.account}",
                quiet.says, quiet.next,
                link=reverse("admin:conversations_account_change", args=[quiet.account.pk]),
                subject=str(quiet.account.pk), account=quiet.account.pk, since=quiet.since,
            )  # fmt: skip
