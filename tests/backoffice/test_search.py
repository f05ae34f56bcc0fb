"""Staff find what they look for however it is written, on either database."""

import importlib
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.live_server_helper import LiveServer

from backoffice.search import fold
from conversations.models import Conversation, Label
from rules.models import ResponseRule
from tests.api.caller import VIEW, Caller, token_of, user_who_may
from tests.conversations.admin.test_labels import names, post
from tests.rules.records import simple
from tests.support.talks import ask, customers, make_conversation

pytestmark = pytest.mark.django_db

# What somebody types, and what stands there.
SAME = [
    ("заказ", "ЗАКАЗ"),
    ("ЗАКАЗ", "заказ"),
    ("jose", "José"),
    ("JOSÉ", "jose"),
    ("José", "Jose\u0301"),
    ("повернення", "Повернення"),
    ("еще", "Ещё"),
    ("rechnung", "RECHNUNG"),
    ("größe", "GRÖSSE"),
    ("strasse", "Straße"),
    ("facade", "façade"),
    ("lodz", "Łódź"),
    ("smorrebrod", "Smørrebrød"),
    ("istanbul", "İSTANBUL"),
    ("διευθυνση", "ΔΙΕΎΘΥΝΣΗ"),
    ("οδος", "ΟΔΌΣ"),
    ("don't", "don’t"),
    ("sale", "ＳＡＬＥ"),
    ("тариф", "ТАРИФ"),
    ("đơn hang", "Đơn hàng"),
    ("شكرا", "شُكْرًا"),
    ("100%", "100%"),
    ("a_b", "A_B"),
    ("日本", "日本"),
    ("가격", "가격"),
]
OTHER = [("мои", "мой"), ("и", "й"), ("100%", "1000"), ("a_b", "axb"), ("ш", "щ"), ("a", "б")]


def listed(staff: Client, page: str, term: str) -> list[Any]:
    found = staff.get(f"/admin/{page}/", {"q": term})
    return [str(row) for row in found.context["cl"].result_list]


@pytest.mark.parametrize(("typed", "there"), SAME)
def test_the_admin_finds_it(staff: Client, typed: str, there: str) -> None:
    simple(there)
    simple("words", keywords=f"x\n{there} y")
    make_conversation("named", name=f"Dr. {there}")
    ask(make_conversation("said"), f"hello, {there}!")
    Label.objects.create(name=f"my {there}")
    assert set(listed(staff, "rules/responserule", typed)) == {there, "words"}
    found = staff.get("/admin/conversations/conversation/", {"q": typed}).context["cl"]
    assert sorted(customers(found)) == ["named", "said"]
    assert listed(staff, "conversations/label", typed) == [f"my {there}"]


@pytest.mark.parametrize(("typed", "there"), SAME)
def test_the_api_finds_it(live_server: LiveServer, typed: str, there: str) -> None:
    api = Caller(live_server.url, token_of(user_who_may(*VIEW)))
    ResponseRule.objects.all().delete()
    simple("words", keywords=f"x\n{there} y")
    talk = make_conversation("named", name=f"Dr. {there}")
    ask(make_conversation("said"), f"hello, {there}!")
    talk.labels.add(Label.objects.create(name=there))
    assert [row["name"] for row in api.get("rules/", search=typed)["results"]] == ["words"]
    assert len(api.get("conversations/", search=typed)["results"]) == 2
    [row] = api.get("conversations/", label=typed)["results"]
    assert row["id"] == talk.pk


@pytest.mark.parametrize(("typed", "there"), SAME)
def test_it_is_one_label(staff: Client, typed: str, there: str) -> None:
    talk = make_conversation("maria")
    post(staff, talk, label=there)
    told = post(staff, talk, label=typed).replace("&#x27;", "'")
    assert f"The label “{there}” is already there." in told
    assert names(talk) == [there]
    page = staff.post("/admin/conversations/label/add/", {"name": typed})
    assert "A label with this name already exists." in page.content.decode()
    assert Label.objects.count() == 1


@pytest.mark.parametrize(("typed", "there"), OTHER)
def test_another_word_is_not_found(staff: Client, typed: str, there: str) -> None:
    simple(there)
    assert listed(staff, "rules/responserule", typed) == []


@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=9))
def test_every_text_is_found_by_itself_and_by_what_it_folds_to(text: str) -> None:
    Conversation.objects.all().delete()
    make_conversation("maria", name=text)
    assert Conversation.objects.filter(name__finds=text).exists()
    assert Conversation.objects.filter(name__reads=text).exists()


def test_labels_of_before_become_one() -> None:
    first, second = Label.objects.create(name="Повернення"), Label.objects.create(name="повернення")
    other = Label.objects.create(name="vip")
    one, both = make_conversation("one"), make_conversation("both")
    one.labels.add(second, other)
    both.labels.add(first, second)
    importlib.import_module("conversations.migrations.0009_one_label").merge(apps, None)
    assert names(one) == ["vip", "Повернення"]
    assert names(both) == ["Повернення"]
    assert Label.objects.count() == 2


def test_a_text_without_capitals_and_accents_stays_as_it_is() -> None:
    assert fold("in 2 days, 10% off") == "in 2 days, 10% off"
