"""Bringing in earlier messages, and what an account's page says of missed ones."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from conversations.models import FIRST, HistoryImport, MissedLook
from conversations.recovery import upkeep
from shop import tuning
from tests.support.clock import Clock
from tests.support.graph import error
from tests.support.missed import HOUR, MINUTE, begins, knows_ids, looks, loses
from tests.support.shop import Shop
from tests.support.talks import viewer

pytestmark = pytest.mark.once

ACCOUNT = f"/admin/conversations/account/{FIRST}"
ARRIVAL, NEWS, WANT = (f"{ACCOUNT}/{name}/" for name in ("connected", "connected/news", "import"))
BUTTON = "Bring in earlier messages"


@pytest.fixture(autouse=True)
def _before_our_time(shop: Shop, time_passes: Clock) -> None:
    loses(shop, "price?")
    time_passes(HOUR)
    begins(time_passes)


def news(staff: Client) -> dict[str, Any]:
    return dict(staff.get(NEWS).json()["history"])


def shown(staff: Client, page: str = ARRIVAL) -> str:
    return str(staff.get(page).content.decode())


def test_a_click_brings_them_in_and_the_page_says_how_far_it_is(
    shop: Shop, staff: Client, time_passes: Clock
) -> None:
    assert BUTTON in shown(staff)
    assert staff.get(NEWS).json()["history"] is None
    page = staff.post(WANT, {"after": "7"}, follow=True)
    assert page.redirect_chain == [(f"{ARRIVAL}?after=7#history", 302)]
    assert "Waiting for the worker" in page.content.decode()
    assert BUTTON not in page.content.decode(), "it is on its way"
    HistoryImport.objects.update(threads=2, messages=31)
    assert news(staff) == {
        "says": "Importing: 31 messages from 2 conversations so far …", "is_over": False,
    }  # fmt: skip
    HistoryImport.objects.update(threads=0, messages=0)
    time_passes(MINUTE)
    upkeep.look()
    assert news(staff) == {"says": "Done: 1 message from 1 conversation imported.", "is_over": True}
    assert f"{BUTTON} again" in shown(staff)
    assert LogEntry.objects.get().change_message == "Asked for recent conversations to be imported."


def test_a_double_click_wants_them_once(shop: Shop, staff: Client) -> None:
    staff.post(WANT)
    page = staff.post(WANT, follow=True).content.decode()
    assert "They are being imported already." in page
    assert LogEntry.objects.count() == 1


def test_what_stops_it_is_said(shop: Shop, staff: Client, time_passes: Clock) -> None:
    staff.post(WANT)
    shop.graph.read_faults.append(error(200, 2534041))
    time_passes(MINUTE)
    upkeep.look()
    assert "Allow access to messages" in news(staff)["says"]
    assert not news(staff)["is_over"]


def test_where_there_is_nothing_it_says_so(shop: Shop, staff: Client, time_passes: Clock) -> None:
    shop.graph.heard.clear()
    staff.post(WANT)
    time_passes(MINUTE)
    upkeep.look()
    assert news(staff)["says"] == "Done. There were no earlier messages to import."


def test_who_may_not_connect_may_not_import(shop: Shop, client: Client) -> None:
    looking = viewer(client, "view_account")
    assert looking.post(WANT).status_code == 403
    assert not HistoryImport.objects.exists()


def test_the_account_says_when_somebody_last_looked(
    shop: Shop, staff: Client, time_passes: Clock
) -> None:
    page = f"{ACCOUNT}/change/"
    assert "Missed messages" not in shown(staff, page), "nobody has yet"
    looks(time_passes)
    assert "none found in the last 24 hours" in shown(staff, page)
    time_passes(MINUTE)
    loses(shop)
    looks(time_passes)
    assert "found 1 in the last 24 hours" in shown(staff, page)
    shop.graph.read_faults.append(error(190))
    looks(time_passes)
    assert "Could not look for missed messages since" in shown(staff, page)
    MissedLook.objects.update(
        problem="", comments_problem="No rights.", comments_failed_at=timezone.now(), left_out=2
    )
    page_now = shown(staff, page)
    assert "Could not look for missed comments since" in page_now
    assert "; Instagram did not show 2 conversations." in page_now
    MissedLook.objects.update(recognised_at=None)
    assert "the check starts once a customer has written" in shown(staff, page)
    knows_ids()
    MissedLook.objects.update(problem="", looked_at=timezone.now() + timedelta(days=2))
    tuning.put("missed_minutes", "0")
    assert "Missed messages: not looked for." in shown(staff, page)
