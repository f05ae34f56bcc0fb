"""The stand-in keeps ice breakers and the menu as Meta does, and refuses what Meta refuses."""

from typing import Any

import pytest
import requests

from sandbox import menu
from sandbox.models import Fault
from sandbox.tokens import SAMPLES
from tests.sandbox.calls import TOKEN

pytestmark = pytest.mark.usefixtures("transactional_db")

ASKED = {"question": "Where is my order?", "payload": "ICE_ORDER"}
PERSON = {"type": "postback", "title": "Talk to a person", "payload": "HUMAN"}
SHOP = {"type": "web_url", "title": "Shop", "url": "https://shop.example"}


def breakers(*options: Any) -> dict[str, Any]:
    return {"ice_breakers": [{"locale": "default", "call_to_actions": list(options)}]}


def items(*options: Any, **more: Any) -> dict[str, Any]:
    return {"persistent_menu": [{"locale": "default", "call_to_actions": list(options), **more}]}


@pytest.fixture
def call(server: str) -> Any:
    def call(method: str, query: str = "", body: Any = None, token: str = TOKEN) -> Any:
        address = f"{server}/sandbox/graph/v26.0/me/messenger_profile?platform=instagram{query}"
        headers = {"Authorization": f"Bearer {token}", "Connection": "close"}
        answer = requests.request(method, address, json=body, headers=headers, timeout=20)
        return answer.json()

    return call


def test_what_is_put_is_read_back_and_taken_away(call: Any) -> None:
    assert call("POST", body=breakers(ASKED)) == {"result": "success"}
    assert call("POST", body=items(PERSON, SHOP)) == {"result": "success"}
    found = call("GET", "&fields=ice_breakers,persistent_menu")
    assert found == {"data": [breakers(ASKED) | items(PERSON, SHOP)]}
    assert call("DELETE", '&fields=["ice_breakers"]') == {"result": "success"}
    assert call("GET", "&fields=ice_breakers,persistent_menu") == {"data": [items(PERSON, SHOP)]}
    assert call("GET", "&fields=ice_breakers") == {"data": []}


def test_somebody_has_left_something_to_begin_with(call: Any) -> None:
    [found] = call("GET", "&fields=ice_breakers,persistent_menu")["data"]
    assert len(found["ice_breakers"][0]["call_to_actions"]) == len(menu.FIRST)


@pytest.mark.table
@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "Requires one of the params"),
        (breakers(*[ASKED] * 5), "must have 1 to 4 elements"),
        (breakers(), "must have 1 to 4 elements"),
        (breakers({**ASKED, "question": "?" * 81}), "less than or equal to 80"),
        (breakers({"question": "Where?"}), "[payload] is required"),
        (breakers({**ASKED, "payload": "X" * 1001}), "less than or equal to 1000"),
        ({"ice_breakers": [{"locale": "uk_UA", "call_to_actions": [ASKED]}]}, "locale default"),
        ({"ice_breakers": "x"}, "must be an array"),
        (items(*[PERSON] * 21), "must have 1 to 20 elements"),
        (items({**PERSON, "title": "?" * 31}), "less than or equal to 30"),
        (items({**SHOP, "url": "shop"}), "should be a valid URL"),
        (items({**PERSON, "type": "nested"}), "must be one of"),
        (items(PERSON, composer_input_disabled=True), "not supported on Instagram"),
    ],
)
def test_what_meta_refuses_changes_nothing(call: Any, body: Any, says: str) -> None:
    before = menu.stored()
    error = call("POST", body=body)["error"]
    assert error["code"] == 100
    assert says in error["message"]
    assert menu.stored() == before


def test_the_older_form_without_languages_is_taken(call: Any) -> None:
    assert call("POST", body={"ice_breakers": [ASKED]}) == {"result": "success"}
    assert menu.stored()["ice_breakers"] == breakers(ASKED)["ice_breakers"]


@pytest.mark.parametrize(
    ("token", "code"),
    [("unknown", 190), (SAMPLES["expired"].key, 190), (SAMPLES["bare"].key, 10)],
)
def test_who_may_not_is_refused(call: Any, token: str, code: int) -> None:
    assert call("GET", "&fields=ice_breakers", token=token)["error"]["code"] == code


def test_what_is_lost_was_accepted(call: Any) -> None:
    Fault.objects.create(kind=Fault.Kind.MENU_LOST)
    before = menu.stored()
    assert call("POST", body=breakers(ASKED)) == {"result": "success"}
    assert menu.stored() == before
