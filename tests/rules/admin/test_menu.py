"""Menu and ice breakers in the admin, against the sandbox over HTTP."""

import html
import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from audit.models import Entry
from conversations.account import connection, identity
from conversations.models import Account, Menu
from instagram.menu import Part
from rules import taps
from rules.models import ResponseRule
from sandbox import menu as meta
from sandbox.models import Fault
from sandbox.models import Menu as AtMeta
from sandbox.tokens import SAMPLES
from tests.conversations.conftest import nobody_yet  # noqa: F401 - the fixture
from tests.sandbox.conftest import sandbox, server  # noqa: F401 - fixtures

pytestmark = pytest.mark.once

PAGE = "/admin/conversations/menu/1/"
UKRAINIAN = {"locale": "uk_UA", "call_to_actions": [{"question": "Де?", "payload": "ICE_ORDER"}]}
DONE = "Published. Instagram has exactly what is saved here."


@pytest.fixture
def owner(server: str, client: Client, transactional_db: None) -> Client:  # noqa: F811 - the fixture
    client.force_login(User.objects.create_superuser("olena"))
    AtMeta.objects.create(pk=1)  # nothing is there
    return client


@pytest.fixture
def delivery(transactional_db: None) -> ResponseRule:
    return ResponseRule.objects.create(name="Delivery", keywords="delivery", reply="Two days.")


def shown(response: Any) -> str:
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return html.unescape(re.sub(r"\s+", " ", text))


def rows(part: Part, *options: dict[str, str]) -> dict[str, str]:
    return {
        f"{part}-{number}-{name}": value
        for number, option in enumerate(options)
        for name, value in {"text": "", "answer": "", "payload": "", "url": "", **option}.items()
    }


def asks(text: str, rule: ResponseRule) -> dict[str, str]:
    return rows(Part.ICE_BREAKERS, {"text": text, "answer": taps.payload_of(rule.pk)})


def press(client: Client, button: str, form: dict[str, str], page: str = PAGE) -> str:
    """Press a button of a page just opened; return what the page says then."""
    seen = {"seen": digest(client, page)}
    return shown(client.post(page, {**seen, **form, button: ""}, follow=True))


def digest(client: Client, page: str = PAGE) -> str:
    """What a page that is opened now says it has shown."""
    said = re.search(r'name="seen" value="(\w+)"', client.get(page).content.decode())
    assert said
    return said[1]


def questions() -> list[str]:
    """What a phone shows to somebody who has not written yet."""
    return [one["text"] for one in meta.offered()["ice_breakers"]]


def forget_look() -> None:
    """As if a minute had passed."""
    Menu.objects.update(asked_at=None)


def test_what_is_published_is_read_back(owner: Client, delivery: ResponseRule) -> None:
    menu = rows(
        Part.MENU,
        {"text": "Delivery", "answer": "text", "payload": "delivery"},
        {"text": "Shop", "answer": "link", "url": "https://shop.example"},
    )
    page = press(owner, "_publish", asks("How long does it take?", delivery) | menu)
    assert DONE in page
    assert page.count("At Instagram since") == 2
    assert page.count("Rule Delivery answers this.") == 1
    assert "rule Delivery" in page
    assert "opens https://shop.example" in page
    assert meta.stored() == {
        "ice_breakers": [
            {
                "locale": "default",
                "call_to_actions": [
                    {"question": "How long does it take?", "payload": f"rule:{delivery.pk}"}
                ],
            }
        ],
        "persistent_menu": [
            {
                "locale": "default",
                "call_to_actions": [
                    {"type": "postback", "title": "Delivery", "payload": "delivery"},
                    {"type": "web_url", "title": "Shop", "url": "https://shop.example"},
                ],
            }
        ],
    }
    said = LogEntry.objects.filter(object_id="1").values_list("change_message", flat=True)
    assert set(said) == {
        "Changed the menu and ice breakers.",
        "Published the menu and ice breakers.",
    }
    entry = Entry.objects.get(kind="setting")
    assert entry.says == "published the menu and ice breakers of our account"


def test_what_is_only_saved_is_not_at_instagram(owner: Client, delivery: ResponseRule) -> None:
    page = press(owner, "_save", asks("How long?", delivery))
    assert "Saved. Customers see it once you publish it." in page
    assert "Not yet at Instagram." in page
    assert questions() == []


def test_what_is_published_again_is_at_instagram_since_the_first_time(
    owner: Client, delivery: ResponseRule
) -> None:
    form = asks("How long?", delivery)
    press(owner, "_publish", form)
    since = Menu.objects.get().since(Part.ICE_BREAKERS)
    press(owner, "_publish", form)
    assert since is not None
    assert Menu.objects.get().since(Part.ICE_BREAKERS) == since
    press(owner, "_publish", asks("How soon?", delivery))
    changed = Menu.objects.get().since(Part.ICE_BREAKERS)
    assert changed is not None
    assert changed > since


def test_what_somebody_changed_at_instagram_is_seen_and_taken_over(
    owner: Client, delivery: ResponseRule
) -> None:
    press(owner, "_publish", asks("How long?", delivery))
    AtMeta.objects.all().delete()  # as the sandbox begins
    assert "At Instagram since" in shown(owner.get(PAGE))  # it was looked at just now
    page = press(owner, "_look", {})
    assert "Instagram has something else." in page
    assert "sends ORDER_STATUS" in page
    page = press(owner, "_take", {})
    assert "Instagram's menu and ice breakers are here now." in page
    assert page.count("At Instagram since") == 2
    assert [option.payload for option in Menu.objects.get().wants(Part.MENU)] == [
        payload for _, payload in meta.FIRST
    ]
    assert "No rule answers this." in page


def test_what_is_there_before_anything_is_edited_is_shown(owner: Client) -> None:
    AtMeta.objects.all().delete()
    page = shown(owner.get(PAGE))
    assert page.count("Instagram has some that were not made here.") == 2
    assert "Use what Instagram has" in page


@pytest.mark.parametrize("button", ["_save", "_publish"])
def test_what_is_there_before_anything_is_saved_is_not_taken_away(
    owner: Client, button: str
) -> None:
    AtMeta.objects.all().delete()
    before = meta.offered()
    page = press(owner, button, {})
    assert "Nothing was typed, so nothing was saved." in page
    assert page.count("Instagram has some that were not made here.") == 2
    assert meta.offered() == before
    assert before["ice_breakers"]
    assert Menu.objects.get().changed_at is None


def test_a_part_that_was_never_saved_is_left_alone(owner: Client, delivery: ResponseRule) -> None:
    AtMeta.objects.all().delete()
    before = meta.offered()["persistent_menu"]
    page = press(owner, "_publish", asks("How long?", delivery))
    assert DONE in page
    assert page.count("Instagram has some that were not made here.") == 1
    assert questions() == ["How long?"]
    assert meta.offered()["persistent_menu"] == before != []


def test_what_was_never_read_is_not_taken_over(owner: Client, delivery: ResponseRule) -> None:
    press(owner, "_save", asks("How long?", delivery))
    seen = {"seen": digest(owner)}
    Menu.objects.update(found={}, found_at=None)
    said = shown(owner.post(PAGE, {**seen, "_take": ""}, follow=True))
    assert "What Instagram has was never read." in said
    assert len(Menu.objects.get().wants(Part.ICE_BREAKERS)) == 1


def test_what_was_taken_over_and_removed_is_taken_away(owner: Client) -> None:
    AtMeta.objects.all().delete()
    press(owner, "_take", {})
    page = press(owner, "_publish", {})
    assert DONE in page
    assert page.count("None here, and none at Instagram.") == 2
    assert questions() == []


def test_other_languages_stay_as_they_are(owner: Client, delivery: ResponseRule) -> None:
    own = {"locale": "default", "call_to_actions": [{"question": "Where?", "payload": "X"}]}
    AtMeta.objects.update(parts={"ice_breakers": [own, UKRAINIAN]})
    assert "Also in other languages: uk_UA." in shown(owner.get(PAGE))
    assert DONE in press(owner, "_publish", asks("How long?", delivery))
    assert UKRAINIAN in meta.stored()["ice_breakers"]


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ({"text": "?" * 81, "answer": "text", "payload": "X"}, "has 81 characters; the limit"),
        ({"text": "Where?"}, "Say what a tap leads to."),
        ({"answer": "text", "payload": "X"}, "Write what the customer taps."),
        ({"text": "Where?", "answer": "text"}, "Say what a tap leads to."),
        ({"text": "Shop", "answer": "link", "url": "https://shop.example"}, "Only an entry of the"),
    ],
)
def test_what_meta_would_refuse_is_not_saved(
    owner: Client, option: dict[str, str], says: str
) -> None:
    response = owner.post(PAGE, {**rows(Part.ICE_BREAKERS, option), "_publish": ""})
    assert response.status_code == 400
    assert says in shown(response)
    assert "Nothing was saved." in shown(response)
    assert "Not saved yet." in shown(response)
    assert not Menu.objects.filter(changed_at__isnull=False).exists()
    assert questions() == []


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Fault.Kind.MENU_REFUSED, "The app is missing a permission"),
        (Fault.Kind.MENU_LOST, "Instagram accepted the ice breakers, but has something else."),
        (Fault.Kind.MENU_HTML, "Instagram's answer couldn't be read."),
        (Fault.Kind.MENU_HANGS, "The connection to Instagram broke before it answered."),
        (Fault.Kind.LOGIN, "The access token has expired: reconnect the account."),
    ],
)
def test_what_goes_wrong_at_meta_is_said_and_the_row_is_kept(
    owner: Client, delivery: ResponseRule, settings: Settings, fault: str, says: str
) -> None:
    settings.GRAPH_TIMEOUT = (1.0, 0.5)
    identity.forget_clients()
    Fault.objects.create(kind=fault, once=False)
    page = press(owner, "_publish", asks("How long?", delivery))
    assert says in page
    assert "Saved" in page
    assert "Published" not in page
    assert "At Instagram since" not in page
    assert [option.text for option in Menu.objects.get().wants(Part.ICE_BREAKERS)] == ["How long?"]
    Fault.objects.all().delete()
    assert DONE in press(owner, "_publish", asks("How long?", delivery))


def test_the_last_look_stays_in_view_while_meta_cannot_be_asked(
    owner: Client, delivery: ResponseRule
) -> None:
    press(owner, "_publish", asks("How long?", delivery))
    forget_look()
    Fault.objects.create(kind=Fault.Kind.MENU_HTML)
    page = shown(owner.get(PAGE))
    assert "Instagram could not be asked" in page
    assert "Shown is what it had" in page
    assert "At Instagram since" in page
    assert "could not be asked" in shown(owner.get(PAGE))  # and Meta is left alone for a minute
    forget_look()
    assert "could not be asked" not in shown(owner.get(PAGE))


def test_a_disconnected_account_is_edited_and_not_published(
    owner: Client, delivery: ResponseRule
) -> None:
    owner.get(PAGE)
    connection.disconnect(1, "olena")
    assert "is not connected" in shown(owner.get(PAGE))
    page = press(owner, "_publish", asks("How long?", delivery))
    assert "Saved, but not published: this account is not connected." in page
    assert questions() == []
    assert Menu.objects.get().wants(Part.ICE_BREAKERS)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"active": False}, "Rule Delivery does not answer this: It is off. Now nothing answers."),
        ({"for_buttons": False}, "It is not for taps. Now nothing answers."),
        ({"accounts": "17841499999999998"}, "It is not for this Instagram account."),
    ],
)
def test_a_tap_that_its_rule_does_not_answer_is_warned_of(
    owner: Client, delivery: ResponseRule, change: dict[str, Any], says: str
) -> None:
    identity.identify(identity.ready(1))
    press(owner, "_publish", asks("How long?", delivery))
    for name, value in change.items():
        setattr(delivery, name, value)
    delivery.save()
    assert says in shown(owner.get(PAGE))


def test_a_rule_that_was_deleted_is_warned_of(owner: Client, delivery: ResponseRule) -> None:
    press(owner, "_save", asks("How long?", delivery))
    delivery.delete()
    page = shown(owner.get(PAGE))
    assert "Its rule was deleted. Choose another one." in page
    assert "A rule that was deleted" in page


def test_a_text_that_only_the_fallback_answers_is_warned_of(owner: Client) -> None:
    ResponseRule.objects.create(name="Pardon", match="fallback", reply="Pardon?")
    option = {"text": "Klarna?", "answer": "text", "payload": "KLARNA"}
    page = press(owner, "_save", rows(Part.ICE_BREAKERS, option))
    assert "Only rule Pardon answers this, as anything." in page


def test_what_a_colleague_saved_meanwhile_is_not_lost(owner: Client) -> None:
    """Two have the page open; whoever is slower sees both, keeps the text, and may save again."""
    both = digest(owner)
    first = rows(Part.MENU, {"text": "Sizes", "answer": "text", "payload": "sizes"})
    second = rows(Part.MENU, {"text": "Returns", "answer": "text", "payload": "returns"})
    anna = Client()
    anna.force_login(User.objects.create_superuser("anna"))
    assert "Saved." in press(anna, "_save", {**first, "seen": both})
    late = owner.post(PAGE, {**second, "seen": both, "_publish": ""})
    assert late.status_code == 409
    page = shown(late)
    assert "Nothing was saved: anna has changed this" in page
    assert "Saved by anna Sizes sends sizes" in page
    assert 'value="Returns"' in late.content.decode()
    assert meta.stored() == {}
    assert [one.text for one in Menu.objects.get().wants(Part.MENU)] == ["Sizes"]
    seen = re.search(r'name="seen" value="(\w+)"', late.content.decode())
    assert seen
    assert "Saved." in press(owner, "_save", {**second, "seen": seen[1]})
    assert [one.text for one in Menu.objects.get().wants(Part.MENU)] == ["Returns"]


def test_rows_that_are_moved_do_not_hide_what_a_colleague_saved(owner: Client) -> None:
    both = digest(owner)
    form = rows(Part.MENU, *({"text": one, "answer": "text", "payload": one} for one in "AB"))
    press(owner, "_save", {**form, "seen": both})
    moved = owner.post(PAGE, {**form, "seen": both, "_rows": "up persistent_menu-1"})
    refused = owner.post(PAGE, {**rows(Part.MENU, {"text": "C"}), "seen": both, "_save": ""})
    for page in (moved, refused):
        assert f'name="seen" value="{both}"' in page.content.decode()


@pytest.mark.parametrize("seen", ["", "nonsense"])
@pytest.mark.parametrize("button", ["_save", "_publish", "_take"])
def test_a_page_that_does_not_say_what_it_showed_changes_nothing(
    owner: Client, button: str, seen: str
) -> None:
    """As one that was opened before an update, or whose menu a colleague changed since."""
    AtMeta.objects.all().delete()
    form = rows(Part.MENU, {"text": "Sizes", "answer": "text", "payload": "sizes"})
    press(owner, "_save", form)
    other = rows(Part.MENU, {"text": "Returns", "answer": "text", "payload": "returns"})
    assert owner.post(PAGE, {**other, "seen": seen, button: ""}).status_code == 409
    assert [one.text for one in Menu.objects.get().wants(Part.MENU)] == ["Sizes"]


def test_two_who_save_the_same_are_not_in_each_other_s_way(owner: Client) -> None:
    both = digest(owner)
    form = rows(Part.MENU, {"text": "Sizes", "answer": "text", "payload": "sizes"})
    for _ in range(2):
        assert "Saved." in press(owner, "_save", {**form, "seen": both})


def test_rows_are_added_moved_and_removed_without_saving(owner: Client) -> None:
    form = rows(
        Part.MENU,
        *({"text": text, "answer": "text", "payload": "X"} for text in ("One", "Two", "Three")),
    )
    for change, expected in {
        "up persistent_menu-1": ["Two", "One", "Three"],
        "remove persistent_menu-0": ["Two", "Three", ""],
        "add persistent_menu": ["One", "Two", "Three", ""],
        "up persistent_menu-0": ["One", "Two", "Three"],
        "up persistent_menu-99": ["One", "Two", "Three"],
        "add nonsense": ["One", "Two", "Three"],
    }.items():
        page = owner.post(PAGE, {**form, "_rows": change}).content.decode()
        found = re.findall(r'name="persistent_menu-\d+-text"\s+value="([^"]*)"', page)
        assert found == expected, change
    assert not Menu.objects.filter(changed_at__isnull=False).exists()


@pytest.mark.usefixtures("nobody_yet")
@pytest.mark.parametrize(
    ("by", "sample"), [("instagram", "shop"), ("page", "page"), ("unified", "system")]
)
def test_each_login_may_publish(client: Client, by: str, sample: str) -> None:
    client.force_login(User.objects.create_superuser("olena"))
    client.post(f"/admin/conversations/account/add/by/{by}/", {"token": SAMPLES[sample].key})
    account = Account.objects.get()
    page = f"/admin/conversations/menu/{account.pk}/"
    own = shown(client.get(f"/admin/conversations/account/{account.pk}/change/"))
    assert "Menu and ice breakers" in own
    option = {"text": "Where?", "answer": "text", "payload": "ORDER"}
    assert DONE in press(client, "_publish", rows(Part.ICE_BREAKERS, option), page)
    assert questions() == ["Where?"]


def test_several_accounts_are_listed(owner: Client) -> None:
    assert owner.get("/admin/conversations/menu/")["Location"] == PAGE
    Account.objects.create(instagram_id="17841400000000077", username="second")
    identity.forget()
    page = owner.get("/admin/conversations/menu/").content.decode()
    assert "@second" in page
    assert f'href="{PAGE}"' in page
    assert owner.get("/admin/conversations/menu/404/").status_code == 404
