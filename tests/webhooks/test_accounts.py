"""Whose event is it: our account's, another one's, or another product's of Meta's."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from conversations.account import identity
from conversations.account import pause as account_pause
from conversations.models import Account, Conversation, Message, Verdict
from tests.support.clock import Clock
from tests.support.graph import ACCOUNT, error
from tests.support.shop import Shop, at_rest, incoming
from webhooks import processing
from webhooks.models import WebhookEvent
from workqueue import snapshot
from workqueue.snapshot import Snapshot

NODE, PAGE, OTHER = "917", "104000000000001", "17841499999999999"


def body(*accounts: str, mid: str = "m", product: str = "instagram", **content: Any) -> bytes:
    """Events for these accounts; content: of each item, a text without it."""
    now = int(timezone.now().timestamp() * 1000)
    entries = [
        {
            "id": account,
            "time": now,
            "messaging": [
                {
                    "sender": {"id": "870001"},
                    "recipient": {"id": account},
                    "timestamp": now,
                    **(content or {"message": {"mid": f"{mid}{number}", "text": "price?"}}),
                }
            ],
        }
        for number, account in enumerate(accounts)
    ]
    return json.dumps({"object": product, "entry": entries}).encode()


def outcomes() -> list[str]:
    return [one["outcome"] for one in WebhookEvent.objects.latest("pk").outcomes]


@pytest.mark.table
@pytest.mark.parametrize(
    ("login", "is_known", "named", "ours"),
    [
        # Facebook Login: the configured id may be the Page's, while webhooks name the account.
        (("EAA", PAGE), False, ACCOUNT, True),
        (("EAA", PAGE), False, OTHER, True),
        (("EAA", PAGE), True, ACCOUNT, True),
        (("EAA", PAGE), True, PAGE, True),
        (("EAA", PAGE), True, OTHER, False),
        (("EAA", ACCOUNT), False, OTHER, True),
        (("EAA", "me"), False, OTHER, True),
        (("EAA", "me"), True, ACCOUNT, True),
        (("EAA", "me"), True, NODE, True),
        (("EAA", "me"), True, OTHER, False),
        # Instagram Login: the configured id is the account's.
        (("IGAA", "me"), False, OTHER, True),
        (("IGAA", "me"), True, OTHER, False),
        (("IGAA", ACCOUNT), False, ACCOUNT, True),
        (("IGAA", ACCOUNT), False, OTHER, False),
        (("IGAA", ACCOUNT), True, ACCOUNT, True),
        (("IGAA", NODE), True, ACCOUNT, True),
        (("IGAA", OTHER), True, OTHER, True),
    ],
)
def test_whose_entry_it_is(  # noqa: PLR0913, PLR0917 - the columns of a table
    shop: Shop, settings: Settings, login: tuple[str, str], is_known: bool, named: str, ours: bool
) -> None:
    token, configured = login
    settings.INSTAGRAM_PAGE_ACCESS_TOKEN = f"{token}-of-tests"
    settings.INSTAGRAM_ACCOUNT_ID = configured
    if is_known:
        account_pause.look_after()
    shop.receives(body(named))
    shop.works()
    assert outcomes() == ["recorded" if ours else "no account"]
    assert len(incoming()) == (1 if ours else 0)
    assert shop.texts == (["Ten euros."] if ours else [])


@pytest.fixture
def mistaken(shop: Shop, settings: Settings) -> Shop:
    """A shop that has written an id into its settings that webhooks do not name."""
    settings.INSTAGRAM_ACCOUNT_ID = NODE
    return shop


@pytest.mark.parametrize("accounts", [[ACCOUNT], [OTHER, ACCOUNT], [ACCOUNT, ACCOUNT, NODE]])
def test_what_seemed_to_be_for_another_account_is_read_again_once_ours_is_known(
    mistaken: Shop, accounts: list[str]
) -> None:
    mistaken.receives(body(*accounts))
    mistaken.works()
    assert "no account" in outcomes()
    assert len(incoming()) == accounts.count(NODE)
    account_pause.look_after()
    mistaken.works()
    assert outcomes().count("no account") == accounts.count(OTHER)
    assert len(incoming()) == len(mistaken.texts) == len(accounts) - accounts.count(OTHER)
    assert at_rest()


def test_what_was_not_read_yet_while_all_events_were_looked_through_is_read_again_too(
    mistaken: Shop,
) -> None:
    mistaken.receives(body(ACCOUNT))
    mistaken.works()
    mistaken.receives(body(ACCOUNT))
    keep_up = processing.read_again(Account(instagram_id=ACCOUNT))
    mistaken.works()  # it is nobody's still
    mistaken.receives(body(ACCOUNT, OTHER))
    mistaken.works()
    assert not WebhookEvent.objects.filter(state="received").exists()
    keep_up()
    assert WebhookEvent.objects.filter(state="received").count() == 3


def test_it_is_read_again_where_the_setting_is_what_changed(shop: Shop, settings: Settings) -> None:
    account_pause.look_after()
    shop.receives(body(OTHER))
    shop.works()
    assert outcomes() == ["no account"]
    settings.INSTAGRAM_ACCOUNT_ID = OTHER
    identity.forget_clients()
    Snapshot.forget_everything()
    account_pause.look_after()
    shop.works()
    assert outcomes() == ["recorded"]
    assert shop.texts == ["Ten euros."]


def test_what_is_really_for_another_account_is_not_read_again_each_minute(shop: Shop) -> None:
    account_pause.look_after()
    shop.receives(body(OTHER))
    shop.works()
    shop.graph.faults.append(error(190))
    shop.hears("price")
    shop.works()
    account_pause.look_after()  # a broken login is asked for again and again
    assert not WebhookEvent.objects.filter(state="received").exists()


def test_what_lay_too_long_is_left_to_staff(mistaken: Shop, time_passes: Clock) -> None:
    mistaken.receives(body(ACCOUNT))
    mistaken.works()
    time_passes(timedelta(hours=1))
    account_pause.look_after()
    mistaken.works()
    assert incoming()[0].verdict == Verdict.TOO_OLD


def test_a_process_that_has_not_heard_yet_looks_before_it_calls_an_account_another_ones(
    mistaken: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "MAX_AGE", float("inf"))
    before = identity.accounts().first
    with monkeypatch.context() as patch:
        patch.setattr(identity, "forget", lambda: None)  # as where another process has asked
        account_pause.look_after()
    assert identity.accounts().first is before
    mistaken.receives(body(ACCOUNT))
    mistaken.works()
    assert outcomes() == ["recorded"]


MESSENGER = [
    {"message": {"mid": "m_1", "text": "price?"}},
    {"postback": {"mid": "m_1", "title": "price", "payload": "P"}},
    {"message": {"mid": "m_1", "text": "Yes", "is_echo": True, "app_id": 1}},
    {"read": {"watermark": 1763800000000}},
    {"delivery": {"watermark": 1763800000000, "mids": ["m_1"]}},
    {"message": "broken"},
    {"account_linking": {"status": "linked"}},
]


@pytest.mark.table
@pytest.mark.parametrize("known", [True, False], ids=["known", "not known yet"])
@pytest.mark.parametrize("content", MESSENGER, ids=lambda content: next(iter(content)))
def test_messenger_is_kept_and_not_answered_by_instagram(
    shop: Shop, content: dict[str, Any], known: bool
) -> None:
    if known:
        account_pause.look_after()
    for account in (PAGE, ACCOUNT):
        shop.receives(body(account, product="page", **content))
        shop.works()
        event = WebhookEvent.objects.latest("pk")
        assert (event.state, outcomes()) == ("processed", ["kept"])
        assert "Facebook Messenger" in event.outcomes[0]["reason"]
    assert not Message.objects.exists()
    assert not Conversation.objects.exists()
    assert shop.texts == []


@pytest.mark.parametrize(
    ("product", "outcome"),
    [
        ("instagram", "recorded"),
        ("Instagram", "recorded"),
        ("", "recorded"),
        (None, "recorded"),
        ("page", "kept"),
        ("PAGE", "kept"),
        ("whatsapp_business_account", "kept"),
        ("user", "kept"),
    ],
)
def test_only_instagrams_events_are_answered(shop: Shop, product: Any, outcome: str) -> None:
    shop.receives(body(ACCOUNT, product=product))
    shop.works()
    assert outcomes() == [outcome]
    assert shop.texts == (["Ten euros."] if outcome == "recorded" else [])


@pytest.mark.parametrize("place", ["changes", "standby", "something_new"])
def test_other_places_of_a_page_are_kept_too(shop: Shop, place: str) -> None:
    item = {"field": "feed", "value": {"item": "post"}}
    entry = {"id": PAGE, "time": 1763800000, place: [item]}
    shop.receives(json.dumps({"object": "page", "entry": [entry]}).encode())
    shop.works()
    assert outcomes() == ["kept"]
    assert not Message.objects.exists()
