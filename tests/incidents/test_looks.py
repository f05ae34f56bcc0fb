"""From the fault to the message that somebody gets, and to its end: each kind of incident.

The faults are as they come: Meta's stand-in refuses, webhooks are signed with a wrong secret, rows
are as a dead process leaves them. What needs processes of its own is in test_faults.py.
"""

import shutil
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from conversations import engine
from conversations.account import identity
from conversations.account import pause as account_pause
from conversations.models import FIRST, Account, Conversation, Message, SilenceWatch, Worker
from incidents import database, probe, pulse, watch
from incidents.models import Contact, Incident, Presence, Probe
from incidents.outage import Outage
from incidents.troubles import Level
from rules.models import ResponseRule
from tests.incidents.conftest import Looks
from tests.support.accounts import SECOND, batch, item, text
from tests.support.clock import Clock
from tests.support.graph import HTML_502, RESET, error, text_body
from tests.support.receiver import Receiver
from tests.support.service import ON_POSTGRES
from tests.support.shop import Shop
from tests.support.talks import ask, make_conversation, say
from tests.support.valkey import Valkey, bell_at
from tests.support.weeks import remember
from webhooks import knocks
from webhooks.models import WebhookEvent
from workqueue import bell

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def _well(shop: Shop, anna: Contact) -> None:
    """A shop of which nothing is wrong, and somebody who is told."""
    account_pause.look_after()
    Worker.objects.create(name="host:1", seen_at=timezone.now())
    knocks.forget()


def names(kind: str, receiver: Receiver, looks: Looks, *, level: str = Level.URGENT) -> str:
    """Look until the incident is open; return what its message says."""
    assert kind in [*looks(), *looks()]
    row = Incident.objects.get(kind=kind)
    assert row.level == level
    [told] = [one for one in receiver.messages if row.title in one["title"]]
    assert f"What to do: {row.next_step}" in told["message"]
    return f"{told['title']} {told['message']}"


def ends(kind: str, receiver: Receiver, looks: Looks) -> None:
    """Look until the incident is over; its end is told."""
    for _ in range(3):
        still = looks()
    assert kind not in still
    assert any(title.startswith("instabot: over: ") for title in receiver.titles)


def test_where_nothing_is_wrong_nothing_is_said(receiver: Receiver, looks: Looks) -> None:
    assert [looks(), looks(), looks()] == [[], [], []]
    assert receiver.titles == []
    assert not Incident.objects.exists()


# Accounts


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        (error(190), "does not accept our login"),
        (error(200, 2534041), "does not accept our login"),
        (error(368, 1390008), "has blocked its messages"),
    ],
)
def test_an_account_that_cannot_send(
    shop: Shop, receiver: Receiver, looks: Looks, refusal: Any, words: str
) -> None:
    shop.graph.faults.append(refusal)
    shop.hears("price")
    shop.works()
    said = names("account", receiver, looks)
    assert words in said
    assert "1 message waits." in said
    account_pause.end(Account.objects.get().pk)
    shop.works()
    ends("account", receiver, looks)


def test_a_short_throttle_is_no_incident_and_a_long_one_is(
    shop: Shop, receiver: Receiver, looks: Looks
) -> None:
    pk = Account.objects.get().pk
    account_pause.throttled(pk, 60, "Busy.", first_again=False)
    assert [looks(), looks()] == [[], []]
    account_pause.throttled(pk, 3600, "Busy.", first_again=True)
    assert "asks us to slow down" in names("account", receiver, looks)


def test_a_token_that_has_ended_is_found_where_nobody_writes(
    shop: Shop, receiver: Receiver, looks: Looks, time_stands: Clock
) -> None:
    probe.look()
    assert looks() == []
    shop.graph.always = error(190)
    time_stands(3 * MINUTE)
    probe.look()  # it was asked a short while ago
    assert looks() == []
    time_stands(2 * MINUTE)
    Worker.objects.update(seen_at=timezone.now())
    probe.look()
    assert "does not accept our login" in names("account", receiver, looks)
    shop.graph.always = None
    account_pause.look_after()
    ends("account", receiver, looks)


def test_instagram_is_out_of_reach_for_a_minute(
    shop: Shop, receiver: Receiver, looks: Looks, settings: Settings, time_stands: Clock
) -> None:
    there, settings.GRAPH_API_URL = settings.GRAPH_API_URL, "http://127.0.0.1:9"
    identity.forget_clients()
    shop.hears("price")
    shop.works()
    assert Account.objects.get().pause == "unreachable"
    assert looks() == []  # it may be over in a moment
    time_stands(46 * timedelta(seconds=1))
    shop.works()
    Worker.objects.update(seen_at=timezone.now())
    said = names("unreachable", receiver, looks)
    assert "1 message waits." in said
    settings.GRAPH_API_URL = there
    identity.forget_clients()
    time_stands(2 * MINUTE)
    shop.works()
    Worker.objects.update(seen_at=timezone.now())
    assert shop.texts == ["Ten euros."]
    ends("unreachable", receiver, looks)


def test_instagram_is_out_of_reach_where_nobody_writes(
    shop: Shop, receiver: Receiver, looks: Looks, settings: Settings, time_stands: Clock
) -> None:
    there, settings.GRAPH_API_URL = settings.GRAPH_API_URL, "http://127.0.0.1:9"
    identity.forget_clients()
    probe.look()
    time_stands(50 * timedelta(seconds=1))
    Worker.objects.update(seen_at=timezone.now())
    probe.look()
    assert names("unreachable", receiver, looks)
    settings.GRAPH_API_URL = there
    identity.forget_clients()
    time_stands(50 * timedelta(seconds=1))
    Worker.objects.update(seen_at=timezone.now())
    probe.look()
    ends("unreachable", receiver, looks)


def test_what_is_about_all_accounts_says_nothing_of_anybodys_messages(
    shop: Shop, second: Account, receiver: Receiver, looks: Looks
) -> None:
    rows = Account.objects.filter(pk__in=[FIRST, second.pk])
    before = timezone.now() - MINUTE
    rows.update(pause="unreachable", struck_at=before, paused_until=timezone.now() + HOUR)
    say(make_conversation("maria", last_inbound_at=timezone.now()), "hi", state="queued")
    assert "wait" not in names("unreachable", receiver, looks).partition("What to do")[0]


def test_a_probe_that_is_not_repeated_says_nothing_of_now(
    shop: Shop, looks: Looks, settings: Settings, time_stands: Clock
) -> None:
    settings.GRAPH_API_URL = "http://127.0.0.1:9"
    identity.forget_clients()
    probe.look()
    Account.objects.update(token="")  # it is not asked any more
    time_stands(MINUTE)
    Worker.objects.update(seen_at=timezone.now())
    assert "unreachable" in looks()
    time_stands(5 * MINUTE)
    Worker.objects.update(seen_at=timezone.now())
    assert "unreachable" not in [looks(), looks(), looks()][-1]


@pytest.mark.parametrize("answer", [HTML_502, error(2), RESET])
def test_a_meta_that_answers_nonsense_is_not_out_of_reach(shop: Shop, answer: Any) -> None:
    shop.graph.answers["GET me"] = answer if isinstance(answer, tuple) else error(1)
    probe.look()
    assert Probe.objects.get().failed_since is None
    assert Account.objects.get().pause == ""


def test_a_token_that_ends_soon_is_told_of_at_once(receiver: Receiver, looks: Looks) -> None:
    rows = Account.objects.filter(pk=Account.objects.get().pk)
    rows.update(token_ends_at=timezone.now() + 13 * DAY)
    assert looks() == ["token"]
    rows.update(token_ends_at=timezone.now() + 2.5 * DAY)
    looks()
    assert [title.partition("ends in ")[2] for title in receiver.titles] == ["12 days", "2 days"]
    rows.update(token_ends_at=timezone.now() + 60 * DAY)
    ends("token", receiver, looks)


# What comes to the door


def test_webhooks_with_another_settings_value_as_secret(
    shop: Shop, receiver: Receiver, looks: Looks
) -> None:
    assert shop.receives(text_body("870001", "hi", "m1"), secret="verify-me") == 401
    said = names("signatures", receiver, looks)
    assert "FACEBOOK_VERIFY_TOKEN" in said
    shop.hears("price")
    ends("signatures", receiver, looks)


def test_a_wrong_secret_stays_wrong_where_nobody_writes_for_hours(
    shop: Shop, receiver: Receiver, looks: Looks, time_stands: Clock
) -> None:
    shop.receives(text_body("870001", "hi", "m1"), secret="verify-me")
    names("signatures", receiver, looks)
    for length, is_open in ((20 * HOUR, True), (5 * HOUR, False)):
        time_stands(length)
        Worker.objects.update(seen_at=timezone.now())
        assert ("signatures" in [looks(), looks(), looks()][-1]) == is_open


def test_webhooks_with_a_secret_that_nobody_has(
    shop: Shop, receiver: Receiver, looks: Looks
) -> None:
    assert shop.receives(text_body("870001", "hi", "m1"), secret="another") == 401
    assert [looks(), looks()] == [[], []]  # one may be anybody's
    knocks.forget()
    assert shop.receives(text_body("870001", "hi", "m1"), secret="another") == 401
    assert "none of our app secrets fits" in names("signatures", receiver, looks)


def test_a_repeat_that_came_at_once_is_counted_within_a_minute(
    shop: Shop, receiver: Receiver, looks: Looks
) -> None:
    for _ in range(2):  # as Meta does; the second is not written at once
        assert shop.receives(text_body("870001", "hi", "m1"), secret="another") == 401
    assert [looks(), looks()] == [[], []]
    pulse.beat_in_web(Outage())
    assert "At least 2 refused" in names("signatures", receiver, looks)


def test_webhooks_without_a_signature_that_name_our_account(
    shop: Shop, receiver: Receiver, looks: Looks
) -> None:
    def unsigned(body: bytes) -> None:
        knocks.forget()
        assert shop.receives(body, signed=False) == 401

    for body in (b"{}", b"nothing", b'{"object": "instagram", "entry": [{"id": "99"}]}') * 2:
        unsigned(body)
    assert [looks(), looks()] == [[], []], "whoever tries the door"
    for _ in range(2):
        unsigned(text_body("870001", "hi", "m1"))
    said = names("signatures", receiver, looks)
    assert "they name one of our accounts, and came without a signature" in said
    assert "Have the proxy or firewall" in said
    shop.hears("price")
    ends("signatures", receiver, looks)


@pytest.mark.parametrize(
    ("clocks", "count"),
    [
        (("10:52", "10:53", "11:06"), 2),
        # Of an hour it is known how many came, and when the last one did.
        (("10:02", "10:03", "10:06"), 1),
    ],
)
def test_those_refused_before_the_last_one_taken_are_not_told_of(
    shop: Shop, looks: Looks, time_stands: Clock, clocks: tuple[str, str, str], count: int
) -> None:
    before, taken, again = clocks
    refuse_two_at(shop, time_stands, before)
    move_to(time_stands, taken)
    shop.hears("price")
    refuse_two_at(shop, time_stands, again)
    Worker.objects.update(seen_at=timezone.now())
    assert "signatures" in [*looks(), *looks()]
    row = Incident.objects.get(kind="signatures")
    assert row.says.startswith(f"At least {count} refused after the last one taken: none of our")
    assert f"{timezone.localtime(row.since):%H:%M}" == again


def move_to(time_stands: Clock, clock: str) -> None:
    """Move on to this time of tomorrow, or of the day that was moved to."""
    now = timezone.localtime()
    hour, minute = map(int, clock.split(":"))
    at = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    time_stands(at - now + (DAY if at <= now else timedelta()))


def refuse_two_at(shop: Shop, time_stands: Clock, clock: str) -> None:
    move_to(time_stands, clock)
    for _ in range(2):
        knocks.forget()
        assert shop.receives(text_body("870001", "hi", "m1"), secret="another") == 401


def test_a_strangers_post_beside_metas_is_no_incident(shop: Shop, looks: Looks) -> None:
    for _ in range(3):
        knocks.forget()
        shop.receives(text_body("870001", "hi", "m1"), secret="another")
    shop.hears("price")
    assert [looks(), looks()] == [[], []]


def test_webhooks_of_another_account(shop: Shop, receiver: Receiver, looks: Looks) -> None:
    shop.receives(batch((SECOND, item(SECOND, "9", message=text("m1")))))
    shop.works()
    said = names("strangers", receiver, looks)
    assert SECOND in said
    WebhookEvent.objects.update(received_at=timezone.now() - 2 * HOUR)
    ends("strangers", receiver, looks)


def test_one_of_another_account_among_many_is_no_incident(shop: Shop, looks: Looks) -> None:
    shop.receives(batch((SECOND, item(SECOND, "9", message=text("m1")))))
    shop.hears("price")
    shop.works()
    assert [looks(), looks()] == [[], []]


def test_events_that_cannot_be_read(receiver: Receiver, looks: Looks) -> None:
    failed = {"state": WebhookEvent.State.FAILED, "processed_at": timezone.now()}
    for _ in range(3):
        WebhookEvent.objects.create(body=b"{", **failed)
    assert "3 failed" in names("events", receiver, looks)
    WebhookEvent.objects.update(processed_at=timezone.now() - HOUR)
    ends("events", receiver, looks)


# Answers


def test_a_burst_of_failed_messages(receiver: Receiver, looks: Looks) -> None:
    talk = make_conversation("maria", last_inbound_at=timezone.now())
    for _ in range(5):
        say(talk, "hi", state="failed", error="The text is too long.")
    said = names("sends", receiver, looks)
    assert "5 failed within 10 minutes, mostly: The text is too long." in said
    Message.objects.update(at=timezone.now() - HOUR)
    ends("sends", receiver, looks)


class Failing:
    def answer(self, question: engine.Question) -> None:
        raise ZeroDivisionError


def test_an_engine_that_fails(
    shop: Shop, receiver: Receiver, looks: Looks, settings: Settings, time_stands: Clock
) -> None:
    settings.RESPONSE_ENGINES = ["tests.incidents.test_looks.Failing"]
    for customer in ("1", "2", "3"):
        shop.hears("price", customer)
    for _ in range(3):
        shop.works()
        time_stands(MINUTE)
    Worker.objects.update(seen_at=timezone.now())
    said = names("engine", receiver, looks)
    assert "3 customers are not answered" in said
    settings.RESPONSE_ENGINES = ["rules.engine.RuleEngine"]
    engine.engines.cache_clear()
    for _ in range(2):
        time_stands(10 * MINUTE)
        shop.works()
    Worker.objects.update(seen_at=timezone.now())
    ends("engine", receiver, looks)


def test_an_engine_that_fails_is_one_incident_for_each_account(
    shop: Shop, second: Account, looks: Looks
) -> None:
    for account, count in ((Account.objects.ours(), 2), (second, 1)):
        for number in range(count):
            talk = make_conversation(f"c{number}", account=account)
            ask(talk, "hi", verdict="failed", reason=f"Of {account}.")
    assert [*looks(), *looks()].count("engine") == 2
    told = {row.account_id: row for row in Incident.objects.filter(kind="engine")}
    assert (
        told[FIRST].says
        == f"2 customers are not answered since an error came up. Of {told[FIRST].account}."
    )
    assert told[second.pk].title == "Questions to @second cannot be decided"
    assert told[second.pk].says.startswith("1 customer is not answered")
    assert told[second.pk].level == Level.URGENT  # three of all accounts


def test_rules_that_were_forgotten(receiver: Receiver, looks: Looks) -> None:
    ResponseRule.objects.update(active=False)
    names("rules", receiver, looks)
    ResponseRule.objects.update(active=True)
    ends("rules", receiver, looks)


# What instabot stands on


def test_no_worker(receiver: Receiver, looks: Looks) -> None:
    Worker.objects.update(seen_at=timezone.now() - 5 * MINUTE)
    said = names("worker", receiver, looks)
    assert "None has been seen for 5 min" in said
    assert "run_huey" in said
    Worker.objects.update(seen_at=timezone.now())
    ends("worker", receiver, looks)


def test_no_worker_is_one_trouble_and_not_late_work_besides(looks: Looks) -> None:
    Worker.objects.all().delete()
    Conversation.objects.create(
        account=Account.objects.get(), customer_id="1", due_at=timezone.now() - HOUR
    )
    assert [looks(), looks()] == [[], ["worker"]]


def test_work_that_nobody_does(receiver: Receiver, looks: Looks) -> None:
    talk = Conversation.objects.create(
        account=Account.objects.get(), customer_id="1", due_at=timezone.now() - 3 * MINUTE
    )
    assert "waited for 3 min" in names("work", receiver, looks)
    Conversation.objects.filter(pk=talk.pk).update(due_at=None)
    ends("work", receiver, looks)


def test_no_web_process(receiver: Receiver, looks: Looks) -> None:
    watch.give_sign_of_life("host:2", Presence.Role.WEB)
    assert [looks(), looks()] == [[], []]
    Presence.objects.update(seen_at=timezone.now() - 4 * MINUTE)
    assert "Meta's webhooks are not taken" in names("web", receiver, looks)
    watch.give_sign_of_life("host:2", Presence.Role.WEB)
    ends("web", receiver, looks)


def test_a_disk_that_is_nearly_full_and_then_full(
    receiver: Receiver, looks: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    def free(megabytes: int) -> Callable[[Any], Any]:
        usage = (100 * 1024**3, 0, megabytes * 1024**2)
        return lambda _: shutil._ntuple_diskusage(*usage)

    monkeypatch.setattr(shutil, "disk_usage", free(900))
    assert "900 MB are left" in names("disk", receiver, looks, level=Level.SOON)
    monkeypatch.setattr(shutil, "disk_usage", free(100))
    looks()
    assert receiver.titles[-1] == "instabot: still: A disk is full"
    monkeypatch.setattr(shutil, "disk_usage", free(50_000))
    ends("disk", receiver, looks)


def test_a_database_that_is_slow(receiver: Receiver, looks: Looks) -> None:
    def late(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if sql == "SELECT 1":
            time.sleep(database.SLOW_SECONDS + 0.1)  # as the way to it would take
        return execute(sql, *rest)

    with connection.execute_wrapper(late):
        assert "It took 0." in names("database", receiver, looks)
    ends("database", receiver, looks)


@pytest.mark.once
def test_a_queue_that_is_away(
    receiver: Receiver, looks: Looks, valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    with bell_at(valkey.url) as ours:
        monkeypatch.setattr(bell, "HUEY", ours)
        assert looks() == []
        valkey.stop()
        said = names("queue", receiver, looks)
        assert "It fails with ConnectionError" in said
        assert "REDIS_URL" in said
        valkey.start()
        ends("queue", receiver, looks)


@pytest.mark.skipif(not ON_POSTGRES, reason="SQLite has no limit")
def test_connections_that_run_out(receiver: Receiver, looks: Looks) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER ROLE postgres CONNECTION LIMIT 1")  # a superuser gets more
    try:
        assert "are used" in names("connections", receiver, looks)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER ROLE postgres CONNECTION LIMIT -1")
    ends("connections", receiver, looks)


@pytest.fixture
def maria() -> Conversation:
    """Two customers begin to write each hour; she was the last one, three hours ago."""
    remember(starts=(2,) * 24)
    talk = make_conversation("maria")
    at = ask(talk, at=timezone.now() - 3 * HOUR).at
    SilenceWatch.objects.create(pk=FIRST, watched_since=at - 60 * DAY, silent_since=at)
    return talk


def test_a_silence_in_which_instagram_has_something_for_us(
    maria: Conversation, receiver: Receiver, looks: Looks
) -> None:
    SilenceWatch.objects.update(answer=SilenceWatch.Answer.LOST, lost=3)
    assert "3 messages are in the Instagram inbox" in names("silence", receiver, looks)
    ask(maria, at=timezone.now())
    ends("silence", receiver, looks)


@pytest.mark.parametrize("answer", ["", SilenceWatch.Answer.NOTHING])
def test_a_quiet_day_rings_nobody(
    maria: Conversation, receiver: Receiver, looks: Looks, answer: str
) -> None:
    SilenceWatch.objects.update(answer=answer)
    assert "silence" not in [*looks(), *looks()]
    assert receiver.titles == []
