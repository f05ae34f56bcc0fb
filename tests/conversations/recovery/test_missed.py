"""Messages that no webhook told of are found, once, and nothing answers them by itself."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from conversations import bot_pause
from conversations.account import pause as account_pause
from conversations.inbox import late
from conversations.models import (
    ANOTHER_APP,
    FOUND,
    PRIVATE_REPLY,
    Account,
    Conversation,
    Message,
    MissedLook,
    Origin,
    State,
    Verdict,
)
from conversations.outbox import staff as by_staff
from conversations.recovery import upkeep, walk
from conversations.silence import watch as silence
from rules.models import ResponseRule
from shop import tuning
from tests.support.accounts import SECOND, TOKEN, batch, item, text, told
from tests.support.clock import Clock
from tests.support.figures import check_figures
from tests.support.graph import ACCOUNT, HANG, HTML_502, NO_FAULT, RESET, error, text_body
from tests.support.missed import (
    CUSTOMER,
    DAY,
    HOUR,
    MINUTE,
    begins,
    knows_ids,
    looks,
    loses,
    loses_echo,
)
from tests.support.points import RECOVERY, KilledError, at_point, dies
from tests.support.retention import counts, keep
from tests.support.retention import looks as retention_looks
from tests.support.shop import Shop, at_rest, incoming, outgoing
from tests.support.talks import comment, page, unsends
from webhooks import mids
from webhooks.models import WebhookEvent

MONTH = 40 * DAY


@pytest.fixture(autouse=True)
def _known(shop: Shop, time_passes: Clock) -> None:
    begins(time_passes)


def calls(shop: Shop) -> list[str]:
    """The calls that read threads."""
    return [one for one in shop.graph.calls if "aWdfThread" in one or "updated_time" in one]


def test_a_lost_webhook_is_found_within_one_look(shop: Shop, time_passes: Clock) -> None:
    mid, at = loses(shop), timezone.now()
    row = looks(time_passes)
    [found] = incoming()
    assert (found.mid, found.text, found.verdict, found.reason) == (
        mid, "price?", Verdict.TOO_OLD, FOUND,
    )  # fmt: skip
    assert abs(found.at - at) < timedelta(seconds=1), "at its own time"
    assert found.found_at is not None
    assert row.found_since(timezone.now() - DAY) == 1
    shop.works()
    assert shop.texts == [], "and is not answered by itself"
    talk = Conversation.objects.get()
    assert talk.waiting_since == found.at
    assert talk.last_inbound_at == found.at
    assert at_rest()


def test_it_is_found_once(shop: Shop, time_passes: Clock) -> None:
    loses(shop)
    looks(time_passes)
    version = Conversation.objects.get().version
    looks(time_passes)
    looks(time_passes, 5 * MINUTE)
    MissedLook.objects.update(looked_at=timezone.now() - DAY)
    looks(time_passes)
    assert len(incoming()) == 1
    assert Conversation.objects.get().version == version


def test_what_was_told_is_not_found(shop: Shop, time_passes: Clock) -> None:
    shop.hears("price?")
    shop.works()
    row = looks(time_passes)
    assert [one.verdict for one in incoming()] == [Verdict.ANSWERED]
    assert len(outgoing()) == 1
    assert row.found_since(timezone.now() - DAY) == 0


def test_one_in_the_middle_is_found_in_its_place(shop: Shop, time_passes: Clock) -> None:
    shop.hears("price?")
    shop.works()
    time_passes(MINUTE)
    loses(shop, "And do you ship to Norway?")
    time_passes(MINUTE)
    shop.hears("delivery?")
    shop.works()
    looks(time_passes)
    assert [one.text for one in incoming()] == ["price?", "And do you ship to Norway?", "delivery?"]
    assert Conversation.objects.get().waiting_since == incoming()[1].at
    counts()
    check_figures()


def test_what_is_younger_than_two_minutes_is_left_to_its_webhook(
    shop: Shop, time_passes: Clock
) -> None:
    time_passes(HOUR)
    loses(shop)
    looks(time_passes, MINUTE)
    assert incoming() == []
    looks(time_passes)
    assert len(incoming()) == 1


def test_what_is_at_our_door_already_is_left_to_it(shop: Shop, time_passes: Clock) -> None:
    shop.hears("price?")  # while no worker is there
    looks(time_passes, 3 * MINUTE)
    upkeep.look_soon(timezone.now())
    looks(time_passes, 2 * MINUTE)
    assert incoming() == []
    shop.works()
    assert shop.texts == ["Ten euros."]


def test_nobody_waits_for_what_was_answered_in_the_app(shop: Shop, time_passes: Clock) -> None:
    loses(shop)
    time_passes(MINUTE)
    mid = loses_echo(shop)
    looks(time_passes)
    [asked], [said] = incoming(), outgoing()
    assert (asked.verdict, asked.reason) == (Verdict.PAUSED, FOUND)
    assert (said.mid, said.origin, said.state, said.reason) == (mid, Origin.APP, State.SENT, "")
    talk = Conversation.objects.get()
    assert talk.waiting_since is None
    assert talk.bot_paused_until == said.at + 12 * HOUR, "as its echo would have"
    assert at_rest()


def test_the_thread_says_of_each_that_it_was_found_later(
    shop: Shop, time_passes: Clock, staff: Client
) -> None:
    loses(shop)
    time_passes(MINUTE)
    loses_echo(shop)
    time_passes(MINUTE)
    loses(shop, "And delivery?")
    looks(time_passes)
    shown = page(staff, Conversation.objects.get())
    assert shown.count(escape(FOUND)) == 3


def test_what_was_asked_after_that_waits(shop: Shop, time_passes: Clock) -> None:
    loses(shop, "price?")
    time_passes(MINUTE)
    loses_echo(shop)
    time_passes(MINUTE)
    loses(shop, "And delivery?")
    looks(time_passes)
    assert [one.verdict for one in incoming()] == [Verdict.PAUSED, Verdict.TOO_OLD]
    assert Conversation.objects.get().waiting_since == incoming()[1].at


def test_an_echo_that_never_came_answers_whoever_waits(shop: Shop, time_passes: Clock) -> None:
    shop.hears("What?")
    tuning.put("age_limit_minutes", "1")
    time_passes(10 * MINUTE)
    shop.works()
    assert Conversation.objects.get().waiting_since is not None
    loses_echo(shop)
    looks(time_passes)
    assert Conversation.objects.get().waiting_since is None
    assert at_rest()


def test_an_automatic_message_of_another_tool_answers_nobody(
    shop: Shop, time_passes: Clock
) -> None:
    loses(shop)
    loses_echo(shop, "We are on holiday.")  # at once
    looks(time_passes)
    assert outgoing()[0].reason.startswith("Sent within 5 seconds")
    assert Conversation.objects.get().waiting_since == incoming()[0].at


# Sends of ours whose outcome nobody knows


def is_unconfirmed(shop: Shop) -> None:
    """The bot's answer arrives, its response is lost, and no echo comes."""
    shop.graph.faults.append(RESET)
    shop.hears("price?")
    shop.works()
    assert [one.state for one in outgoing()] == [State.UNKNOWN]


def sends() -> list[tuple[str, str, str | None]]:
    return [(one.origin, one.state, one.mid) for one in outgoing()]


def test_our_own_send_that_the_thread_shows_is_confirmed(shop: Shop, time_passes: Clock) -> None:
    is_unconfirmed(shop)
    looks(time_passes)
    assert sends() == [(Origin.BOT, State.SENT, shop.graph.sent[0].mid)]
    looks(time_passes)
    assert len(outgoing()) == 1
    shop.works()
    assert at_rest()


def test_one_that_staff_did_not_want_resent_is_no_persons(shop: Shop, time_passes: Clock) -> None:
    is_unconfirmed(shop)
    by_staff.cancel(Message.objects.filter(origin=Origin.BOT), "anna")
    looks(time_passes)
    assert sends() == [(Origin.BOT, State.SENT, shop.graph.sent[0].mid)]
    assert Conversation.objects.get().bot_paused_until is None


def test_the_first_copy_of_one_that_was_resent_is_no_persons(
    shop: Shop, time_passes: Clock
) -> None:
    is_unconfirmed(shop)
    time_passes(20 * MINUTE)
    by_staff.resend(Message.objects.filter(origin=Origin.BOT), "anna")
    shop.works()
    assert shop.texts == ["Ten euros.", "Ten euros."]
    looks(time_passes)
    assert sends() == [(Origin.BOT, State.SENT, shop.graph.sent[1].mid)]


def test_a_private_reply_stands_in_another_conversation_than_its_comment(
    shop: Shop, time_passes: Clock
) -> None:
    ResponseRule.objects.filter(name="Price").update(for_comments=True)
    shop.graph.faults.append(RESET)
    comment(shop, "price?")
    [ours] = outgoing()
    assert (ours.kind, ours.state) == (PRIVATE_REPLY, State.UNKNOWN)
    mid = loses_echo(shop, ours.text, customer="990001")  # as Meta calls the writer in messages
    looks(time_passes)
    assert sends() == [(Origin.BOT, State.SENT, mid)]
    assert not Conversation.objects.filter(bot_paused_until__isnull=False).exists()
    assert not Conversation.objects.filter(waiting_since__isnull=False).exists()
    shop.works()
    assert at_rest()


def test_what_a_person_wrote_after_a_refusal_is_theirs(shop: Shop, time_passes: Clock) -> None:
    shop.graph.faults.append(error(551))
    shop.hears("price?")
    shop.works()
    assert [one.state for one in outgoing()] == [State.FAILED]
    mid = loses_echo(shop, "Ten euros.")
    looks(time_passes)
    assert sends() == [(Origin.BOT, State.FAILED, None), (Origin.APP, State.SENT, mid)]


# What staff wrote meanwhile


def test_staff_who_could_not_see_it_have_not_answered_it(shop: Shop, time_passes: Clock) -> None:
    shop.hears("What?")
    shop.works()
    time_passes(MINUTE)
    loses(shop, "And delivery?")
    time_passes(MINUTE)
    talk = Conversation.objects.get()
    by_staff.reply(talk.pk, "Hello!", "anna", "one")
    shop.works()
    looks(time_passes)
    found = incoming()[1]
    assert found.verdict == Verdict.TOO_OLD
    assert Conversation.objects.get().waiting_since == found.at
    by_staff.reply(talk.pk, "Tomorrow.", "anna", "two")
    shop.works()
    assert Conversation.objects.get().waiting_since is None
    assert at_rest()


def test_a_person_who_wrote_in_the_app_pauses_the_bot(shop: Shop, time_passes: Clock) -> None:
    loses_echo(shop, "Hello, this is Anna.")
    looks(time_passes)
    shop.hears("price?")
    shop.works()
    assert incoming()[0].verdict == Verdict.PAUSED
    assert len(shop.texts) == 1


def test_one_who_wrote_before_the_bot_was_resumed_does_not(shop: Shop, time_passes: Clock) -> None:
    shop.hears("price?")
    shop.works()
    time_passes(MINUTE)
    loses_echo(shop, "Hello, this is Anna.")
    time_passes(MINUTE)
    bot_pause.resume(Conversation.objects.get().pk)
    looks(time_passes)
    assert not Conversation.objects.get().bot_is_paused(timezone.now())


# Webhooks that come late, or tell half


def test_a_webhook_that_comes_late_has_it_answered_after_all(
    shop: Shop, time_passes: Clock
) -> None:
    mid, at = loses(shop), timezone.now()
    upkeep.look_soon(timezone.now())
    looks(time_passes, 5 * MINUTE)
    assert [one.verdict for one in incoming()] == [Verdict.TOO_OLD]
    shop.receives(text_body(CUSTOMER, "price?", mid, at.timestamp()))
    shop.works()
    assert shop.texts == ["Ten euros."]
    assert [one.verdict for one in incoming()] == [Verdict.ANSWERED]
    assert Conversation.objects.get().waiting_since is None
    shop.receives(text_body(CUSTOMER, "price?", mid, at.timestamp()))
    shop.works()
    assert len(shop.texts) == 1
    assert at_rest()


def test_but_not_after_a_persons_answer(shop: Shop, time_passes: Clock) -> None:
    mid, at = loses(shop), timezone.now()
    upkeep.look_soon(timezone.now())
    looks(time_passes, 5 * MINUTE)
    by_staff.reply(Conversation.objects.get().pk, "Ten.", "anna", "one")
    shop.works()
    bot_pause.resume(Conversation.objects.get().pk)
    shop.receives(text_body(CUSTOMER, "price?", mid, at.timestamp()))
    shop.works()
    assert shop.texts == ["Ten."]
    assert at_rest()


def test_nor_where_it_is_too_old_by_now(shop: Shop, time_passes: Clock) -> None:
    mid, at = loses(shop), timezone.now()
    looks(time_passes, DAY)
    shop.receives(text_body(CUSTOMER, "price?", mid, at.timestamp()))
    shop.works()
    assert shop.texts == []
    assert [one.verdict for one in incoming()] == [Verdict.TOO_OLD]
    assert Conversation.objects.get().waiting_since is not None
    assert at_rest()


def test_what_was_announced_and_never_brought_is_read_in_the_thread(
    shop: Shop, time_passes: Clock
) -> None:
    mid = loses(shop)
    shop.hears_item({"message_edit": {"mid": mid, "num_edit": 0}}, CUSTOMER)
    shop.works()
    time_passes(MINUTE)
    shop.works()
    assert [(one.text, one.verdict) for one in incoming()] == [("", Verdict.KEPT)]
    looks(time_passes)
    [found] = incoming()
    assert (found.kind, found.text, found.verdict, found.reason) == (
        "text", "price?", Verdict.TOO_OLD, FOUND,
    )  # fmt: skip
    assert Conversation.objects.get().waiting_since == found.at
    assert late.answer_late(Message.objects.all()) == 1
    shop.works()
    assert shop.texts == ["Ten euros."]
    assert at_rest()


# Under which ids


def forgets_ids() -> None:
    MissedLook.objects.update(recognised_at=None)


def threads_have_other_ids(shop: Shop) -> None:
    for heard in shop.graph.heard:
        heard.mid = f"other-{heard.mid}"
    for sent in shop.graph.sent:
        sent.mid = f"other-{sent.mid}"


def test_nothing_is_written_before_an_id_is_recognised(shop: Shop, time_passes: Clock) -> None:
    forgets_ids()
    loses(shop)
    row = looks(time_passes)
    assert incoming() == []
    assert row.recognised_at is None
    shop.hears("delivery?", customer="870002")
    shop.works()
    looks(time_passes)
    row = looks(time_passes, MINUTE)
    assert [one.text for one in incoming()] == ["price?", "delivery?"], (
        "what was missed before, too"
    )
    assert row.recognised_at is not None


def test_where_threads_have_ids_of_their_own_nothing_is_doubled(
    shop: Shop, time_passes: Clock
) -> None:
    forgets_ids()
    shop.hears("price?")
    shop.works()
    threads_have_other_ids(shop)
    for _ in range(3):
        row = looks(time_passes)
    assert row.recognised_at is None
    assert [len(incoming()), len(outgoing())] == [1, 1]


def test_the_same_words_in_the_same_second_are_the_same_message(
    shop: Shop, time_passes: Clock
) -> None:
    shop.hears("price?")
    shop.works()
    threads_have_other_ids(shop)
    looks(time_passes)
    assert [len(incoming()), len(outgoing())] == [1, 1]


# While it is walked


def test_a_thread_that_moves_to_the_top_meanwhile_loses_nothing(
    shop: Shop, time_passes: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.graph.listed_at_once = 1
    loses(shop, "Where is it?", customer="870002")
    time_passes(MINUTE)
    loses(shop, customer="870001")
    time_passes(HOUR)

    def writes_again() -> None:
        shop.hears("Hello?", customer="870002")
        shop.works()

    at_point(monkeypatch, "before a thread is compared", writes_again)
    looks(time_passes, MINUTE)
    looks(time_passes)
    assert "Where is it?" in {one.text for one in incoming()}


def test_a_page_that_meta_has_forgotten_begins_the_walk_anew(
    shop: Shop, time_passes: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walk, "BUDGET_SECONDS", -1.0)
    shop.graph.listed_at_once = 1
    for number in range(3):
        loses(shop, customer=f"87000{number}")
        time_passes(MINUTE)
    time_passes(HOUR)
    upkeep.look()
    upkeep.look()
    assert MissedLook.objects.get().place["after"] == "1"
    shop.graph.read_faults.append(error(100))
    row = looks(time_passes, MINUTE)
    assert len(incoming()) == 3
    assert (row.problem, row.place) == ("", {})


def test_what_is_left_at_a_door_that_is_too_full_is_found_later(
    shop: Shop, time_passes: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mids, "MOST_UNREAD", 1)
    loses(shop, "Where is it?", customer="870002")
    time_passes(MINUTE)
    for _ in range(2):
        shop.hears("price?")
    looked_at = MissedLook.objects.get().looked_at
    assert looks(time_passes).looked_at == looked_at
    assert incoming() == []
    shop.works()
    looks(time_passes)
    assert "Where is it?" in {one.text for one in incoming()}


def test_what_is_left_to_a_webhook_is_looked_at_again(shop: Shop, time_passes: Clock) -> None:
    shop.hears("price?")  # while no worker is there
    looked_at = MissedLook.objects.get().looked_at
    assert looks(time_passes).looked_at == looked_at
    WebhookEvent.objects.all().delete()
    looks(time_passes)
    assert len(incoming()) == 1


def test_staff_have_it_answered_by_the_rules(shop: Shop, time_passes: Clock) -> None:
    loses(shop)
    looks(time_passes)
    assert late.answer_late(Message.objects.all()) == 1
    shop.works()
    assert shop.texts == ["Ten euros."]
    [answered] = incoming()
    assert answered.verdict == Verdict.ANSWERED
    assert answered.found_at is not None


def test_what_another_app_handles_is_left_to_it(shop: Shop, time_passes: Clock) -> None:
    shop.hears("price?")
    shop.works()
    Conversation.objects.update(other_app_at=timezone.now())
    time_passes(MINUTE)
    loses(shop)
    looks(time_passes)
    assert (incoming()[1].verdict, incoming()[1].reason) == (Verdict.STANDBY, ANOTHER_APP)
    assert Conversation.objects.get().waiting_since is None


def test_a_customer_who_is_put_off_is_back(shop: Shop, time_passes: Clock) -> None:
    shop.hears("price?")
    shop.works()
    Conversation.objects.update(put_off_until=timezone.now() + DAY)
    time_passes(MINUTE)
    loses(shop)
    looks(time_passes)
    assert Conversation.objects.get().put_off_until is None


# What went does not come back


def test_what_was_unsent_does_not_come_back(shop: Shop, time_passes: Clock) -> None:
    mid = shop.hears("price?")
    shop.works()
    unsends(shop, mid)
    before = list(Message.objects.values())
    looks(time_passes)  # Instagram still shows it
    assert list(Message.objects.values()) == before


def test_what_was_deleted_for_its_age_does_not_come_back(shop: Shop, time_passes: Clock) -> None:
    shop.hears("price?")
    shop.works()
    time_passes(MONTH)
    keep(messages=30)
    retention_looks()
    keep(messages=0)
    assert not Conversation.objects.exists()
    MissedLook.objects.update(looked_at=timezone.now() - 2 * MONTH)
    loses(shop, "Hello again")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(upkeep, "FARTHEST", 3 * MONTH)
        looks(time_passes)
    assert [one.text for one in incoming()] == ["Hello again"]


def test_nor_does_its_customer(shop: Shop, time_passes: Clock) -> None:
    shop.hears("price?")
    shop.works()
    time_passes(MONTH)
    keep(messages=30)
    retention_looks()
    keep(messages=0)
    MissedLook.objects.update(looked_at=timezone.now() - 2 * MONTH)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(upkeep, "FARTHEST", 3 * MONTH)
        looks(time_passes)
    assert not Conversation.objects.exists()


def test_what_is_from_before_our_time_was_never_missed(shop: Shop, time_passes: Clock) -> None:
    MissedLook.objects.all().delete()
    loses(shop, "long ago")
    time_passes(HOUR)
    upkeep.look()  # the first one
    knows_ids()
    time_passes(MINUTE)
    loses(shop, "today")
    looks(time_passes)
    assert [one.text for one in incoming()] == ["today"]


# At the same moment


def test_a_webhook_that_comes_meanwhile_is_not_doubled(
    shop: Shop, time_passes: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    mid, at = loses(shop), timezone.now()

    def comes() -> None:
        shop.receives(text_body(CUSTOMER, "price?", mid, at.timestamp()))
        shop.works()

    at_point(monkeypatch, "before what is missing is written", comes)
    upkeep.look_soon(timezone.now())
    looks(time_passes, 5 * MINUTE)
    looks(time_passes)
    assert len(incoming()) == 1
    assert (incoming()[0].verdict, incoming()[0].found_at) == (Verdict.ANSWERED, None)
    assert shop.texts == ["Ten euros."]
    assert at_rest()


@pytest.mark.parametrize("point", RECOVERY)
def test_a_webhook_that_comes_at_any_point_is_not_doubled(
    shop: Shop, time_passes: Clock, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    mid, at = loses(shop), timezone.now()

    def comes() -> None:
        try:
            shop.receives(text_body(CUSTOMER, "price?", mid, at.timestamp()))
            shop.works()
        finally:
            connection.close()

    other = threading.Thread(target=comes)

    def begins_to_come() -> None:
        other.start()
        other.join(0.3)  # it may have to wait for the transaction that is open here

    at_point(monkeypatch, point, begins_to_come)
    looks(time_passes)
    other.join(20)
    comes()
    assert len(incoming()) == 1
    assert len(shop.texts) == (incoming()[0].verdict == Verdict.ANSWERED)
    assert at_rest()


@pytest.mark.parametrize("point", RECOVERY)
def test_a_worker_that_dies_at_any_point_is_followed_by_another(
    shop: Shop, time_passes: Clock, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    for number in range(3):
        loses(shop, customer=f"87000{number}")
    time_passes(HOUR)
    at_point(monkeypatch, point, dies)
    with pytest.raises(KilledError):
        upkeep.look()
    before = len(incoming())
    upkeep.look()
    assert len(incoming()) == before, "the dead one has its lease still"
    looks(time_passes, MINUTE)
    assert len(incoming()) == 3
    assert at_rest()


def test_of_two_workers_one_looks(
    shop: Shop, time_passes: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    loses(shop)
    time_passes(HOUR)
    at_point(monkeypatch, "before a thread is compared", upkeep.look)
    upkeep.look()
    assert len(calls(shop)) == 2
    assert len(incoming()) == 1


def test_a_worker_that_was_thought_dead_leaves(
    shop: Shop, time_passes: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    loses(shop)
    time_passes(HOUR)

    def another_takes_over() -> None:
        time_passes(MINUTE)
        upkeep.look()

    at_point(monkeypatch, "before a thread is compared", another_takes_over)
    upkeep.look()
    assert len(incoming()) == 1
    row = MissedLook.objects.get()
    assert row.found_since(timezone.now() - DAY) == 1
    assert row.leased_until is None
    assert at_rest()


# Pages, rates and what goes wrong


def test_all_pages_are_read(shop: Shop, time_passes: Clock) -> None:
    shop.graph.listed_at_once = 2
    for number in range(5):
        loses(shop, customer=f"87000{number}")
    looks(time_passes)
    assert len(incoming()) == 5
    assert sum("updated_time" in one for one in calls(shop)) == 3


def test_pages_of_threads_in_which_nothing_was_said_are_not_read(
    shop: Shop, time_passes: Clock
) -> None:
    shop.graph.listed_at_once = 2
    for number in range(6):
        loses(shop, customer=f"87000{number}")
    looks(time_passes)
    shop.graph.calls.clear()
    loses(shop, customer="870009")
    looks(time_passes)
    assert len(calls(shop)) == 3, "a page, the thread of today, and a page without any"


def test_what_the_budget_does_not_allow_is_read_in_the_next_bite(
    shop: Shop, time_passes: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walk, "BUDGET_SECONDS", -1.0)
    shop.graph.listed_at_once = 2
    for number in range(5):
        loses(shop, customer=f"87000{number}")
    looks(time_passes)
    assert len(incoming()) == 5
    assert sum("aWdfThread" in one for one in calls(shop)) == 5, "each thread once"


def test_two_calls_a_second_are_not_exceeded(shop: Shop, time_passes: Clock) -> None:
    for number in range(3):
        loses(shop, customer=f"87000{number}")
    time_passes(HOUR)
    Account.objects.update(next_look_at=timezone.now() + HOUR)  # Meta asked for that
    upkeep.look()
    assert calls(shop) == []
    assert MissedLook.objects.get().leased_until is None
    looks(time_passes)
    assert len(incoming()) == 3


def test_a_throttled_look_goes_on_later(shop: Shop, time_passes: Clock) -> None:
    loses(shop)
    shop.graph.read_faults.extend([NO_FAULT, error(613, status=400)])
    row = looks(time_passes)
    assert "slow down" in row.problem
    assert len(calls(shop)) == 2
    upkeep.look()
    assert len(calls(shop)) == 2, "and asks nothing meanwhile"
    row = looks(time_passes, 6 * MINUTE)
    assert len(incoming()) == 1
    assert (row.problem, row.failed_at) == ("", None)


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (error(190, 463), "The access token has expired: reconnect the account."),
        (error(10), "The app is missing a permission"),
        (error(200, 2534041), "In the Instagram app, turn on"),
        (error(36103), "it must be a professional account"),
        (error(2, status=500), upkeep.UNREADABLE),
        (HTML_502, upkeep.UNREADABLE),
        ((200, "text/html", b"<html>Log in</html>"), upkeep.UNREADABLE),
        (HANG, upkeep.UNREADABLE),
        (RESET, upkeep.UNREADABLE),
    ],
    ids=["190", "permission", "access to messages", "kind", "500", "502", "html", "hangs", "cut"],
)
def test_what_cannot_be_read_is_said_and_looked_for_again(
    shop: Shop, time_passes: Clock, fault: object, says: str
) -> None:
    loses(shop)
    looked_at = MissedLook.objects.get().looked_at
    shop.graph.read_faults.append(fault)  # type: ignore[arg-type]
    row = looks(time_passes)
    assert says in row.problem
    assert row.looked_at == looked_at
    assert incoming() == []
    row = looks(time_passes, 11 * MINUTE)
    assert len(incoming()) == 1
    assert row.problem == ""


def test_one_thread_that_cannot_be_read_does_not_stop_the_others(
    shop: Shop, time_passes: Clock
) -> None:
    loses(shop, customer="870001")
    time_passes(MINUTE)
    loses(shop, customer="870002")
    for _ in range(walk.TRIES):
        shop.graph.read_faults.extend([NO_FAULT, HTML_502])
        looks(time_passes)
    looks(time_passes)
    assert [one.conversation.customer_id for one in incoming()] == ["870001"]
    assert MissedLook.objects.get().left_out == 1


def test_a_message_without_details_is_left_out(shop: Shop, time_passes: Clock) -> None:
    for number in range(25):
        loses(shop, f"Question {number}")
    looks(time_passes)
    assert len(incoming()) == 20, "Meta tells of no more"
    assert any("fields=messages.limit(20)" in one for one in shop.graph.calls)


# When


def test_it_can_be_switched_off(shop: Shop, time_passes: Clock) -> None:
    tuning.put("missed_minutes", "0")
    loses(shop)
    looks(time_passes, DAY)
    assert calls(shop) == []
    tuning.put("missed_minutes", "60")
    looks(time_passes)
    assert len(incoming()) == 1


def test_after_an_hour_of_silence_it_is_looked_once(shop: Shop, time_passes: Clock) -> None:
    tuning.put("missed_minutes", "1440")
    shop.hears("price?")
    shop.works()
    silence.tend()
    time_passes(MINUTE)
    loses(shop)
    looks(time_passes, 50 * MINUTE)
    assert calls(shop) == []
    looks(time_passes, 15 * MINUTE)
    assert len(incoming()) == 2
    asked = len(calls(shop))
    looks(time_passes)
    assert len(calls(shop)) == asked


def test_a_lively_account_hides_no_silent_one(
    shop: Shop, second: Account, time_passes: Clock
) -> None:
    tuning.put("missed_minutes", "1440")
    upkeep.look()
    for account in (ACCOUNT, SECOND):
        shop.receives(batch((account, item(account, "870001", message=text(f"m{account}")))))
    shop.works()
    silence.tend()
    time_passes(2 * HOUR)
    shop.hears("price?", mid="lively")
    shop.works()
    silence.tend()
    upkeep._heed_silence(timezone.now())
    due = MissedLook.objects.exclude(due_at=None).values_list("pk", flat=True)
    assert list(due) == [second.pk]


def test_an_account_that_is_disconnected_is_not_read(shop: Shop, time_passes: Clock) -> None:
    loses(shop)
    Account.objects.update(active=False)
    looks(time_passes)
    assert calls(shop) == []


def test_nothing_is_read_before_it_is_known_who_we_are(shop: Shop, time_passes: Clock) -> None:
    loses(shop)
    Account.objects.update(instagram_id="", identified_by="")
    looks(time_passes)
    assert calls(shop) == []
    account_pause.look_after()
    looks(time_passes)
    assert len(incoming()) == 1


# Several accounts


def test_each_account_has_its_own_messages(shop: Shop, second: Account, time_passes: Clock) -> None:
    upkeep.look()
    knows_ids()
    time_passes(MINUTE)
    loses(shop, "to A")
    loses(shop, "to B", customer="870002", account=SECOND)
    time_passes(HOUR)
    for _ in range(2):
        upkeep.look()
    assert told() == [("A", "customer", "to A"), ("B", "customer", "to B")]
    MissedLook.objects.update(looked_at=timezone.now() - DAY)
    for _ in range(2):
        upkeep.look()
    assert len(incoming()) == 2


def test_trouble_of_one_account_is_not_the_others(
    shop: Shop, second: Account, time_passes: Clock
) -> None:
    upkeep.look()
    knows_ids()
    time_passes(MINUTE)
    loses(shop, "to A")
    loses(shop, "to B", customer="870002", account=SECOND)
    shop.graph.refused[TOKEN] = error(190)
    time_passes(HOUR)
    for _ in range(3):
        upkeep.look()
    assert told() == [("A", "customer", "to A")]
    problems = MissedLook.objects.order_by("pk").values_list("problem", flat=True)
    assert [bool(problem) for problem in problems] == [False, True]


def test_accounts_take_turns(
    shop: Shop, second: Account, time_passes: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    upkeep.look()
    knows_ids()
    time_passes(MINUTE)
    for number in range(3):
        loses(shop, "to A", customer=f"87000{number}")
    loses(shop, "to B", customer="870009", account=SECOND)
    monkeypatch.setattr(walk, "BUDGET_SECONDS", -1.0)
    time_passes(HOUR)
    for _ in range(2):
        upkeep.look()
        time_passes(MINUTE)
    assert {account for account, *_ in told()} == {"A", "B"}


def test_a_paused_account_is_in_no_other_ones_way(
    shop: Shop, second: Account, time_passes: Clock
) -> None:
    upkeep.look()
    knows_ids()
    time_passes(MINUTE)
    loses(shop, "to B", customer="870002", account=SECOND)
    Account.objects.filter(pk=1).update(paused_until=timezone.now() + DAY)
    time_passes(HOUR)
    upkeep.look()
    assert told() == [("B", "customer", "to B")]
