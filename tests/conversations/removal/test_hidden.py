"""From the beginning of an erasure to its end nobody reads anything of it, or has it sent."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.test import Client

from api.models import Token
from backoffice.reach import asked_by_machine, asked_by_people
from conversations import turns
from conversations.models import Conversation, Message, Origin, Picture, State, Verdict
from conversations.models.shown import ShownManager
from conversations.removal import request
from tests.support.removal import CUSTOMER, MARKED, fill
from tests.support.shop import Shop
from tests.support.talks import LIST, ask, say

# What goes in the transaction that begins an erasure, or is another room's copy of numbers.
NOT_SHOWN = {"DirectoryEntry"}


@pytest.fixture
def going(shop: Shop) -> dict[str, int]:
    """Numbers of what is there yet of a customer who is being erased, on every list once."""
    talk = fill(shop)
    late = ask(talk, "quagga, late?", verdict=Verdict.TOO_OLD)
    failed = say(talk, "zanzibar failed", state=State.FAILED, origin=Origin.STAFF, staff="olga")
    open_one = ask(talk, "quagga, nobody knows", verdict=Verdict.NO_ANSWER)
    told = Message.objects.filter(conversation=talk, text__contains="quagga").earliest("pk")
    found = {"talk": talk.pk, "late": late.pk, "failed": failed.pk, "told": told.pk}
    Conversation.objects.filter(pk=talk.pk).update(due_at=None, leased_until=None)
    before = everything_shown(found | {"open": open_one.pk})
    assert request.begin(talk.pk, "olga")
    return found | {"open": open_one.pk, "shown before": before}


def pages(going: dict[str, int]) -> list[str]:
    at = LIST.rstrip("/")
    return [
        f"{at}/?tab=all", f"{at}/?tab=not_delivered", f"{at}/?tab=all&q=quagga",
        f"{at}/{going['talk']}/change/", f"{at}/{going['talk']}/history/",
        f"{at}/message/{going['told']}/details/",
        f"{at}/live_rows/?tab=all&ids={going['talk']}", f"{at}/live/?tab=all&open={going['talk']}",
        "/admin/", "/admin/find/?q=zanzibar", "/admin/find/?q=olenka",
        "/admin/conversations/latequestion/", "/admin/conversations/outboxmessage/",
        "/admin/conversations/mention/", "/admin/rules/dismissedgroup/",
        f"/pictures/{Picture.objects.get().token}.png",
    ]  # fmt: skip


def calls(going: dict[str, int]) -> list[str]:
    talk = going["talk"]
    return [
        "conversations", f"conversations/{talk}", f"conversations/{talk}/messages",
        f"messages/{going['told']}", f"messages/{going['failed']}", "conversations?search=quagga",
        f"conversations?customer={CUSTOMER}",
    ]  # fmt: skip


def everything_shown(going: dict[str, int]) -> int:
    """Return how many of the addresses show something of the customer."""
    petro = User.objects.get(username="petro")
    staff, program = Client(), Client()
    staff.force_login(petro)
    Token.objects.filter(user=petro).delete()
    token = Token.objects.create(user=petro)[1]
    shown = 0
    for page in pages(going):
        shown += shows(staff.get(page, follow=True), page)
    for call in calls(going):
        answer = program.get(f"/api/v1/{call}", headers={"Authorization": f"Token {token}"})
        shown += shows(answer, call)
    return shown


def shows(response: Any, address: str) -> bool:
    said = response.content.decode(errors="replace").lower()
    return any(mark in said for mark in MARKED if mark not in address)


def test_no_page_and_no_call_shows_anything_of_whoever_is_being_erased(
    going: dict[str, int],
) -> None:
    assert going.pop("shown before") > 12, "or nothing is tested here"
    assert everything_shown(going) == 0


def test_nothing_is_sent_again_or_answered_for_whoever_is_being_erased(
    shop: Shop, going: dict[str, int]
) -> None:
    staff = Client()
    staff.force_login(User.objects.get(username="petro"))
    sent = len(shop.graph.sent)
    for table, action, key in (
        ("outboxmessage", "send_again", "failed"), ("latequestion", "answer", "late"),
    ):  # fmt: skip
        chosen = {"action": action, "_selected_action": [going[key]]}
        assert staff.post(f"/admin/conversations/{table}/", chosen).status_code == 302
    again = staff.post(f"/api/v1/messages/{going['failed']}/resend")
    assert again.status_code in (403, 404)
    assert Conversation.objects.get(pk=going["talk"]).due_at is None
    turns.take(going["talk"])
    assert Message.objects.get(pk=going["failed"]).state == State.FAILED
    assert Message.objects.get(pk=going["late"]).verdict == Verdict.TOO_OLD
    assert len(shop.graph.sent) == sent


def test_workers_and_whoever_erases_see_all_and_people_none(going: dict[str, int]) -> None:
    rows = Message.objects.filter
    with asked_by_people():
        assert not rows(conversation=going["talk"]).exists()
        with asked_by_machine():
            assert rows(conversation=going["talk"]).exists()
        assert not Conversation.objects.filter(pk=going["talk"]).exists()
    assert rows(conversation=going["talk"]).exists()


@pytest.mark.once
def test_every_table_of_what_was_said_keeps_to_it() -> None:
    of_talks: set[Any] = {Conversation}
    models = [one for one in apps.get_models() if not one._meta.auto_created]
    inside = {"Message", "Attempt", "Note", "Mention", "Draft", "Picture"}
    for _ in range(3):  # as deep as they lie
        of_talks |= {
            model for model in models for field in model._meta.get_fields()
            if field.many_to_one and field.related_model in of_talks
        }  # fmt: skip
    assert inside <= {one.__name__ for one in of_talks}
    for model in of_talks:
        if model.__name__ not in NOT_SHOWN:
            assert isinstance(model._default_manager, ShownManager), model
