"""Done, handed over, put off, and the bot's switch, over the API."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.utils import timezone

from conversations import bot_pause, waiting
from conversations.models import Account, Conversation, Mention, Note
from tests.api.caller import Caller, only_conversation, problem, user_who_may
from tests.support.shop import Shop
from tests.support.talks import ask, make_conversation

HOUR = timedelta(hours=1)


@pytest.fixture
def talk(api: Caller) -> Conversation:
    """A customer who waits."""
    talk = make_conversation("mia")
    ask(talk, "huh?")
    waiting.recount(talk.pk)
    return talk


@pytest.fixture
def ben(api: Caller) -> User:
    ben = user_who_may("view_conversation", "change_conversation", name="ben")
    User.objects.filter(pk=ben.pk).update(is_staff=True)
    return ben


def found(api: Caller, **query: str) -> list[str]:
    return [row["customer"]["username"] for row in api.get("conversations/", **query)["results"]]


# Done


def test_what_is_done_waits_no_longer(api: Caller, talk: Conversation) -> None:
    assert api.get(f"conversations/{talk.pk}/")["waiting_since"]
    assert api.post(f"conversations/{talk.pk}/done/", {})["waiting_since"] is None
    assert LogEntry.objects.get().change_message == "API: Marked as done."


def test_what_came_after_the_one_that_was_seen_goes_on_waiting(
    api: Caller, talk: Conversation
) -> None:
    seen = talk.messages.get()
    later = ask(talk, "hello?")
    shown = api.post(f"conversations/{talk.pk}/done/", {"seen": seen.pk})
    assert datetime.fromisoformat(shown["waiting_since"]) == later.at


def test_those_who_wait_are_found(api: Caller, talk: Conversation) -> None:
    make_conversation("calm")
    make_conversation("later", waiting_since=timezone.now(), put_off_until=timezone.now() + HOUR)
    assert found(api, waiting="true") == ["mia"]
    assert sorted(found(api, waiting="false")) == ["calm", "later"]


def test_what_did_not_happen_is_not_in_the_history(api: Caller, talk: Conversation) -> None:
    """The customer wrote meanwhile; nothing was put off, paused or opted out of."""
    seen = talk.messages.get()
    ask(talk, "hello?")
    here = f"conversations/{talk.pk}"
    assert api.post(f"{here}/done/", {"seen": seen.pk})["waiting_since"]
    api.post(f"{here}/put-off/", {"until": None})
    api.post(f"{here}/resume/")
    api.post(f"{here}/opt-in/")
    api.post(f"{here}/assign/", {"assignee": None})
    bot_pause.pause(talk.pk, "joe", timezone.now() + 9 * HOUR)
    api.post(f"{here}/pause/", {"hours": 2})
    assert not LogEntry.objects.exists()


def test_who_has_it_already_is_told_nothing_new(api: Caller, talk: Conversation, ben: User) -> None:
    address = f"conversations/{talk.pk}/assign/"
    for _ in range(2):
        api.post(address, {"assignee": "ben"})
    assert Note.objects.get().text == "Handed over to @ben."
    assert LogEntry.objects.get().change_message == "API: Assigned to ben."
    api.post(address, {"assignee": "ben", "note": "She is angry."})
    assert Note.objects.latest("pk").text == "Handed over to @ben: She is angry."


# Assign


def test_it_is_given_to_a_colleague_who_is_told(api: Caller, talk: Conversation, ben: User) -> None:
    shown = api.post(
        f"conversations/{talk.pk}/assign/", {"assignee": "ben", "note": "Check the refund."}
    )
    assert shown["assignee"] == "ben"
    assert Note.objects.get().text == "Handed over to @ben: Check the refund."
    assert Mention.objects.get().user == ben
    assert found(api, assignee="ben") == ["mia"]
    assert found(api, assignee="kim") == []
    assert api.post(f"conversations/{talk.pk}/assign/", {"assignee": None})["assignee"] is None


def test_it_is_given_only_if_it_is_still_whose_one_thinks(
    api: Caller, talk: Conversation, ben: User
) -> None:
    waiting.assign(talk.pk, ben.pk, seen=None)
    address = f"conversations/{talk.pk}/assign/"
    body = {"assignee": None, "if_assignee": "kim", "note": "Mine."}
    problem(api.call("post", address, json=body), 409, "assigned-meanwhile")
    assert only_conversation().assignee == ben
    assert not Note.objects.exists()
    assert api.post(address, {"assignee": None, "if_assignee": "ben"})["assignee"] is None


@pytest.mark.parametrize("fields", [{"is_active": False}, {"is_staff": False}])
def test_whoever_may_not_answer_gets_nothing(
    api: Caller, talk: Conversation, ben: User, fields: dict[str, Any]
) -> None:
    User.objects.filter(pk=ben.pk).update(**fields)
    body = {"assignee": "ben"}
    problem(api.call("post", f"conversations/{talk.pk}/assign/", json=body), 400, "invalid")


@pytest.mark.parametrize("body", [{}, {"assignee": 5}, {"assignee": "ghost"}, {"to": "ben"}, []])
def test_an_assignment_that_makes_no_sense_is_refused(
    api: Caller, talk: Conversation, body: Any
) -> None:
    problem(api.call("post", f"conversations/{talk.pk}/assign/", json=body), 400, "invalid")


# Put off


def test_it_is_put_off_and_taken_back(api: Caller, talk: Conversation) -> None:
    until = timezone.now() + 5 * HOUR
    address = f"conversations/{talk.pk}/put-off/"
    shown = api.post(address, {"until": until.isoformat()})
    assert LogEntry.objects.get().change_message == "API: Put off."
    assert datetime.fromisoformat(shown["put_off_until"]) == until
    assert found(api, waiting="true") == []
    assert api.post(address, {"until": None})["put_off_until"] is None
    assert found(api, waiting="true") == ["mia"]


@pytest.mark.parametrize(
    "body",
    [{}, {"until": "2020-01-01T00:00:00Z"}, {"until": "2099-01-01T00:00:00Z"}, {"until": "later"}],
)
def test_a_time_that_is_none_is_refused(api: Caller, talk: Conversation, body: Any) -> None:
    problem(api.call("post", f"conversations/{talk.pk}/put-off/", json=body), 400, "invalid")


# The switch


def test_the_bot_is_switched_off_and_on(api: Caller, shop: Shop) -> None:
    assert api.get("bot/") == {"is_on": True, "off_since": None, "off_by": ""}
    shown = api.post("bot/off/")
    assert (shown["is_on"], shown["off_by"]) == (False, "anna")
    assert shown["off_since"]
    api.post("bot/off/")
    shop.hears("price")
    shop.works()
    assert shop.texts == []
    assert api.get(f"conversations/{only_conversation().pk}/")["waiting_since"]
    assert api.post("bot/on/")["is_on"]
    assert not Account.objects.ours().bot_is_off
    said = list(LogEntry.objects.order_by("pk").values_list("change_message", flat=True))
    assert said == ["API: Switched the bot off.", "API: Switched the bot on."]
