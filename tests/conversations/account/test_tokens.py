"""Which token is in force: the environment's, one that was pasted, or one that was renewed."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from conversations.account import connection, identity, tokens, vault
from conversations.account import pause as account_pause
from conversations.account.connection import NewToken, UnsureError
from conversations.account.tokens import NoTokenError
from conversations.models import FIRST, Account, Conversation
from instagram import hosts
from instagram.client import Identity
from instagram.kinds import Kind
from tests.support.graph import ACCOUNT, HTML_502, error
from tests.support.shop import Shop
from tests.support.threads import ROUNDS, all_at_once
from workqueue.snapshot import Snapshot

OTHER = Identity("17841499999999999", "919", "other")


def in_force() -> str:
    """The token that a process uses that has just begun."""
    Snapshot.forget_everything()
    return tokens.read(identity.ready(FIRST))


@pytest.fixture
def environment(settings: Settings, db: None) -> Settings:
    settings.INSTAGRAM_PAGE_ACCESS_TOKEN = "IGAA-1"
    return settings


def test_the_first_account_has_the_environments_token(environment: Settings) -> None:
    assert in_force() == "IGAA-1"
    row = Account.objects.get()
    assert (row.pk, row.login, row.token_version) == (FIRST, Kind.INSTAGRAM, 1)
    assert "IGAA" not in row.token + row.token_seed
    assert in_force() == "IGAA-1"
    assert Account.objects.get().token_version == 1


def test_what_is_stored_wins_until_the_environment_has_another(environment: Settings) -> None:
    in_force()
    assert tokens.replace(FIRST, 1, "IGAA-renewed")
    assert in_force() == "IGAA-renewed"
    environment.INSTAGRAM_PAGE_ACCESS_TOKEN = "IGAA-2"
    assert in_force() == "IGAA-2"
    environment.INSTAGRAM_PAGE_ACCESS_TOKEN = "IGAA-1"  # a version that is rolled back
    assert in_force() == "IGAA-1"


@pytest.mark.parametrize("value", ["", "IGAA-1"])
def test_what_is_stored_outlives_the_environments(environment: Settings, value: str) -> None:
    in_force()
    tokens.keep(FIRST, "IGAA-pasted", login=Kind.INSTAGRAM)
    environment.INSTAGRAM_PAGE_ACCESS_TOKEN = value
    assert in_force() == "IGAA-pasted"


def test_a_process_of_before_does_not_bring_its_token_back(environment: Settings) -> None:
    in_force()
    identity.forget()
    before = identity.accounts()  # of a process that goes on with what it was started with
    tokens.seed(before.first)  # another one has started with a new value
    Account.objects.update(token_seed="of another process")
    for _ in range(3):
        identity.forget()
        identity.accounts()
    assert Account.objects.get().token_seed == "of another process"


def test_a_disconnected_account_is_not_connected_by_the_old_environment(
    environment: Settings,
) -> None:
    in_force()
    connection.disconnect(FIRST, "anna")
    Snapshot.forget_everything()
    with pytest.raises(NoTokenError):
        identity.client(identity.ready(FIRST))


def test_a_disconnected_account_is_connected_by_a_new_environment(environment: Settings) -> None:
    in_force()
    connection.disconnect(FIRST, "anna")
    environment.INSTAGRAM_PAGE_ACCESS_TOKEN = "IGAA-2"
    assert in_force() == "IGAA-2"
    row = Account.objects.get()
    assert (row.active, row.disconnected_at) == (True, None)


@pytest.mark.parametrize(
    ("is_kept", "token"),
    [(False, "IGAA-1"), (True, "IGAA-renewed")],
    ids=["the key is gone", "the key is a fallback"],
)
def test_the_environments_token_comes_again_where_no_key_opens_what_is_stored(
    environment: Settings, is_kept: bool, token: str
) -> None:
    in_force()
    assert tokens.replace(FIRST, 1, "IGAA-renewed")
    environment.SECRET_KEY_FALLBACKS = [environment.SECRET_KEY] if is_kept else []
    environment.SECRET_KEY = "another"
    assert in_force() == token
    version = Account.objects.get().token_version
    assert in_force() == token
    assert Account.objects.get().token_version == version, "it is given once"


@pytest.mark.parametrize("pasted", [True, False], ids=["pasted meanwhile", "nobody pasted"])
def test_a_renewal_gives_way_to_what_was_pasted(environment: Settings, pasted: bool) -> None:
    in_force()
    seen = Account.objects.get().token_version
    if pasted:
        tokens.keep(FIRST, "IGAA-pasted", login=Kind.INSTAGRAM)
    now = timezone.now()
    ends_at = now + timedelta(days=60)
    assert tokens.replace(FIRST, seen, "IGAA-new", made_at=now, ends_at=ends_at) != pasted
    assert in_force() == ("IGAA-pasted" if pasted else "IGAA-new")
    row = Account.objects.get()
    assert row.token_version == seen + 1
    assert row.token_ends_at == (None if pasted else ends_at)


def test_a_renewal_leaves_a_disconnected_account_alone(environment: Settings) -> None:
    in_force()
    connection.disconnect(FIRST, "anna")
    assert not tokens.replace(FIRST, Account.objects.get().token_version, "IGAA-new")


def test_a_new_token_is_used_from_the_next_call_on(shop: Shop) -> None:
    shop.hears("price")
    shop.works()
    tokens.replace(FIRST, 1, "IGAA-new")
    identity.forget()  # half a second has passed
    shop.hears("price")
    shop.works()
    assert [sent.token for sent in shop.graph.sent] == ["IGAA-token-of-tests", "IGAA-new"]


def test_who_an_account_is_stays_known_when_its_token_is_renewed(shop: Shop) -> None:
    account_pause.look_after()
    assert tokens.replace(FIRST, 1, "IGAA-new")
    identity.forget()
    assert identity.accounts().named(ACCOUNT)
    assert not identity.accounts().named("17841499999999999")


def test_a_refusal_counts_only_against_the_token_that_was_refused(shop: Shop) -> None:
    shop.graph.refused["IGAA-token-of-tests"] = error(190)
    identity.ready(FIRST)
    identity.accounts()
    tokens.keep(FIRST, "IGAA-new", login=Kind.INSTAGRAM)  # which nobody here knows of yet
    shop.hears("price")
    shop.works()
    assert Account.objects.get().pause == ""
    assert [sent.token for sent in shop.graph.sent] == ["IGAA-new"]


def test_a_refusal_of_the_token_in_force_pauses_its_account(shop: Shop) -> None:
    shop.graph.refused["IGAA-token-of-tests"] = error(190)
    shop.hears("price")
    shop.works()
    assert Account.objects.get().pause == Account.Pause.BROKEN
    tokens.keep(FIRST, "IGAA-new", login=Kind.INSTAGRAM)
    account_pause.look_after()
    shop.works()
    assert shop.texts == ["Ten euros."]
    assert Account.objects.get().pause == ""


def test_a_token_that_no_key_opens_pauses_its_account_and_says_why(
    shop: Shop, settings: Settings
) -> None:
    identity.ready(FIRST)
    keys, settings.SECRET_KEY = settings.SECRET_KEY, "another"
    settings.INSTAGRAM_PAGE_ACCESS_TOKEN = ""
    shop.hears("price")
    shop.works()
    assert "TOKEN_KEYS" in Account.objects.get().pause_reason
    account_pause.look_after()
    assert shop.texts == []
    settings.SECRET_KEY = keys
    account_pause.look_after()
    shop.works()
    assert shop.texts == ["Ten euros."]


@pytest.mark.parametrize(
    ("login", "is_set", "host"),
    [
        ("page", False, hosts.FACEBOOK),
        ("unified", False, hosts.FACEBOOK),
        ("instagram", False, hosts.INSTAGRAM),
        ("", False, "http://settings"),
        ("page", True, "http://settings"),
        ("instagram", True, "http://settings"),
    ],
)
@pytest.mark.no_database
def test_the_host_is_that_of_the_login(
    settings: Settings, login: str, is_set: bool, host: str
) -> None:
    settings.GRAPH_API_URL, settings.GRAPH_API_URL_IS_SET = "http://settings", is_set
    assert identity.url_of(login) == host


@pytest.mark.no_database
@pytest.mark.parametrize(
    ("login", "pk", "token", "called"),
    [
        ("page", FIRST, "environment's", ("1040", "me")),
        ("page", FIRST, "pasted", ("me", "me")),
        ("page", 2, "pasted", ("me", "me")),
        ("instagram", FIRST, "environment's", ("1040", "me")),
        ("instagram", FIRST, "pasted", ("me", "me")),
        ("instagram", 2, "pasted", ("me", "me")),
        ("unified", FIRST, "environment's", ("17842", "17842")),
        ("unified", FIRST, "pasted", ("17842", "17842")),
        ("unified", 2, "pasted", ("17842", "17842")),
    ],
)
def test_the_node_is_that_of_the_login(
    settings: Settings, login: str, pk: int, token: str, called: tuple[str, str]
) -> None:
    """called: where messages are posted, and whose threads are read."""
    settings.INSTAGRAM_ACCOUNT_ID = "1040"
    settings.INSTAGRAM_PAGE_ACCESS_TOKEN = "environment's"
    sealed = vault.seal(token)
    found = identity.client(Account(pk=pk, login=login, instagram_id="17842", token=sealed))
    assert (found.node, found.owner) == called


def test_there_is_one_client_for_each_token(environment: Settings) -> None:
    in_force()
    first = identity.client(identity.ready(FIRST))
    assert identity.client(identity.ready(FIRST)) is first
    tokens.replace(FIRST, 1, "IGAA-new")
    identity.forget()
    assert identity.client(identity.ready(FIRST)) is not first


# Connecting


def connect(found: Identity = OTHER, value: str = "IGAA-other") -> Account:
    return connection.connect(found, NewToken(value, Kind.INSTAGRAM))


def test_the_first_to_be_connected_is_the_first_account(settings: Settings, db: None) -> None:
    settings.INSTAGRAM_PAGE_ACCESS_TOKEN = ""
    assert not identity.accounts().first.token
    assert connect().pk == FIRST
    assert connect(Identity("17841477777777777", "920", "third")).pk != FIRST
    assert identity.accounts().named("17841477777777777")
    assert in_force() == "IGAA-other"


@pytest.mark.parametrize("second", ["a", "b"], ids=["the same", "another"])
def test_two_that_are_connected_at_once_are_kept_both(
    settings: Settings, transactional_db: None, monkeypatch: pytest.MonkeyPatch, second: str
) -> None:
    """PostgreSQL: each waits until it is known which account the other one has become."""
    settings.INSTAGRAM_PAGE_ACCESS_TOKEN = ""
    keep = tokens.keep

    def keep_slowly(account: int, *given: Any, **columns: Any) -> None:
        # The other one looks for its account meanwhile; both want the first one only once.
        time.sleep(0.5 if account == FIRST else 0.02)
        keep(account, *given, **columns)

    def connecting(name: str) -> Callable[[int], None]:
        def begin(number: int) -> None:
            found = Identity(f"1784-{name}-{number}", f"9-{name}-{number}", f"{name}{number}")
            connect(found, f"IGAA-{name}-{number}")

        return begin

    monkeypatch.setattr(tokens, "keep", keep_slowly)
    all_at_once(connecting("a"), connecting(second))
    expected = {
        f"1784-{name}-{number}": f"IGAA-{name}-{number}"
        for name in {"a", second}
        for number in range(ROUNDS)
    }
    assert {row.instagram_id: tokens.read(row) for row in Account.objects.all()} == expected
    assert Account.objects.count() == len(expected)


def test_a_second_account_is_one_of_its_own(shop: Shop) -> None:
    account_pause.look_after()
    second = connect()
    assert second.pk != FIRST
    found = identity.accounts()
    assert found.named(ACCOUNT) == found.named("917") == found.first
    assert found.named(OTHER.instagram_id) == found.named(OTHER.node_id) == second
    assert found.named("17841433333333333") is None


ENVIRONMENTS = "IGAA-token-of-tests"
UNKNOWN = "Instagram has not said yet whose"


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({"id": "917", "user_id": ACCOUNT, "username": "shop"}, ""),
        (error(190, 463), ""),  # it has expired
        (error(190, 460), ""),
        (HTML_502, UNKNOWN),
        (error(4), UNKNOWN),
        (error(10), UNKNOWN),
    ],
    ids=["nobody had asked yet", "expired", "revoked", "out of reach", "busy", "not permitted"],
)
def test_the_account_of_the_environment_is_not_connected_a_second_time(
    shop: Shop, answer: Any, says: str
) -> None:
    """Its token was never identified, and its customers wait; now staff connect it by hand."""
    if isinstance(answer, dict):
        shop.graph.me_of[ENVIRONMENTS] = answer
    else:
        shop.graph.refused[ENVIRONMENTS] = answer
        account_pause.look_after()
    shop.graph.me_of["IGAA-new"] = {"id": "917", "user_id": ACCOUNT, "username": "shop"}
    shop.hears("price")
    known = Identity(ACCOUNT, "917", "shop")
    if says:
        with pytest.raises(UnsureError) as refused:
            connect(known, "IGAA-new")
        assert says in refused.value.advice
        assert in_force() == ENVIRONMENTS
    else:
        assert connect(known, "IGAA-new").pk == FIRST
        assert in_force() == "IGAA-new"
        account_pause.look_after()
        shop.works()
        assert shop.texts == ["Ten euros."]
        assert Account.objects.get().pause == ""
    assert Account.objects.count() == 1
    assert Conversation.objects.filter(account=FIRST).count() == (0 if says else 1)


def test_another_account_beside_one_that_nobody_had_asked_about(shop: Shop) -> None:
    assert connect().pk != FIRST
    assert Account.objects.get(pk=FIRST).instagram_id == ACCOUNT


def test_a_token_of_the_environment_that_is_another_accounts_gives_its_place_away(
    shop: Shop, settings: Settings
) -> None:
    account_pause.look_after()
    second = connect()
    Account.objects.filter(pk=FIRST).update(instagram_id="", node_id="", identified_by="")
    shop.graph.me_of[ENVIRONMENTS] = {"id": "919", "user_id": OTHER.instagram_id, "username": "o"}
    third = connect(Identity("17841477777777777", "920", "third"), "IGAA-third")
    assert third.pk == FIRST
    assert tokens.read(Account.objects.get(pk=second.pk)) == "IGAA-other"


def test_a_known_account_is_connected_again_whatever_the_first_one_is(shop: Shop) -> None:
    account_pause.look_after()
    second = connect()
    Account.objects.filter(pk=FIRST).update(instagram_id="", node_id="", identified_by="")
    shop.graph.refused[ENVIRONMENTS] = HTML_502
    assert connect(value="IGAA-other-again").pk == second.pk


def test_a_known_account_goes_on_with_its_new_token(shop: Shop) -> None:
    account_pause.look_after()
    talk = Conversation.objects.create(account=Account.objects.ours(), customer_id="870001")
    connection.disconnect(FIRST, "anna")
    row = Account.objects.get()
    assert (row.active, row.token, row.disconnected_at is None) == (False, "", False)
    again = connect(Identity(ACCOUNT, "917", "shop"), "IGAA-again")
    assert (again.pk, again.active, again.disconnected_at) == (FIRST, True, None)
    assert talk.account_id == again.pk
    assert in_force() == "IGAA-again"


def test_the_environments_token_may_not_be_another_accounts(shop: Shop, settings: Settings) -> None:
    settings.INSTAGRAM_PAGE_ACCESS_TOKEN = ""
    first = connect(OTHER)
    second = connect(Identity(ACCOUNT, "917", "shop"))
    settings.INSTAGRAM_PAGE_ACCESS_TOKEN = "IGAA-of-the-second"
    Snapshot.forget_everything()
    account_pause.look_after()
    first.refresh_from_db()
    assert first.pk == FIRST
    assert first.instagram_id == OTHER.instagram_id
    assert f"is for {second}" in first.pause_reason
