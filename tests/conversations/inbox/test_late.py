"""Who wrote too late for the bot: kept on a list until staff decide."""

from datetime import timedelta

import pytest
from django.test import Client

from conversations.models import Conversation, Message, Verdict
from tests.support.clock import Clock
from tests.support.shop import Shop, at_rest, incoming
from tests.support.talks import viewer

LATE = "/admin/conversations/latequestion/"
HOUR = timedelta(hours=1)


@pytest.fixture
def down(shop: Shop, time_passes: Clock) -> Shop:
    """Three questions of two customers that nobody read for an hour."""
    shop.hears("price?", customer="870001")
    shop.hears("delivery?", customer="870001")
    shop.hears("delivery?", customer="870002")
    time_passes(HOUR)
    shop.works()
    return shop


def choose(staff: Client, action: str, *questions: Message) -> str:
    chosen = [str(question.pk) for question in questions]
    data = {"action": action, "_selected_action": chosen}
    return str(staff.post(LATE, data, follow=True).content.decode())


def test_nothing_is_answered_blindly_after_an_outage(down: Shop) -> None:
    assert down.texts == []
    assert {row.verdict for row in incoming()} == {Verdict.TOO_OLD}
    assert at_rest()


def test_the_list_counts_customers_and_shows_each_message(down: Shop, staff: Client) -> None:
    shown = staff.get(LATE).content.decode()
    assert "2 customers wrote too late for an automatic answer, or while the bot was off." in shown
    assert shown.count("delivery?") == 2
    assert (
        "2 customers wrote too late for the bot, or while it was off"
        in staff.get("/admin/").content.decode()
    )


def test_staff_have_all_of_them_answered_by_the_rules(down: Shop, staff: Client) -> None:
    shown = choose(staff, "answer", *incoming())
    assert "Answering 3 messages by the rules." in shown
    down.works()
    assert sorted(down.texts) == ["Ten euros.", "Two days.", "Two days."]
    assert {row.verdict for row in incoming()} == {Verdict.ANSWERED}
    assert "No one is waiting" in staff.get(LATE).content.decode()


def test_staff_have_one_answered_and_leave_the_others(down: Shop, staff: Client) -> None:
    first, *others = incoming()
    choose(staff, "answer", first)
    choose(staff, "leave", *others)
    down.works()
    assert down.texts == ["Ten euros."]
    assert {row.reason for row in incoming()[1:]} == {"Left without an answer by anna."}
    assert {row.verdict for row in incoming()[1:]} == {Verdict.KEPT}


def test_answering_twice_answers_once(down: Shop, staff: Client) -> None:
    choose(staff, "answer", *incoming())
    choose(staff, "answer", *incoming())
    down.works()
    choose(staff, "answer", *incoming())
    down.works()
    assert len(down.texts) == 3


def test_who_wrote_more_than_a_day_ago_stays_on_the_list(
    down: Shop, staff: Client, time_passes: Clock
) -> None:
    time_passes(23 * HOUR)
    shown = choose(staff, "answer", *incoming())
    assert "3 messages can&#x27;t be answered any more" in shown
    down.works()
    assert down.texts == []
    assert "2 customers wrote" in staff.get(LATE).content.decode()


def test_a_person_who_took_over_meanwhile_is_not_talked_over(down: Shop, staff: Client) -> None:
    later = incoming()[0].at + 10 * HOUR
    Conversation.objects.update(bot_paused_until=later, bot_paused_by="a person")
    choose(staff, "answer", *incoming())
    down.works()
    assert down.texts == []
    assert {row.verdict for row in incoming()} == {Verdict.PAUSED}


def test_who_may_only_look_can_not_decide(down: Shop, client: Client) -> None:
    looking = viewer(client, "view_latequestion")
    assert "delivery?" in looking.get(LATE).content.decode()
    choose(looking, "answer", *incoming())
    down.works()
    assert down.texts == []
