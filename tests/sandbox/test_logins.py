"""The stand-in's login, tokens and webhook fields, spoken to by the client that speaks to Meta."""

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from instagram.diagnosis import diagnose
from instagram.errors import AccountError, AmbiguousError, GraphError, LoginError, PermanentError
from instagram.kinds import Kind
from instagram.login import SCOPES, App, Hosts, Login
from instagram.token_text import TokenError
from sandbox import payloads, tokens
from sandbox.models import Customer, Fault, Grant, Subscription
from sandbox.tokens import SAMPLES

pytestmark = pytest.mark.once

PATH = "/sandbox/graph/oauth/authorize"


@pytest.fixture
def login(server: str, sandbox: Settings) -> Iterator[Login]:
    sandbox.PUBLIC_URL = server
    one = Login(
        instagram=App(sandbox.INSTAGRAM_APP_ID, tuple(sandbox.INSTAGRAM_APP_SECRET)),
        facebook=App(sandbox.FACEBOOK_APP_ID, tuple(sandbox.FACEBOOK_APP_SECRET)),
        hosts=Hosts.at(sandbox.GRAPH_API_URL),
        version="v26.0",
        timeout=(2.0, 1.0),
    )
    yield one
    one._session().close()


@pytest.fixture
def redirect(server: str) -> str:
    return f"{server}/admin/back/"


def failure(call: object, *arguments: object) -> GraphError:
    """Not pytest.raises: the traceback that it keeps would hold the connection open."""
    try:
        call(*arguments)  # type: ignore[operator]
    except GraphError as error:
        return error.with_traceback(None)
    raise AssertionError("it did not fail")


def answer(login: Login, redirect: str, **form: object) -> dict[str, list[str]]:
    """Press a button of the page to log in; return what it comes back with."""
    query = urlsplit(login.authorize_address(redirect, "state-1")).query
    address = f"{PATH}?{query}"
    assert Client().get(address).status_code == 200
    response = Client().post(address, form)
    assert response["Location"].startswith(f"{redirect}?")
    return parse_qs(urlsplit(response["Location"]).query)


def allow(login: Login, redirect: str, account: str = "shop") -> str:
    back = answer(login, redirect, account=account, scope=SCOPES[1:], allow="1")
    assert back["state"] == ["state-1"]
    return back["code"][0]


def test_a_login_leads_to_a_token_that_works(login: Login, redirect: str) -> None:
    short = login.exchange_code(allow(login, redirect), redirect)
    assert short.permissions == frozenset(SCOPES)
    long = login.lengthen(short.token)
    assert long.seconds == 60 * 24 * 3600
    [found] = diagnose(login, Kind.INSTAGRAM, long.token)
    assert found.account.instagram_id == payloads.account_id()


def test_whoever_cancels_comes_back_without_a_code(login: Login, redirect: str) -> None:
    back = answer(login, redirect, account="shop", cancel="1")
    assert back["error"] == ["access_denied"]
    assert back["state"] == ["state-1"]
    assert "code" not in back
    assert not Grant.objects.exists()


def test_a_code_works_once_and_for_its_own_address(login: Login, redirect: str) -> None:
    code = allow(login, redirect)
    assert "has been used" in failure(login.exchange_code, code, f"{redirect}x").advice
    login.exchange_code(code, redirect)
    error = failure(login.exchange_code, code, redirect)
    assert isinstance(error, PermanentError)
    assert "has been used" in error.advice


def test_a_code_ends_after_an_hour_or_by_a_fault(login: Login, redirect: str) -> None:
    code = allow(login, redirect)
    Grant.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
    assert "has expired" in failure(login.exchange_code, code, redirect).advice
    Fault.objects.create(kind=Fault.Kind.CODE_EXPIRED)
    assert "has expired" in failure(login.exchange_code, allow(login, redirect), redirect).advice
    login.exchange_code(allow(login, redirect), redirect)


@pytest.mark.parametrize(("app", "says"), [
    (App("999999", ("x",)), "INSTAGRAM_APP_ID"),
    (App("1111111111", ("x",)), "INSTAGRAM_APP_SECRET"),
])  # fmt: skip
def test_a_wrong_app_is_refused(login: Login, redirect: str, app: App, says: str) -> None:
    code = allow(login, redirect)
    login.instagram = app
    error = failure(login.exchange_code, code, redirect)
    assert isinstance(error, LoginError)
    assert says in error.advice


@pytest.mark.parametrize(("client", "back", "problem"), [
    ("999999", "", b"Invalid platform app"),
    ("1111111111", "https://elsewhere.example/", b"Invalid redirect_uri"),
    ("1111111111", "//elsewhere.example/", b"Invalid redirect_uri"),
])  # fmt: skip
def test_the_page_goes_back_to_nobody_else(
    login: Login, client: str, back: str, problem: bytes
) -> None:
    query = {"client_id": client, "redirect_uri": back}
    for response in (Client().get(PATH, query), Client().post(PATH, {}, query_params=query)):
        assert response.status_code == 400
        assert problem in response.content


def test_a_login_may_lack_the_right_to_messages(login: Login, redirect: str) -> None:
    Fault.objects.create(kind=Fault.Kind.NO_MESSAGES)
    short = login.exchange_code(allow(login, redirect), redirect)
    with pytest.raises(TokenError, match="instagram_business_manage_messages is missing"):
        diagnose(login, Kind.INSTAGRAM, short.token)


@pytest.mark.parametrize(
    ("sample", "kind", "says"),
    [
        ("personal", Kind.INSTAGRAM, "is a personal account"),
        ("expired", Kind.INSTAGRAM, "has expired"),
        ("bare", Kind.INSTAGRAM, "instagram_business_manage_messages is missing"),
        ("page_bare", Kind.FACEBOOK, "no professional Instagram account"),
        ("page_personal", Kind.FACEBOOK, "@olena.private is a personal account"),
        ("page_mute", Kind.FACEBOOK, "instagram_manage_messages is missing"),
        ("page_expired", Kind.FACEBOOK, "expired on"),
        ("page_other", Kind.FACEBOOK, "of another app"),
        ("page", Kind.UNIFIED, "token of a Page"),
    ],
)
def test_each_token_that_cannot_be_used_is_told_apart(
    login: Login, sample: str, kind: Kind, says: str
) -> None:
    with pytest.raises(TokenError, match=says):
        diagnose(login, kind, SAMPLES[sample].key)


@pytest.mark.parametrize(
    ("sample", "kind", "node"),
    [
        ("shop", Kind.INSTAGRAM, payloads.NODE_ID),
        ("page", Kind.FACEBOOK, tokens.PAGE_ID),
        ("person", Kind.FACEBOOK, tokens.PAGE_ID),
        ("system", Kind.UNIFIED, tokens.SYSTEM_USER_ID),
    ],
)
def test_a_token_of_each_login_opens_the_account(
    login: Login, sample: str, kind: Kind, node: str
) -> None:
    [found] = diagnose(login, kind, SAMPLES[sample].key)
    assert (found.account.instagram_id, found.node_id) == (payloads.account_id(), node)
    assert found.account.username == payloads.USERNAME


@pytest.mark.parametrize("kind", [Fault.Kind.ME_HTML, Fault.Kind.ME_HANGS])
def test_meta_may_answer_nothing_that_can_be_read(
    login: Login, sandbox: Settings, kind: str
) -> None:
    sandbox.GRAPH_TIMEOUT = (1.0, 0.5)
    Fault.objects.create(kind=kind)
    with pytest.raises(TokenError, match="no answer came that could be read"):
        diagnose(login, Kind.INSTAGRAM, SAMPLES["shop"].key)
    assert diagnose(login, Kind.INSTAGRAM, SAMPLES["shop"].key)


def test_a_token_is_renewed_once_it_is_a_day_old(login: Login, redirect: str) -> None:
    long = login.lengthen(login.exchange_code(allow(login, redirect), redirect).token)
    assert isinstance(failure(login.refresh, long.token), LoginError)
    Grant.objects.update(made_at=timezone.now() - timedelta(days=7))
    assert login.refresh(long.token).token != long.token


@pytest.mark.parametrize(("fault", "kind"), [
    (Fault.Kind.NO_RENEWAL, AccountError), (Fault.Kind.RENEWAL_BROKEN, AmbiguousError),
])  # fmt: skip
def test_a_renewal_may_fail(login: Login, fault: str, kind: type[GraphError]) -> None:
    Fault.objects.create(kind=fault)
    assert isinstance(failure(login.refresh, SAMPLES["shop"].key), kind)
    assert login.refresh(SAMPLES["shop"].key).token


def test_webhook_fields_are_subscribed_all_or_none(login: Login) -> None:
    node, token = payloads.account_id(), SAMPLES["shop"].key
    assert login.subscribed(Kind.INSTAGRAM, token, node) == frozenset()
    login.subscribe(Kind.INSTAGRAM, token, node, ["messages", "comments"])
    assert login.subscribed(Kind.INSTAGRAM, token, node) == {"messages", "comments"}
    error = failure(login.subscribe, Kind.INSTAGRAM, token, node, ["messages", "message_echoes"])
    assert "must be one of" in error.reply.body
    Fault.objects.create(kind=Fault.Kind.FIELDS_REFUSED)
    assert isinstance(
        failure(login.subscribe, Kind.INSTAGRAM, token, node, ["messages"]), AccountError
    )
    assert isinstance(
        failure(login.subscribe, Kind.INSTAGRAM, token, "me", ["messages"]), GraphError
    )
    assert login.subscribed(Kind.INSTAGRAM, token, node) == {"messages", "comments"}
    Fault.objects.create(kind=Fault.Kind.FIELDS_LOST)
    login.subscribe(Kind.INSTAGRAM, token, node, ["messages", "comments"])
    assert login.subscribed(Kind.INSTAGRAM, token, node) == {"messages"}
    login.unsubscribe(Kind.INSTAGRAM, token, node)
    assert not Subscription.objects.exists()


def test_the_list_of_tokens_has_each(sandbox: Settings, client: Client, db: None) -> None:
    page = client.get("/sandbox/tokens").content.decode()
    assert all(token.key in page for token in SAMPLES.values())


def test_a_fault_of_the_account_is_everybodys(sandbox: Settings, client: Client, db: None) -> None:
    customer = Customer.objects.ensure_some()[0].igsid
    client.post("/sandbox/faults", {"customer": customer, "kind": "me_html"}, "application/json")
    assert Fault.objects.get().customer is None
