"""The last messages of recent conversations are brought in: as history, in bites, once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from conversations.account import setup
from conversations.models import (
    HISTORY,
    Account,
    Conversation,
    HistoryImport,
    MissedLook,
    Origin,
    State,
    Verdict,
)
from conversations.recovery import history, upkeep, walk
from shop import tuning
from tests.support.clock import Clock
from tests.support.figures import check_figures
from tests.support.graph import HTML_502, NO_FAULT, error
from tests.support.missed import DAY, HOUR, MINUTE, begins, loses, loses_echo
from tests.support.points import RECOVERY, KilledError, at_point, dies
from tests.support.retention import counts, keep
from tests.support.shop import Shop, at_rest, incoming, outgoing


@pytest.fixture(autouse=True)
def _before_our_time(shop: Shop, time_passes: Clock) -> None:
    """A customer and the shop talked; an hour later the account is connected."""
    loses(shop, "price?")
    time_passes(MINUTE)
    loses_echo(shop, "Ten.")
    time_passes(MINUTE)
    loses(shop, "delivery?", customer="870002")
    time_passes(HOUR)
    begins(time_passes)


def imports(time_passes: Clock, after: timedelta = MINUTE) -> HistoryImport:
    history.want(1, "anna")
    return goes_on(time_passes, after)


def goes_on(time_passes: Clock, after: timedelta = MINUTE) -> HistoryImport:
    time_passes(after)
    for _ in range(20):
        upkeep.look()
        row = HistoryImport.objects.get()
        if row.is_over or row.problem:
            break
    return row


def test_it_is_brought_in_and_nobody_is_answered(shop: Shop, time_passes: Clock) -> None:
    row = imports(time_passes)
    assert (row.is_over, row.threads, row.messages) == (True, 2, 3)
    assert {(one.verdict, one.reason, one.found_at) for one in incoming()} == {
        (Verdict.KEPT, HISTORY, None)
    }
    [said] = outgoing()
    assert (said.text, said.origin, said.state) == ("Ten.", Origin.APP, State.SENT)
    shop.works()
    assert shop.texts == ["Ten."], "which a person wrote"
    talks = Conversation.objects.all()
    assert {talk.waiting_since for talk in talks} == {None}
    assert {talk.bot_paused_until for talk in talks} == {None}
    assert all(talk.last_inbound_at for talk in talks)
    assert at_rest()


def test_it_is_in_no_figure(shop: Shop, time_passes: Clock) -> None:
    from conversations.statistics import period

    imports(time_passes)
    counts()
    check_figures()
    today = timezone.localdate()
    days = period.of_shop(today - 2 * DAY, today + DAY)
    assert sum(day.received + day.staff_messages for day in days) == 0


def test_nothing_is_brought_in_that_nobody_wanted(shop: Shop, time_passes: Clock) -> None:
    time_passes(HOUR)
    upkeep.look()
    assert incoming() == []


def test_twice_brings_it_in_once(shop: Shop, time_passes: Clock) -> None:
    imports(time_passes)
    row = imports(time_passes)
    assert (row.is_over, row.messages) == (True, 0)
    assert len(incoming()) == 2


def test_while_it_goes_on_it_is_not_begun_anew(shop: Shop) -> None:
    assert history.want(1, "anna")
    assert not history.want(1, "boris")
    assert HistoryImport.objects.get().by == "anna"


def test_what_is_missed_since_is_found_and_waits(shop: Shop, time_passes: Clock) -> None:
    loses(shop, "And now?")
    imports(time_passes, 5 * MINUTE)
    assert "And now?" not in {one.text for one in incoming()}
    time_passes(HOUR)
    upkeep.look()
    newest = incoming()[-1]
    assert (newest.text, newest.verdict) == ("And now?", Verdict.TOO_OLD)


def test_what_would_be_deleted_right_away_is_not_brought_in(shop: Shop, time_passes: Clock) -> None:
    keep(messages=7)
    history.want(1, "anna")
    row = goes_on(time_passes, 8 * DAY)
    assert (row.is_over, row.messages) == (True, 0)


def test_what_is_older_than_a_month_stays_there(shop: Shop, time_passes: Clock) -> None:
    time_passes(31 * DAY)
    assert imports(time_passes).messages == 0


def test_it_goes_on_in_bites(
    shop: Shop, time_passes: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walk, "BUDGET_SECONDS", -1.0)
    history.want(1, "anna")
    upkeep.look()
    assert HistoryImport.objects.get().threads == 1
    assert goes_on(time_passes).messages == 3


@pytest.mark.parametrize("point", RECOVERY)
def test_it_goes_on_after_a_kill(
    shop: Shop, time_passes: Clock, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    history.want(1, "anna")
    at_point(monkeypatch, point, dies)
    with pytest.raises(KilledError):
        upkeep.look()
    assert goes_on(time_passes).is_over
    assert len(incoming()) == 2
    assert at_rest()


@pytest.mark.parametrize(
    ("fault", "says"),
    [(HTML_502, upkeep.UNREADABLE), (error(190), "reconnect"), (error(4), "slow down")],
    ids=["html", "190", "throttled"],
)
def test_what_stops_it_is_said_and_it_goes_on_later(
    shop: Shop, time_passes: Clock, fault: object, says: str
) -> None:
    shop.graph.read_faults.extend([NO_FAULT, fault])  # type: ignore[list-item]
    row = imports(time_passes)
    assert says in row.problem
    assert not row.is_over
    row = goes_on(time_passes, 11 * MINUTE)
    assert (row.is_over, row.problem, row.messages) == (True, "", 3)


def test_a_thread_that_moves_to_the_top_meanwhile_loses_nothing(
    shop: Shop, time_passes: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.graph.listed_at_once = 1

    def writes_again() -> None:
        time_passes(MINUTE)
        shop.hears("Hello?", customer="870001")
        shop.works()

    at_point(monkeypatch, "before a thread is compared", writes_again)
    row = imports(time_passes)
    assert (row.is_over, row.threads, row.messages) == (True, 2, 3)


def test_a_page_that_meta_has_forgotten_begins_it_anew(
    shop: Shop, time_passes: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walk, "BUDGET_SECONDS", -1.0)
    shop.graph.listed_at_once = 1
    history.want(1, "anna")
    upkeep.look()
    upkeep.look()
    assert HistoryImport.objects.get().place["after"] == "1"
    shop.graph.read_faults.append(error(100))
    row = goes_on(time_passes)
    assert (row.is_over, row.problem, row.messages) == (True, "", 3)


def test_where_nobody_looks_it_goes_up_to_now(shop: Shop, time_passes: Clock) -> None:
    tuning.put("missed_minutes", "0")
    loses(shop, "And now?")
    imports(time_passes, 5 * MINUTE)
    assert incoming()[-1].text == "And now?"


def test_whoever_was_put_off_stays_so(shop: Shop, time_passes: Clock) -> None:
    talk = Conversation.objects.create(account_id=1, customer_id="870001")
    Conversation.objects.update(put_off_until=timezone.now() + DAY)
    imports(time_passes)
    talk.refresh_from_db()
    assert talk.put_off_until is not None
    assert talk.last_inbound_at is not None


def test_what_it_brings_is_not_the_first_webhook(shop: Shop, time_passes: Clock) -> None:
    account = Account.objects.get(pk=1)
    imports(time_passes)
    assert setup.first_message(account, 0) is None
    shop.hears("Hello")
    shop.works()
    found = setup.first_message(account, 0)
    assert found is not None
    assert found.text == "Hello"


def test_a_disconnected_account_is_not_read(shop: Shop, time_passes: Clock) -> None:
    history.want(1, "anna")
    Account.objects.update(active=False)
    time_passes(MINUTE)
    upkeep.look()
    assert HistoryImport.objects.get().threads == 0
    assert MissedLook.objects.count() == 1
