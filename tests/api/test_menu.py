"""Ice breakers and the menu of an account over the API: read, saved, published."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry

from conversations.account import access, connection, identity
from conversations.models import FIRST, Account, Menu
from instagram.menu import Part
from rules.models import ResponseRule
from sandbox import menu as meta
from sandbox.models import Fault
from sandbox.models import Menu as AtMeta
from tests.api.caller import CHANGE, VIEW, Caller, problem, rule, token_of, user_who_may
from tests.sandbox.conftest import sandbox  # noqa: F401 - a fixture
from tests.sandbox.conftest import server as server_of_meta  # noqa: F401 - a fixture
from tests.support.accounts import SECOND
from tests.support.graph import ACCOUNT

pytestmark = pytest.mark.once

SIZES = {"text": "Sizes", "rule": None, "payload": "sizes", "url": ""}
SHOP = {"text": "Shop", "rule": None, "payload": "", "url": "https://shop.example"}


def put(api: Caller, body: Any, account: str = "") -> Any:
    return api.call("put", "menu/", json=body, params={"account": account} if account else {})


def texts(part: Part, account: int = FIRST) -> list[str]:
    return [one.text for one in Menu.objects.get(account=account).wants(part)]


def test_nothing_is_wanted_at_first(api: Caller) -> None:
    found = api.get("menu/")
    assert (found["ice_breakers"], found["menu"], found["changed_at"]) == ([], [], None)
    assert found["at_instagram"]["read_at"] is None
    assert not Menu.objects.exists()


def test_what_is_put_is_read_again_and_on_record(api: Caller) -> None:
    asks = {"text": "How long?", "rule": rule().pk, "payload": "", "url": ""}
    found = put(api, {"ice_breakers": [{"text": "How long?", "rule": rule().pk}],
                      "menu": [{"text": "Sizes", "payload": "sizes"}, SHOP]})  # fmt: skip
    assert found.status_code == 200, found.text
    assert api.get("menu/") == found.json()
    assert found.json()["ice_breakers"] == [asks]
    assert found.json()["menu"] == [SIZES, SHOP]
    assert found.json()["changed_by"] == "anna"
    assert Menu.objects.get().wants(Part.ICE_BREAKERS)[0].payload == f"rule:{rule().pk}"
    assert LogEntry.objects.get().change_message == "API: Changed the menu and ice breakers."


def test_a_part_that_is_missing_is_emptied_by_put_and_stays_by_patch(api: Caller) -> None:
    put(api, {"ice_breakers": [SIZES], "menu": [SIZES]})
    assert api.patch("menu/", {"menu": [SHOP]})["ice_breakers"] == [SIZES]
    assert (texts(Part.ICE_BREAKERS), texts(Part.MENU)) == (["Sizes"], ["Shop"])
    assert put(api, {"menu": [SIZES]}).json()["ice_breakers"] == []


def test_a_colleague_who_was_quicker_keeps_theirs(api: Caller) -> None:
    seen = api.get("menu/")["digest"]
    put(api, {"menu": [SIZES], "if_digest": seen})
    for change in (api.patch, lambda path, body, expect: put(api, body).json()):
        said = change("menu/", {"menu": [SHOP], "if_digest": seen}, expect=409)
        assert said["type"] == "urn:instabot:problem:changed-meanwhile"
    assert texts(Part.MENU) == ["Sizes"]
    newest = api.get("menu/")["digest"]
    assert newest != seen
    assert put(api, {"menu": [SHOP], "if_digest": newest}).status_code == 200


@pytest.mark.parametrize(
    ("body", "where", "says"),
    [
        ({"menu": [SIZES, {"text": "x" * 31, "payload": "x"}]}, "#/menu/1", "the limit is 30"),
        ({"ice_breakers": [SIZES] * 5}, "#/ice_breakers", "no more than 4"),
        ({"ice_breakers": [SHOP]}, "#/ice_breakers/0", "Only an entry of the menu can open"),
        ({"menu": [{"text": "Sizes"}]}, "#/menu/0", "Say what a tap leads to."),
        ({"menu": [SIZES | {"rule": 1}]}, "#/menu/0", "Give only one of rule, payload and url."),
        ({"menu": [{"text": "S", "rule": 987}]}, "#/menu/0/rule", "no rule with the ID 987"),
        ({"menu": [{"text": "S", "rule": "12"}]}, "#/menu/0/rule", "valid"),
        ({"menu": [{"text": "S", "url": "shop"}]}, "#/menu/0", "is not a link"),
        ({"menu": [SIZES | {"sends": "x"}]}, "#/menu/0/sends", "Unknown field."),
        ({"menus": []}, "#/menus", "Unknown field."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_changed(
    api: Caller, body: Any, where: str, says: str
) -> None:
    put(api, {"ice_breakers": [SIZES], "menu": [SIZES]})
    [said] = problem(put(api, body), 400, "invalid")["errors"]
    assert said["pointer"] == where
    assert says in said["detail"]
    assert (texts(Part.ICE_BREAKERS), texts(Part.MENU)) == (["Sizes"], ["Sizes"])


def test_a_rule_that_was_deleted_may_stay_where_it_is(api: Caller) -> None:
    asks = {"text": "How long?", "rule": rule().pk}
    put(api, {"menu": [asks]})
    ResponseRule.objects.all().delete()
    assert put(api, {"menu": [asks, SIZES]}).status_code == 200


def test_one_of_several_accounts_is_named(api: Caller, second: Account) -> None:
    [said] = problem(api.call("get", "menu/"), 400, "invalid")["errors"]
    assert said == {
        "detail": "There are several accounts: name one of them.", "parameter": "account",
    }  # fmt: skip
    put(api, {"menu": [SIZES]}, "second")
    assert texts(Part.MENU, second.pk) == ["Sizes"]
    assert api.get("menu/", account=SECOND)["account"] == SECOND
    assert api.get("menu/", account=ACCOUNT)["menu"] == []


def test_an_account_that_one_does_not_see_is_none(
    api: Caller,
    second: Account,
    server: str,
) -> None:
    user = user_who_may(*VIEW, *CHANGE, name="lena")
    access.limit(user, [Account.objects.get(pk=FIRST)])
    lena = Caller(server, token_of(user))
    put(api, {"menu": [SIZES]}, SECOND)
    for method, path in (("get", "menu/"), ("put", "menu/"), ("post", "menu/publish/")):
        found = lena.call(method, path, params={"account": SECOND}, json={})
        [said] = problem(found, 400, "invalid")["errors"]
        assert said["detail"] == "There is no account of this name."
    assert texts(Part.MENU, second.pk) == ["Sizes"]
    assert lena.get("menu/")["account"] == ACCOUNT  # the only one that they see


# Published, at the sandbox over HTTP.


@pytest.fixture
def publisher(server_of_meta: str, transactional_db: None) -> Caller:  # noqa: F811 - the fixture
    AtMeta.objects.create(pk=1)  # nothing is there
    return Caller(server_of_meta, token_of(user_who_may(*VIEW, *CHANGE)))


def test_what_is_published_is_read_back(publisher: Caller) -> None:
    put(publisher, {"menu": [SHOP]})
    assert not meta.stored()
    found = publisher.post("menu/publish/")
    assert found["at_instagram"]["menu"] == [SHOP]
    assert found["at_instagram"]["is_same"]
    assert [one["text"] for one in meta.offered()["persistent_menu"]] == ["Shop"]
    said = LogEntry.objects.order_by("-pk")[0].change_message
    assert said == "API: Published the menu and ice breakers."


def test_what_nobody_has_saved_takes_nothing_away(publisher: Caller) -> None:
    AtMeta.objects.all().delete()  # another tool has made some
    before = meta.offered()
    said = problem(publisher.call("post", "menu/publish/"), 409, "not-published")
    assert said["detail"].startswith("Nothing is saved, so there is nothing to publish.")
    assert meta.offered() == before
    assert before["ice_breakers"]


def test_a_part_that_was_never_saved_stays_at_instagram_as_it_is(publisher: Caller) -> None:
    AtMeta.objects.all().delete()
    before = meta.offered()
    publisher.patch("menu/", {"menu": [SHOP]})
    found = publisher.post("menu/publish/")
    assert found["at_instagram"]["menu"] == [SHOP]
    assert found["at_instagram"]["is_same"]
    assert meta.offered()["ice_breakers"] == before["ice_breakers"] != []


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Fault.Kind.MENU_REFUSED, "The app is missing a permission"),
        (Fault.Kind.MENU_LOST, "Instagram accepted the menu, but has something else."),
        (Fault.Kind.MENU_HTML, "Instagram's answer couldn't be read."),
    ],
)
def test_what_is_not_published_is_a_problem_and_may_be_tried_again(
    publisher: Caller, fault: str, says: str
) -> None:
    put(publisher, {"menu": [SHOP]})
    Fault.objects.create(kind=fault, once=False)
    said = problem(publisher.call("post", "menu/publish/"), 409, "not-published")
    assert says in said["detail"]
    Fault.objects.all().delete()
    assert publisher.post("menu/publish/")["at_instagram"]["is_same"]


def test_a_disconnected_account_is_saved_and_not_published(publisher: Caller) -> None:
    identity.ready(FIRST)
    connection.disconnect(FIRST, "olena")
    assert put(publisher, {"menu": [SHOP]}).status_code == 200
    said = problem(publisher.call("post", "menu/publish/"), 409, "not-published")
    assert "This account is not connected" in said["detail"]
    assert not meta.stored()
