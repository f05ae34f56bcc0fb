"""Rules over the API: what staff keep in the admin, with the same checks and the same history."""

import json
from typing import Any

import pytest
from django.utils import timezone

from rules import engine
from rules.models import ResponseRule, RuleCard, RuleChange
from rules.record import FIELDS, to_record
from tests.api.caller import Caller, asked_queries, problem, rule
from tests.support.shop import Shop

NEW = {"name": "Returns", "order": 15, "keywords": "return\nsend back", "reply": "Within 30 days."}
CARD = {"title": "Shirt", "subtitle": "Blue", "url": "https://shop.example/1"}


def test_a_rule_says_all_that_its_record_says_and_no_more(api: Caller) -> None:
    RuleCard.objects.create(rule=rule(), order=0, **CARD)
    shown = api.get(f"rules/{rule().pk}/")
    assert set(shown) == {"id", "changed_at", "cards", *FIELDS}
    del shown["id"], shown["changed_at"]
    assert shown == to_record(rule())


def test_rules_are_listed_in_the_order_in_which_they_are_asked(api: Caller) -> None:
    page = api.get("rules/")
    assert [one["name"] for one in page["results"]] == ["Delivery", "Price", "Fallback"]
    assert (page["count"], page["next"], page["previous"]) == (3, None, None)


def test_pages_of_rules_follow_each_other(api: Caller) -> None:
    names, address = [], "rules/?limit=1"
    while address:
        page = api.get(address)
        names += [one["name"] for one in page["results"]]
        address = page["next"]
    assert names == ["Delivery", "Price", "Fallback"]


@pytest.mark.parametrize(
    "asked",
    [{"cursor": "x"}, {"page": "0"}, {"page": "2"}, {"page": "x"}, {"page": ["1", "2"]}],
)
def test_a_page_that_is_not_there_is_refused(api: Caller, asked: dict[str, Any]) -> None:
    said = problem(api.call("get", "rules/", params=asked), 400, "invalid")
    assert [error["parameter"] for error in said["errors"]] == [*asked]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"search": "SHIPPING"}, ["Delivery"]),
        ({"search": "euros"}, ["Price"]),
        ({"search": "fallb"}, ["Fallback"]),
        ({"active": "false"}, ["Price"]),
        ({"active": "true"}, ["Delivery", "Fallback"]),
        ({"search": "nothing"}, []),
    ],
)
def test_rules_are_found(api: Caller, asked: dict[str, str], names: list[str]) -> None:
    ResponseRule.objects.filter(name="Price").update(active=False)
    assert [one["name"] for one in api.get("rules/", **asked)["results"]] == names


def test_a_new_rule_answers_customers(api: Caller, shop: Shop) -> None:
    made = api.post("rules/", NEW, expect=201)
    assert made["active"]
    assert made["for_comments"] is False
    shop.hears("can I send back the shirt?")
    shop.works()
    assert shop.texts == ["Within 30 days."]


def test_a_change_names_only_what_changes(api: Caller) -> None:
    before = to_record(rule())
    changed = api.patch(f"rules/{rule().pk}/", {"reply": "Three days."})
    assert changed["reply"] == "Three days."
    assert to_record(rule()) == before | {"reply": "Three days."}


def test_a_rule_said_anew_forgets_what_is_not_named(api: Caller) -> None:
    pk = rule().pk
    api.patch(f"rules/{pk}/", {"label": "parcels", "cards": [CARD], "reply": ""})
    found = api.call("put", f"rules/{pk}/", json=NEW)
    assert found.status_code == 200
    assert to_record(ResponseRule.objects.get(pk=pk)) == to_record(ResponseRule(**NEW))


def test_cards_come_and_go_with_their_rule(api: Caller) -> None:
    pk = rule().pk
    two = [CARD, CARD | {"title": "Coat"}]
    shown = api.patch(f"rules/{pk}/", {"cards": two, "reply": ""})
    assert [card["title"] for card in shown["cards"]] == ["Shirt", "Coat"]
    shown = api.patch(f"rules/{pk}/", {"cards": [], "reply": "Two days."})
    assert shown["cards"] == []


def test_each_change_is_in_the_history_with_its_user(api: Caller) -> None:
    pk = api.post("rules/", NEW, expect=201)["id"]
    api.patch(f"rules/{pk}/", {"reply": "Within 14 days."})
    api.patch(f"rules/{pk}/", {"reply": "Within 14 days."})  # nothing changes
    assert api.call("delete", f"rules/{pk}/").status_code == 204
    written = RuleChange.objects.filter(rule=pk).order_by("pk")
    assert [(one.what, one.by) for one in written] == [
        ("created", "anna"), ("changed", "anna"), ("deleted", "anna")
    ]  # fmt: skip
    assert written[1].before
    assert written[1].before["reply"] == "Within 30 days."
    assert written[1].after == written[2].before


def test_a_change_is_in_force_at_once_in_this_process(api: Caller, shop: Shop) -> None:
    engine.current()
    api.patch(f"rules/{rule().pk}/", {"active": False})
    assert api.post("rules/try/", {"text": "delivery?"})["winner"]["name"] == "Fallback"


WRONG: list[tuple[Any, str, str]] = [
    ({"keywords": ""}, "#/keywords", "Write at least one word, or choose"),
    ({"name": "Price"}, "#/name", "already exists"),
    ({"name": ""}, "#/name", "cannot be blank"),
    ({"name": " \n"}, "#/name", "A rule needs a name."),
    ({"typos": True}, "#/typos", "Write one of these: 0, 1, 2."),
    ({"name": None}, "#/name", "Write a text."),
    ({"match": "perhaps"}, "#/match", "Write one of these: words, all, exact"),
    ({"order": -1}, "#/order", "Write a whole number."),
    ({"order": 2**31}, "#/order", "Write a whole number."),
    ({"pause_hours": 40_000}, "#/pause_hours", "less than or equal to 32767"),
    ({"once_in_hours": 40_000}, "#/once_in_hours", "less than or equal to 32767"),
    ({"active": "yes"}, "#/active", "Write yes or no."),
    ({"first_day": "soon"}, "#/first_day", "Write the day as 2026-01-31."),
    ({"match": "regex", "keywords": "("}, "#/keywords", "("),
    ({"keyword": "return"}, "#/keyword", "Rules have no such field."),
    ({"id": 7}, "#/id", "Rules have no such field."),
    ({"a/b~c": 1}, "#/a~1b~0c", "Rules have no such field."),
    ({"cards": [{"colour": "red"}]}, "#/cards", "Cards have no field 'colour'."),
    ({"cards": [{"title": "Only a title"}]}, "#/cards", "Card 1, "),
    ({"cards": [CARD] * 11}, "#/cards", "at most 10 cards"),
    ({"reply": "Hi {{order_id}}"}, "#/reply", "There is no {{order_id}}; there are {first_name}"),
    ({"reply": "\0"}, "#/reply", "It contains a character that no database can store."),
    ({"reply": "\ud800"}, "#/reply", "It contains a character that no database can store."),
    ([], "#", "Send a JSON object"),
    ("rule", "#", "Send a JSON object"),
    (None, "#", "Send a JSON object"),
]


@pytest.mark.table
@pytest.mark.parametrize(("change", "pointer", "sentence"), WRONG)
@pytest.mark.parametrize("method", ["patch", "put", "post"])
def test_what_cannot_be_is_said_and_changes_nothing(
    api: Caller, method: str, change: Any, pointer: str, sentence: str
) -> None:
    before = list(ResponseRule.objects.values_list())
    path = "rules/" if method == "post" else f"rules/{rule().pk}/"
    body = NEW | change if method != "patch" and isinstance(change, dict) else change
    headers = {"Content-Type": "application/json"}
    found = api.call(method, path, data=json.dumps(body), headers=headers)
    said = problem(found, 400, "invalid")
    [error] = [one for one in said["errors"] if one["pointer"] == pointer]
    assert sentence in error["detail"]
    assert list(ResponseRule.objects.values_list()) == before
    assert not RuleChange.objects.exists()


def test_an_exported_rule_can_be_sent_as_it_is(api: Caller) -> None:
    record = to_record(rule()) | {"name": "Delivery, again"}
    made = api.post("rules/", record, expect=201)
    assert to_record(ResponseRule.objects.get(pk=made["id"])) == record


def test_rules_change_places_all_or_none(api: Caller) -> None:
    delivery, price = rule("Delivery").pk, rule("Price").pk
    moved = api.post(
        "rules/reorder/", {"rules": [{"id": price, "order": 5}, {"id": delivery, "order": 7}]}
    )
    assert [(one["name"], one["order"]) for one in moved] == [("Price", 5), ("Delivery", 7)]
    assert RuleChange.objects.filter(what="changed", by="anna").count() == 2
    places = {"rules": [{"id": price, "order": 1}, {"id": 99_999, "order": 2}]}
    found = api.call("post", "rules/reorder/", json=places)
    said = problem(found, 400, "invalid")
    assert said["errors"] == [
        {"detail": "There is no rule with the ID 99999.", "pointer": "#/rules"}
    ]
    assert rule("Price").order == 5


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"rules": []},
        {"rules": [{"id": 1}]},
        {"rules": [{"id": 1, "order": 1, "name": "x"}]},
        {"rules": [{"id": 1, "order": 1}, {"id": 1, "order": 2}]},
        {"rules": [{"id": 1, "order": -1}]},
        {"rules": {"id": 1}},
        [1, 2],
    ],
)
def test_places_that_make_no_sense_are_refused(api: Caller, body: Any) -> None:
    problem(api.call("post", "rules/reorder/", json=body), 400, "invalid")


def test_a_new_place_is_in_force_and_moves_the_time_of_the_change(api: Caller) -> None:
    began = timezone.now()
    assert api.post("rules/try/", {"text": "price of delivery"})["winner"]["name"] == "Delivery"
    api.post("rules/reorder/", {"rules": [{"id": rule("Price").pk, "order": 5}]})
    assert api.post("rules/try/", {"text": "price of delivery"})["winner"]["name"] == "Price"
    assert rule("Price").changed_at > began


def test_the_place_that_it_has_already_is_no_change(api: Caller) -> None:
    api.post("rules/reorder/", {"rules": [{"id": rule("Price").pk, "order": 20}]})
    assert not RuleChange.objects.exists()


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
@pytest.mark.parametrize("pk", [99_999, 10**30])
def test_a_rule_that_is_not_there_is_not_found(api: Caller, method: str, pk: int) -> None:
    problem(api.call(method, f"rules/{pk}/", json=NEW), 404, "not-found")


def many(count: int) -> None:
    made = ResponseRule.objects.bulk_create(
        ResponseRule(name=f"Rule {n}", keywords=f"word{n}", reply="Yes.", order=n)
        for n in range(count)
    )
    RuleCard.objects.bulk_create(RuleCard(rule=one, order=0, **CARD) for one in made)


@pytest.mark.parametrize("path", ["rules/", "rules/?search=e"])
def test_the_number_of_queries_does_not_grow_with_the_rules(api: Caller, path: str) -> None:
    few = asked_queries(api, "get", path)
    many(40)
    assert asked_queries(api, "get", path) == few


def test_neither_does_it_for_new_places(api: Caller) -> None:
    def places(start: int) -> dict[str, Any]:
        pks = ResponseRule.objects.values_list("pk", flat=True)
        return {"rules": [{"id": pk, "order": start + n} for n, pk in enumerate(pks)]}

    orders = iter(range(1000, 100_000, 1000))
    few = asked_queries(api, "post", "rules/reorder/", lambda: places(next(orders)))
    many(40)
    assert asked_queries(api, "post", "rules/reorder/", lambda: places(next(orders))) == few


def test_neither_does_it_for_a_trial(api: Caller) -> None:
    few = asked_queries(api, "post", "rules/try/", lambda: {"text": "delivery"})
    many(40)
    assert asked_queries(api, "post", "rules/try/", lambda: {"text": "delivery"}) == few
