"""Connecting an account in the admin, against the sandbox over HTTP."""

import html
import re
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from conversations import bot_switch
from conversations.account import renewal, subscription, tokens
from conversations.models import FIRST, Account
from instagram.login import SCOPES
from rules.models import ResponseRule
from sandbox import payloads
from sandbox.models import Fault, Subscription
from sandbox.tokens import PAGE_ID, SAMPLES
from tests.sandbox.conftest import sandbox, server  # noqa: F401 - fixtures
from tests.support.talks import ask, make_conversation
from workqueue.snapshot import Snapshot

pytestmark = pytest.mark.usefixtures("nobody_yet")

ADD = "/admin/conversations/account/add/"
BY_INSTAGRAM, BY_PAGE, BY_UNIFIED = (
    f"{ADD}by/{kind}/" for kind in ("instagram", "page", "unified")
)
LOGIN, BACK = f"{ADD}login/", f"{ADD}back/"


@pytest.fixture
def owner(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("olena"))
    return client


def shown(response: Any) -> str:
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return html.unescape(re.sub(r"\s+", " ", text))


def paste(client: Client, sample: str, by: str = BY_INSTAGRAM, **more: str) -> Any:
    token = SAMPLES[sample].key if sample in SAMPLES else sample
    return client.post(by, {"token": token, **more})


def nothing_is_connected() -> bool:
    return not Account.objects.exclude(token="").exists() and not Subscription.objects.exists()


@pytest.mark.once
def test_each_way_says_what_it_needs_and_leads_to_metas_dashboard(owner: Client) -> None:
    page = owner.get(ADD)
    text, source = shown(page), page.content.decode()
    for title in ("Instagram Login", "Facebook Login", "Unified Login"):
        assert title in text
    for address in ("developers.facebook.com/apps/2222222222/", "business.facebook.com"):
        assert f"https://{address}" in source
    assert source.count("noopener") == 3
    assert (
        f'href="{ADD}"'
        in owner.get(reverse("admin:conversations_account_changelist")).content.decode()
    )


@pytest.mark.once
@pytest.mark.parametrize("by", [BY_INSTAGRAM, BY_PAGE, BY_UNIFIED])
def test_a_way_shows_what_is_to_be_entered_at_meta(
    owner: Client, by: str, settings: Settings
) -> None:
    page = owner.get(by).content.decode()
    assert f'value="{settings.PUBLIC_URL}/webhooks/instagram"' in page
    assert 'value="verify-me"' in page
    assert (f'value="{settings.PUBLIC_URL}{BACK}"' in page) is (by == BY_INSTAGRAM)


@pytest.mark.once
@pytest.mark.parametrize(
    ("by", "where"),
    [
        (BY_INSTAGRAM, "the app's dashboard, “API setup with Instagram login”"),
        (BY_PAGE, "the Graph API Explorer"),
        (BY_UNIFIED, "the business settings, “System users”"),
    ],
)
def test_webhooks_are_the_apps_and_the_token_is_from_elsewhere(
    owner: Client, by: str, where: str
) -> None:
    page = shown(owner.get(by)).replace("\u2019", "'")
    webhooks, token = page.split("aste a token", 1)
    told = "In the app's dashboard open Webhooks, choose the object Instagram"
    assert told in webhooks.replace(" , ", ", ")
    for name in (*subscription.ALWAYS, "comments", "live_comments"):
        assert f" {name} " in webhooks
    assert where not in webhooks
    assert f"{where} ," in token
    assert f"Open {where}" in shown(owner.get(ADD)).replace("\u2019", "'")


@pytest.mark.once
def test_a_way_that_is_none_is_not_found(owner: Client) -> None:
    assert owner.get(f"{ADD}by/telepathy/").status_code == 404


@pytest.mark.parametrize(
    ("sample", "by", "login", "node"),
    [
        ("shop", BY_INSTAGRAM, "instagram", payloads.NODE_ID),
        ("page", BY_PAGE, "page", PAGE_ID),
        ("person", BY_PAGE, "page", PAGE_ID),
        ("system", BY_UNIFIED, "unified", "70010001"),
    ],
)
def test_a_pasted_token_connects_its_account(
    owner: Client, sample: str, by: str, login: str, node: str
) -> None:
    response = paste(owner, sample, by)
    account = Account.objects.get()
    address = f"/admin/conversations/account/{account.pk}/connected/"
    assert response["Location"] == f"{address}?after=0"
    assert (account.instagram_id, account.node_id) == (payloads.account_id(), node)
    assert (account.username, account.login) == (payloads.USERNAME, login)
    expected = "page" if sample == "person" else sample
    assert tokens.read(account) == SAMPLES[expected].key
    assert SAMPLES[expected].key not in account.token
    assert set(account.webhook_fields) >= {"messages"}
    entry = LogEntry.objects.get()
    assert (entry.user.username, entry.object_id) == ("olena", str(account.pk))
    arrival = shown(owner.get(response["Location"]))
    assert "@your.shop is connected" in arrival
    assert "Meta posts what is needed" in arrival
    assert "Waiting for a message" in arrival
    # Of such a token alone Meta does not tell which app's it is.
    of_app = "must be of the app that posts its webhooks here, with the Instagram app ID 1111111111"
    assert (of_app in arrival) == (login == "instagram")


@pytest.mark.once
@pytest.mark.parametrize(
    ("sample", "by", "says"),
    [
        ("", BY_INSTAGRAM, "Nothing was pasted"),
        ("page", BY_INSTAGRAM, "begins with EAA"),
        ("shop", BY_PAGE, "begins with IGAA"),
        ("personal", BY_INSTAGRAM, "is a personal account"),
        ("expired", BY_INSTAGRAM, "has expired"),
        ("bare", BY_INSTAGRAM, "instagram_business_manage_messages is missing"),
        ("page_bare", BY_PAGE, "no professional Instagram account"),
        ("page_personal", BY_PAGE, "@olena.private is a personal account"),
        ("page_mute", BY_PAGE, "instagram_manage_messages is missing"),
        ("page_other", BY_PAGE, "of another app"),
        ("system", BY_PAGE, "This is the token of a system user"),
        ("page", BY_UNIFIED, "This is the token of a Page"),
        ("IGAA" + "unknown" * 20, BY_INSTAGRAM, "incomplete or was revoked"),
        ("verify-me", BY_INSTAGRAM, "verify token"),
    ],
)
def test_a_token_that_cannot_be_used_says_why_and_changes_nothing(
    owner: Client, sample: str, by: str, says: str
) -> None:
    response = paste(owner, sample, by)
    assert response.status_code == 400
    assert says in shown(response)
    assert nothing_is_connected()
    token = SAMPLES[sample].key if sample in SAMPLES else sample
    assert not token or token == "verify-me" or token not in response.content.decode()


def test_the_account_of_the_environment_is_not_there_twice(
    owner: Client, settings: Settings
) -> None:
    settings.INSTAGRAM_PAGE_ACCESS_TOKEN = "IGAA-that-no-worker-has-asked-about"
    Snapshot.forget_everything()
    paste(owner, "shop")
    account = Account.objects.get()
    assert (account.pk, account.username) == (FIRST, payloads.USERNAME)
    assert tokens.read(account) == SAMPLES["shop"].key


@pytest.mark.once
@pytest.mark.parametrize("kind", [Fault.Kind.ME_HTML, Fault.Kind.ME_HANGS])
def test_meta_that_answers_nothing_changes_nothing(
    owner: Client,
    settings: Settings,
    kind: str,
) -> None:
    settings.GRAPH_TIMEOUT = (1.0, 0.5)
    Fault.objects.create(kind=kind)
    response = paste(owner, "shop")
    assert "no answer came that could be read" in shown(response)
    assert nothing_is_connected()
    assert paste(owner, "shop").status_code == 302


@pytest.mark.once
def test_what_is_around_a_token_does_no_harm(owner: Client) -> None:
    key = SAMPLES["shop"].key
    assert paste(owner, f' "Bearer {key[:30]}\n{key[30:]}" ').status_code == 302


# A login


def begin(client: Client) -> dict[str, str]:
    """Press the button; return what Instagram's page is asked."""
    response = client.post(LOGIN)
    assert response.status_code == 302
    found = urlsplit(response["Location"])
    assert found.path == "/sandbox/graph/oauth/authorize"
    return {name: values[0] for name, values in parse_qs(found.query).items()}


def answer(asked: dict[str, str], **form: Any) -> str:
    """Press a button at Instagram, in a browser that knows nothing of the admin."""
    response = Client().post("/sandbox/graph/oauth/authorize", form, query_params=asked)
    return str(response["Location"]).partition("#")[0]


def allow(asked: dict[str, str], account: str = "shop") -> str:
    return answer(asked, account=account, scope=SCOPES[1:], allow="1")


def test_a_login_connects_its_account(owner: Client, settings: Settings) -> None:
    asked = begin(owner)
    assert asked["redirect_uri"] == f"{settings.PUBLIC_URL}{BACK}"
    response = owner.get(allow(asked))
    account = Account.objects.get()
    assert f"/{account.pk}/connected/" in response["Location"]
    assert account.login == "instagram"
    assert account.permissions == sorted(SCOPES)
    assert renewal.days_left(account, timezone.now()) == 59


@pytest.mark.once
def test_whoever_cancels_is_told_so(owner: Client) -> None:
    response = owner.get(answer(begin(owner), account="shop", cancel="1"), follow=True)
    assert "You cancelled at Instagram" in shown(response)
    assert nothing_is_connected()


@pytest.mark.once
@pytest.mark.parametrize("error", ["server_error", "temporarily_unavailable", "<b>x</b>"])
def test_a_login_that_instagram_does_not_complete_is_no_cancelling(
    owner: Client, error: str
) -> None:
    back = answer(begin(owner), account="shop", cancel="1")
    query = {**dict(parse_qsl(urlsplit(back).query)), "error": error}
    response = owner.get(BACK, query)
    assert response.status_code == 400
    text = shown(response)
    assert "Instagram did not complete the login. Nothing was changed." in " ".join(text.split())
    assert "cancelled" not in text
    assert error not in response.content.decode()
    assert nothing_is_connected()


def test_a_state_works_once(owner: Client) -> None:
    back = allow(begin(owner))
    assert owner.get(back).status_code == 302
    Account.objects.update(username="seen")
    again = owner.get(back)
    assert again.status_code == 400
    assert "has been used already" in shown(again)
    assert Account.objects.get().username == "seen"


@pytest.mark.once
def test_a_code_that_was_used_elsewhere_says_so(owner: Client) -> None:
    asked = begin(owner)
    first = allow(asked)
    owner.get(first)
    tokens.drop(1)
    other = begin(owner)
    reused = first.replace(asked["state"], other["state"])
    response = owner.get(reused)
    assert response.status_code == 400
    assert "has been used already, or has expired: connect once more" in shown(response)
    assert not Account.objects.exclude(token="").exists()


def forged(owner: Client) -> str:
    return allow(begin(owner)).replace("state=", "state=x")


def missing(owner: Client) -> str:
    return allow(begin(owner)).partition("&state=")[0]


def of_somebody_else(owner: Client) -> str:
    other = Client()
    other.force_login(User.objects.create_superuser("mallory"))
    return allow(begin(other))


def never_begun(owner: Client) -> str:
    return f"{BACK}?code=AQx&state="


@pytest.mark.once
@pytest.mark.parametrize("make", [forged, missing, of_somebody_else, never_begun])
def test_a_state_that_is_not_this_sessions_is_refused(owner: Client, make: Any) -> None:
    response = owner.get(make(owner))
    assert response.status_code == 400
    assert "did not begin here" in shown(response)
    assert nothing_is_connected()


@pytest.mark.once
def test_a_forged_answer_does_not_end_the_login_that_is_going_on(owner: Client) -> None:
    back = allow(begin(owner))
    owner.get(f"{BACK}?code=AQx&state=forged")
    assert owner.get(back).status_code == 302


@pytest.mark.once
def test_a_login_takes_an_hour_at_most(owner: Client) -> None:
    back = allow(begin(owner))
    session = owner.session
    session["instagram_login"] |= {"began": session["instagram_login"]["began"] - 3601}
    session.save()
    assert owner.get(back).status_code == 400


@pytest.mark.once
@pytest.mark.parametrize(
    ("fault", "account", "says"),
    [
        (Fault.Kind.CODE_EXPIRED, "shop", "or has expired"),
        (Fault.Kind.NO_MESSAGES, "shop", "instagram_business_manage_messages is missing"),
        (None, "personal", "is a personal account"),
    ],
)
def test_a_login_that_leads_to_nothing_says_why(
    owner: Client, fault: str | None, account: str, says: str
) -> None:
    if fault:
        Fault.objects.create(kind=fault)
    response = owner.get(allow(begin(owner), account))
    assert response.status_code == 400
    assert says in shown(response)
    assert nothing_is_connected()


@pytest.mark.once
def test_without_the_apps_id_a_token_is_pasted(owner: Client, settings: Settings) -> None:
    settings.INSTAGRAM_APP_ID = ""
    page = shown(owner.get(BY_INSTAGRAM))
    assert "Connect with Instagram" not in page
    assert "INSTAGRAM_APP_ID" in page
    assert owner.post(LOGIN)["Location"] == ADD


@pytest.mark.once
def test_the_page_may_lead_on_to_instagram_and_nowhere_else(
    owner: Client,
    settings: Settings,
) -> None:
    settings.INSTAGRAM_AUTHORIZE_URL = "https://www.instagram.com/oauth/authorize"
    policy = owner.get(BY_INSTAGRAM)["Content-Security-Policy"]
    parts = policy.split("; ")
    assert {"form-action 'self' https://www.instagram.com", "script-src 'self'"} <= {*parts}
    assert "unsafe" not in policy
    there_too = owner.get(BACK)["Content-Security-Policy"].split("; ")
    assert sorted(there_too) == sorted(parts), "the button is there, too"
    assert "instagram.com" not in owner.get(ADD)["Content-Security-Policy"]


# What came of it


@pytest.mark.once
def test_the_fields_that_rules_need_are_subscribed_and_read_back(owner: Client) -> None:
    ResponseRule.objects.create(name="R", keywords="price", reply="10", for_comments=True)
    Fault.objects.create(kind=Fault.Kind.FIELDS_LOST)
    arrival = owner.get(paste(owner, "shop")["Location"])
    assert "Meta does not post all that is needed" in shown(arrival)
    account = Account.objects.get()
    assert "comments" not in account.webhook_fields
    response = owner.post(f"/admin/conversations/account/{account.pk}/fields/", follow=True)
    assert "Meta posts all that is needed" in shown(response)
    account.refresh_from_db()
    assert {"comments", "live_comments", "messages"} <= set(account.webhook_fields)


@pytest.mark.once
def test_a_field_that_was_added_by_hand_stays(owner: Client) -> None:
    paste(owner, "shop")
    account, row = Account.objects.get(), Subscription.objects.get()
    row.fields = ["messages", "mentions"]
    row.save()
    owner.post(f"/admin/conversations/account/{account.pk}/fields/")
    row.refresh_from_db()
    account.refresh_from_db()
    assert {"mentions", "standby"} <= set(row.fields)
    assert account.webhook_fields == sorted(row.fields)


@pytest.mark.once
def test_fields_that_meta_refuses_leave_the_account_connected(owner: Client) -> None:
    Fault.objects.create(kind=Fault.Kind.FIELDS_REFUSED, once=False)
    arrival = owner.get(paste(owner, "shop")["Location"])
    assert "@your.shop is connected" in shown(arrival)
    assert "Not subscribed. The app is" in shown(arrival)
    account = Account.objects.get()
    response = owner.post(f"/admin/conversations/account/{account.pk}/fields/", follow=True)
    assert "Not subscribed." in shown(response)


@pytest.mark.once
def test_an_account_that_meta_was_never_asked_about_says_so(owner: Client) -> None:
    paste(owner, "shop")
    account = Account.objects.get()
    Account.objects.update(webhook_fields=[], webhook_fields_at=None)
    address = f"/admin/conversations/account/{account.pk}/"
    arrival = shown(owner.get(f"{address}connected/"))
    assert "Not subscribed from here yet." in arrival
    assert "missing " not in arrival.replace("adds what is missing", "")
    owner.post(f"{address}fields/")
    assert "Meta posts what is needed" in shown(owner.get(f"{address}connected/"))


@pytest.mark.once
def test_the_first_message_is_waited_for(owner: Client) -> None:
    before = ask(make_conversation("1"), "An older one")
    Account.objects.update(instagram_id=payloads.account_id())
    address = paste(owner, "shop")["Location"]
    assert address.endswith(f"?after={before.pk}")
    news = address.replace("connected/", "connected/news/")
    assert owner.get(news).json() == {"came": "", "history": None}
    ask(make_conversation("2"), "Hello")
    came = owner.get(news).json()["came"]
    assert came.startswith("It came: at ")
    assert came in shown(owner.get(address))


@pytest.mark.once
@pytest.mark.parametrize("after", ["", "x", "-1", "9" * 30, "\u0661"])
def test_an_address_by_hand_does_no_harm(owner: Client, after: str) -> None:
    address = paste(owner, "shop")["Location"].partition("?")[0]
    assert owner.get(address, {"after": after}).status_code == 200


# The end of it


def test_an_account_is_disconnected_and_connected_again(owner: Client) -> None:
    paste(owner, "shop")
    account = Account.objects.get()
    address = f"/admin/conversations/account/{account.pk}/disconnect/"
    assert "Nothing is sent from @your.shop any more" in shown(owner.get(address))
    assert tokens.read(Account.objects.get())
    response = owner.post(address, follow=True)
    assert "Its messages are kept" in shown(response)
    account.refresh_from_db()
    assert (account.active, account.token) == (False, "")
    assert not Subscription.objects.exists()
    paste(owner, "shop")
    again = Account.objects.get()
    assert (again.pk, again.active, again.disconnected_at) == (account.pk, True, None)


@pytest.mark.once
def test_an_account_whose_token_is_dead_is_disconnected_too(owner: Client) -> None:
    paste(owner, "shop")
    account = Account.objects.get()
    tokens.keep(account.pk, "IGAA-dead", login="instagram")
    response = owner.post(f"/admin/conversations/account/{account.pk}/disconnect/", follow=True)
    assert "Meta could not be told" in shown(response)
    assert not Account.objects.get().active


PAGES = (ADD, BY_INSTAGRAM, BACK, f"{ADD}../1/connected/", f"{ADD}../1/disconnect/")


@pytest.mark.once
def test_nobody_else_may(client: Client) -> None:
    user = User.objects.create_user("sam", is_staff=True)
    client.force_login(user)
    Account.objects.ours()
    for page in (*PAGES, LOGIN):
        address = page.replace("add/../", "")
        assert client.get(address).status_code == 403
        assert client.post(address, {"token": SAMPLES["shop"].key}).status_code == 403
    assert nothing_is_connected()


@pytest.mark.once
@pytest.mark.parametrize("address", [BY_INSTAGRAM, LOGIN])
def test_no_other_site_can_press_the_buttons(address: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(User.objects.create_superuser("olena"))
    response = browser.post(address, {"token": SAMPLES["shop"].key})
    assert response.status_code == 403
    assert nothing_is_connected()


@pytest.mark.once
def test_an_account_that_stays_silent_is_said_to(owner: Client) -> None:
    Account.objects.create(pk=FIRST, instagram_id="17841400000000099", username="other")
    bot_switch.switch_off(FIRST, "olga")
    arrived = owner.get(paste(owner, "shop").headers["Location"])
    assert "Bot switched off by olga." in shown(arrived)
    assert Account.objects.filter(bot_off_by="olga").count() == 2
