"""Paused and resumed over the API."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from conversations.models import UNTIL_RESUMED
from shop import tuning
from tests.api.caller import Caller, only_conversation, problem
from tests.support.shop import Shop
from tests.support.talks import make_conversation, say

HOUR = timedelta(hours=1)


def test_a_pause_silences_the_bot_and_a_resume_lets_it_speak(api: Caller, shop: Shop) -> None:
    shop.hears("price")
    shop.works()
    talk = only_conversation()
    shown = api.post(f"conversations/{talk.pk}/pause/", {"hours": 2})
    assert shown["bot"]["is_paused"]
    assert shown["bot"]["paused_by"] == "anna"
    shop.hears("delivery")
    shop.works()
    assert shop.texts == ["Ten euros."]
    shown = api.post(f"conversations/{talk.pk}/resume/")
    assert shown["bot"] == {
        "is_paused": False, "paused_until": None, "paused_until_resumed": False, "paused_by": "",
    }  # fmt: skip
    shop.hears("price")
    shop.works()
    assert shop.texts == ["Ten euros.", "Ten euros."]
    told = LogEntry.objects.order_by("pk").values_list("change_message", "user__username")
    assert list(told) == [("API: Paused the bot.", "anna"), ("API: Resumed the bot.", "anna")]


def test_a_pause_stops_what_the_bot_has_not_sent_yet(api: Caller, shop: Shop) -> None:
    shop.hears("price")
    shop.reads()
    talk = only_conversation()
    waiting = say(talk, "Ten euros.", state="queued")
    api.post(f"conversations/{talk.pk}/pause/")
    shop.works()
    waiting.refresh_from_db()
    assert (waiting.state, waiting.error) == ("cancelled", "Bot paused by anna.")
    assert shop.texts == []


@pytest.mark.parametrize(("tuned", "hours"), [("3", 3), ("0", 12)])
def test_a_pause_lasts_as_long_as_after_a_persons_answer(
    api: Caller, tuned: str, hours: int
) -> None:
    tuning.put("pause_hours", tuned)
    talk = make_conversation("mia")
    began = timezone.now()
    api.post(f"conversations/{talk.pk}/pause/")
    until = only_conversation().bot_paused_until
    assert until
    assert began + hours * HOUR <= until <= timezone.now() + hours * HOUR


def test_a_longer_pause_stays(api: Caller) -> None:
    until = timezone.now() + 10 * HOUR
    talk = make_conversation("mia", bot_paused_until=until, bot_paused_by="ben")
    api.post(f"conversations/{talk.pk}/pause/", {"hours": 1})
    talk.refresh_from_db()
    assert (talk.bot_paused_until, talk.bot_paused_by) == (until, "ben")


def test_a_pause_lasts_until_a_time_or_until_somebody_resumes(api: Caller) -> None:
    talk = make_conversation("mia")
    until = timezone.now() + 5 * HOUR
    shown = api.post(f"conversations/{talk.pk}/pause/", {"until": until.isoformat()})["bot"]
    assert datetime.fromisoformat(shown["paused_until"]) == until
    assert not shown["paused_until_resumed"]
    shown = api.post(f"conversations/{talk.pk}/pause/", {"until_resumed": True})["bot"]
    assert shown == {
        "is_paused": True, "paused_until": None, "paused_until_resumed": True, "paused_by": "anna",
    }  # fmt: skip
    api.post(f"conversations/{talk.pk}/pause/", {"hours": 1})
    assert only_conversation().bot_paused_until == UNTIL_RESUMED
    assert not api.post(f"conversations/{talk.pk}/resume/")["bot"]["is_paused"]


@pytest.mark.table
@pytest.mark.parametrize(
    "body",
    [
        {"until": "2020-01-01T00:00:00Z"},
        {"until": "2099-01-01T00:00:00"},
        {"hours": 1, "until_resumed": True},
        {"hours": 1, "until": "2099-01-01T00:00:00Z"},
        {"until_resumed": "yes"},
        {"hours": 0},
        {"hours": -1},
        {"hours": 721},
        {"hours": "long"},
        {"minutes": 5},
        [],
        "now",
    ],
)
def test_a_pause_that_makes_no_sense_is_refused(api: Caller, body: Any) -> None:
    talk = make_conversation("mia")
    problem(api.call("post", f"conversations/{talk.pk}/pause/", json=body), 400, "invalid")
    assert only_conversation().bot_paused_until is None
