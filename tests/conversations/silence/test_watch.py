"""A silence is noticed, Instagram is asked over HTTP, and its answer says who is rung for."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from backoffice.reach import within
from conversations.account import connection
from conversations.account.connection import NewToken
from conversations.models import FIRST, Account, AccountDay, Message, SilenceWatch
from conversations.silence import confirmation, watch
from conversations.silence.quiet import Quiet
from conversations.statistics import upkeep as figures
from instagram.client import Identity
from instagram.kinds import Kind
from shop import tuning
from tests.support.accounts import SECOND
from tests.support.clock import Clock, move_to
from tests.support.graph import ACCOUNT, HANG, HTML_502, error
from tests.support.missed import begins, looks, loses, loses_echo
from tests.support.shop import Shop
from tests.support.weeks import remember

pytestmark = pytest.mark.once

HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
Answer = SilenceWatch.Answer


@pytest.fixture(autouse=True)
def _weeks(shop: Shop, time_passes: Clock) -> None:
    """It is 9:20, two customers begin to write each hour from 8 to 20, and one has just done so."""
    tuning.put("missed_minutes", "0")
    begins(time_passes)
    move_to(9, time_passes)
    remember()
    watch.tend()
    shop.hears("price?")
    shop.works()
    figures.look()


def quiet() -> Quiet:
    [found] = watch.look()
    return found


def calls(shop: Shop) -> list[str]:
    """The calls that read threads."""
    return [one for one in shop.graph.calls if "aWdfThread" in one or "updated_time" in one]


def test_a_usual_pause_is_no_silence(shop: Shop, time_passes: Clock) -> None:
    time_passes(80 * MINUTE)
    watch.tend()
    assert watch.look() == []
    assert calls(shop) == []


def test_where_the_inbox_has_nothing_either_it_is_a_quiet_day(
    shop: Shop, time_passes: Clock
) -> None:
    time_passes(2 * HOUR)
    assert quiet().answer == "", "nobody has asked"
    assert not quiet().rings
    watch.tend()
    found = quiet()
    assert (found.answer, found.rings, found.next) == (Answer.NOTHING, False, "")
    assert found.says.endswith("There is nothing in the Instagram inbox either: a quiet day.")
    assert "4 customers usually begin to write in such a time." in found.says
    assert found.account.pk == FIRST
    assert found.expected == pytest.approx(4, abs=0.1)
    assert "updated_time" in calls(shop)[0]


def test_however_long_a_quiet_day_rings_for_nobody(shop: Shop, time_passes: Clock) -> None:
    for _ in range(6):
        time_passes(DAY)
        watch.tend()
        assert (quiet().answer, quiet().rings) == (Answer.NOTHING, False)


def test_messages_that_no_webhook_brought_ring(shop: Shop, time_passes: Clock) -> None:
    for number in range(3):
        time_passes(30 * MINUTE)
        loses(shop, customer=f"87010{number}")
    time_passes(HOUR)
    watch.tend()
    found = quiet()
    assert (found.answer, found.lost, found.rings) == (Answer.LOST, 3, True)
    assert "3 messages are in the Instagram inbox that no webhook brought." in found.says
    assert "manage.py doctor --fix" in found.next
    assert Message.objects.filter(origin="customer").count() == 1, "asking writes nothing down"


def test_one_is_said_as_one(shop: Shop, time_passes: Clock) -> None:
    time_passes(HOUR)
    loses(shop, customer="870100")
    time_passes(HOUR)
    watch.tend()
    assert "1 message is in the Instagram inbox that no webhook brought." in quiet().says


def test_what_we_said_ourselves_is_nothing_that_came(shop: Shop, time_passes: Clock) -> None:
    time_passes(HOUR)
    loses_echo(shop)
    time_passes(2 * HOUR)
    watch.tend()
    assert quiet().answer == Answer.NOTHING
    assert "aWdfThread" in calls(shop)[-1], "it was read all the same"


def test_the_next_message_that_a_webhook_brings_ends_it(shop: Shop, time_passes: Clock) -> None:
    loses(shop, customer="870100")
    shop.graph.heard[-1].at += 60
    time_passes(2 * HOUR)
    watch.tend()
    assert quiet().rings
    shop.hears("delivery?", customer="870101")
    shop.works()
    assert watch.look() == []
    time_passes(2 * HOUR)
    assert quiet().answer == "", "what was said of the earlier silence says nothing of this one"


def test_what_the_look_for_missed_messages_found_is_known_without_a_call(
    shop: Shop, time_passes: Clock
) -> None:
    tuning.put("missed_minutes", "60")
    time_passes(HOUR)
    loses(shop, customer="870100")
    looks(time_passes)
    assert Message.objects.exclude(found_at=None).count() == 1
    made = len(calls(shop))
    watch.tend()
    assert (quiet().answer, quiet().lost, quiet().rings) == (Answer.LOST, 1, True)
    assert len(calls(shop)) == made


def test_what_is_at_our_door_is_the_workers_to_read(shop: Shop, time_passes: Clock) -> None:
    time_passes(HOUR)
    shop.hears("delivery?", customer="870101")  # and no worker reads it
    time_passes(HOUR)
    watch.tend()
    found = quiet()
    assert (found.answer, found.rings) == (Answer.WAITING, False)
    assert "the lines Worker and Work" in found.next


@pytest.mark.parametrize("fault", [HTML_502, HANG, error(10), error(613)])
def test_where_instagram_cannot_be_asked_the_silence_itself_must_be_no_chance(
    shop: Shop, time_passes: Clock, fault: Any
) -> None:
    time_passes(2 * HOUR)
    shop.graph.read_faults.append(fault)
    watch.tend()
    found = quiet()
    assert (found.answer, found.rings) == (Answer.UNREAD, False)
    assert "The Instagram inbox could not be read: " in found.says
    time_passes(2 * DAY)
    shop.graph.read_faults.append(fault)
    watch.tend()
    found = quiet()
    assert (found.answer, found.rings) == (Answer.UNREAD, True)
    assert "Write to the account from another phone." in found.next


def test_a_paused_account_is_not_asked_for(shop: Shop, time_passes: Clock) -> None:
    time_passes(2 * DAY)
    until = timezone.now() + HOUR
    Account.objects.update(paused_until=until, pause="broken", pause_reason="Log in again.")
    made = len(shop.graph.calls)
    watch.tend()
    assert quiet().says.endswith("could not be read: the account is paused: Log in again.")
    assert quiet().rings
    assert len(shop.graph.calls) == made


def test_asking_is_bounded(shop: Shop, time_passes: Clock) -> None:
    time_passes(2 * HOUR)
    for _ in range(30):
        watch.tend()
        time_passes(MINUTE)
    assert len([one for one in calls(shop) if "updated_time" in one]) == 2


def test_of_two_workers_one_asks(
    shop: Shop, time_passes: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    time_passes(2 * HOUR)
    ask = confirmation.ask

    def beside(*given: Any) -> Any:
        monkeypatch.setattr(confirmation, "ask", ask)
        watch.tend()  # another worker, at the same time
        return ask(*given)

    monkeypatch.setattr(confirmation, "ask", beside)
    watch.tend()
    assert len([one for one in calls(shop) if "updated_time" in one]) == 1
    assert quiet().answer == Answer.NOTHING


def test_where_there_is_no_slot_it_is_asked_a_minute_later(
    shop: Shop, time_passes: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: time_passes(timedelta(seconds=seconds)))
    time_passes(2 * HOUR)
    Account.objects.update(next_look_at=timezone.now() + 30 * timedelta(seconds=1))
    watch.tend()
    assert quiet().answer == ""
    time_passes(MINUTE)
    watch.tend()
    assert quiet().answer == Answer.NOTHING


def test_in_the_first_seven_days_nobody_is_rung_for(shop: Shop, time_passes: Clock) -> None:
    AccountDay.objects.filter(day__lt=timezone.now().date() - 6 * DAY).delete()
    loses(shop, customer="870100")
    shop.graph.heard[-1].at += 60
    time_passes(6 * HOUR)
    watch.tend()
    assert watch.look() == []
    assert calls(shop) == []
    time_passes(2 * DAY)
    watch.tend()
    assert quiet().rings


def test_while_nobody_of_us_was_there_nothing_could_come(shop: Shop, time_passes: Clock) -> None:
    loses(shop, customer="870100")
    time_passes(5 * HOUR)
    watch.begin_anew(timezone.now())
    watch.tend()
    assert watch.look() == []
    time_passes(2 * HOUR)
    watch.tend()
    assert quiet().answer == Answer.NOTHING, "what was written before is no sign of a silence now"


def test_a_disconnected_account_is_not_watched_and_then_begins_anew(
    shop: Shop, time_passes: Clock
) -> None:
    connection.disconnect(FIRST, "anna")
    time_passes(3 * DAY)
    watch.tend()
    assert watch.look() == []
    assert not SilenceWatch.objects.exists()
    shop.graph.me_of["IGAA-new"] = {"id": "917", "user_id": ACCOUNT, "username": "shop"}
    connection.connect(Identity(ACCOUNT, "917", "shop"), NewToken("IGAA-new", Kind.INSTAGRAM))
    watch.tend()
    assert watch.look() == []
    time_passes(2 * HOUR)
    assert [one.account.pk for one in watch.look()] == [FIRST]


def test_the_bots_switch_changes_nothing(shop: Shop, time_passes: Clock) -> None:
    Account.objects.update(bot_off_by="anna", bot_off_at=timezone.now())
    time_passes(2 * HOUR)
    watch.tend()
    assert quiet().answer == Answer.NOTHING
    shop.hears("price?", customer="870102")
    shop.works()
    assert watch.look() == []


def test_the_last_message_is_known_though_retention_has_deleted_it(
    shop: Shop, time_passes: Clock
) -> None:
    watch.tend()
    heard_at = SilenceWatch.objects.get().heard_at
    assert heard_at == Message.objects.get(origin="customer").at
    Message.objects.all().delete()
    time_passes(2 * HOUR)
    assert quiet().since == heard_at


def test_each_account_is_judged_by_its_own_weeks(
    shop: Shop, second: Account, time_passes: Clock
) -> None:
    watch.tend()
    remember(account=second.pk, starts=(0,) * 23 + (1,))
    time_passes(2 * HOUR)
    watch.tend()
    assert [one.account.pk for one in watch.look()] == [FIRST]
    time_passes(4 * DAY)
    loses(shop, customer="870200", account=SECOND)
    time_passes(HOUR)
    watch.tend()
    told = {one.account.pk: (one.answer, one.rings) for one in watch.look()}
    assert told == {FIRST: (Answer.NOTHING, False), second.pk: (Answer.LOST, True)}
    with within([FIRST]):
        assert [one.account.pk for one in watch.look()] == [FIRST]


def test_the_accounts_page_says_it(shop: Shop, time_passes: Clock, staff: Client) -> None:
    time_passes(2 * HOUR)
    watch.tend()
    page = staff.get(f"/admin/conversations/account/{FIRST}/change/").content.decode()
    assert "There is nothing in the Instagram inbox either: a quiet day." in page
