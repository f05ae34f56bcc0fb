"""The try-it box in the admin: a page, and a panel that reads the rule as it is typed."""

from datetime import time
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from conversations.models import Message
from instabot.admin import navigation
from rules.models import ResponseRule, RuleCard, RulesVersion
from shop.models import OpenHours, Shop
from tests.rules.admin.forms import LIST, form
from tests.support.talks import queries
from workqueue.snapshot import Snapshot

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def rule() -> ResponseRule:
    ResponseRule.objects.create(
        name="Fallback", order=900, match="fallback", reply="Pardon, {first_name|you}?"
    )
    return ResponseRule.objects.create(
        name="Delivery", order=40, keywords="delivery", reply="In 2 days.", quick_replies="Sizes",
        for_comments=True, hours="inside", public_reply="We wrote.", needs_person=True, label="dhl",
    )  # fmt: skip


def trial(text: str, **more: str) -> dict[str, str]:
    given = {"trigger": "message", "customer": "new"} | more
    return {"try-text": text} | {f"try-{key}": value for key, value in given.items()}


def page(staff: Client, *said: Any, **more: Any) -> str:
    return staff.post(f"{LIST}try/", trial(*said, **more)).content.decode()


def test_the_page_shows_winner_losers_and_what_is_said(staff: Client, rule: ResponseRule) -> None:
    shown = page(staff, "is <b>delivery</b> free?")
    assert "is &lt;b&gt;<mark>delivery</mark>&lt;/b&gt; free?" in shown
    for words in (
        "In 2 days.",
        "10 of 1000 bytes",
        "flagged for the team",
        "dhl",
        "A tap sends Sizes",
    ):
        assert words in shown
    assert "this is only a fallback." in shown
    assert "We wrote." not in shown
    assert "We wrote." in page(staff, "delivery", trigger="comment")


def test_clock_and_customer_may_be_imagined(staff: Client, rule: ResponseRule) -> None:
    assert "Pardon, you?" in page(staff, "blah")
    assert "Pardon, Olena?" in page(staff, "blah", name="Olena Koval")
    assert "(limit: once per 12 h). Flagged for the team." in page(
        staff, "blah", customer="fallback"
    )
    ResponseRule.objects.filter(pk=rule.pk).update(only_new=True)
    assert "only for new customers" in page(staff, "delivery", customer="known")
    ResponseRule.objects.filter(pk=rule.pk).update(last_day="2026-12-24")
    assert "In 2 days." in page(staff, "delivery", at="2026-12-24T23:59")
    assert "It ended on 24 December 2026." in page(staff, "delivery", at="2026-12-25T00:00")


def test_that_the_answer_was_given_before_may_be_imagined(
    staff: Client, rule: ResponseRule
) -> None:
    ResponseRule.objects.filter(pk=rule.pk).update(once_in_hours=24)
    assert "answered this customer 2 h ago (limit: once per 24 h)" in page(
        staff, "delivery", hours="2"
    )
    assert "In 2 days." in page(staff, "delivery", hours="24")
    typed = form(once_in_hours="3") | trial("delivery", hours="2.5")
    shown = staff.post(f"{LIST}{rule.pk}/change/try/", typed).content.decode()
    assert "answered this customer 2 h ago (limit: once per 3 h)" in shown
    ResponseRule.objects.filter(pk=rule.pk).update(reply="Hi {username|you}!")
    assert "Hi olena_k!" in page(staff, "delivery", username="olena_k")


@pytest.mark.parametrize("year", ["0001", "0002", "0202", "9999"])
def test_a_year_that_is_half_typed_is_said_beside_its_field(
    staff: Client, rule: ResponseRule, year: str
) -> None:
    Shop.objects.create(pk=1, time_zone="Europe/Kyiv")
    shown = page(staff, "delivery", at=f"{year}-12-31T23:59")
    assert "The year must be from 2000 to 2100." in shown


def test_the_clock_is_the_shops(staff: Client, rule: ResponseRule) -> None:
    shop = Shop.objects.create(pk=1, time_zone="Asia/Tokyo")
    OpenHours.objects.create(shop=shop, weekday=1, opens=time(9), closes=time(18))
    ResponseRule.objects.filter(pk=rule.pk).update(hours="outside")
    Snapshot.forget_everything()
    assert "it was Tuesday 17:59" in page(staff, "delivery", at="2026-11-24T17:59")
    assert "In 2 days." in page(staff, "delivery", at="2026-11-24T18:00")


def test_media_and_cards_can_be_opened(staff: Client, rule: ResponseRule) -> None:
    picture = {"media_kind": "image", "media_url": "https://shop.example/a.png"}
    ResponseRule.objects.filter(pk=rule.pk).update(**picture)
    RuleCard.objects.create(rule=rule, title="Bag", image_url="https://shop.example/bag.png")
    shown = page(staff, "delivery")
    assert 'href="https://shop.example/a.png"' in shown
    assert 'href="https://shop.example/bag.png"' in shown


def test_a_rule_that_is_off_is_tried_as_such(staff: Client, rule: ResponseRule) -> None:
    typed = form() | trial("delivery")
    url = f"{LIST}{rule.pk}/change/try/"
    assert "This rule is off" not in staff.post(url, typed).content.decode()
    del typed["active"]
    assert "This rule is off" in staff.post(url, typed).content.decode()


def test_the_sidebar_leads_to_the_page_and_marks_it_alone(
    staff: Client, rule: ResponseRule
) -> None:
    for url, marked in ((f"{LIST}try/", "Try it"), (LIST, "Rules"), (f"{LIST}add/", "Rules")):
        items = navigation(staff.get(url).wsgi_request)[0]["items"]
        assert [item["title"] for item in items if item["active"]] == [marked]


def test_nonsense_is_said_beside_its_field(staff: Client, rule: ResponseRule) -> None:
    assert "Enter a valid date/time." in page(staff, "delivery", at="soon")
    assert "Select a valid choice" in page(staff, "delivery", trigger="dream")


def test_the_page_opens_empty_and_is_found_from_the_list(staff: Client, rule: ResponseRule) -> None:
    shown = staff.get(f"{LIST}try/").content.decode()
    assert "A customer writes" in shown
    assert "mark>" not in shown
    assert f'href="{LIST}try/"' in staff.get(LIST).content.decode()


def test_a_rule_is_tried_as_it_is_typed_and_nothing_is_saved(
    staff: Client, rule: ResponseRule
) -> None:
    before = RulesVersion.read()
    typed = form(keywords="shipping", reply="In 9 days.") | trial("shipping?")
    shown = staff.post(f"{LIST}{rule.pk}/change/try/", typed).content.decode()
    assert "<mark>shipping</mark>" in shown
    assert "In 9 days." in shown
    new = form(name="New", keywords="delivery", order="1", reply="New!") | trial("delivery")
    assert "New!" in staff.post(f"{LIST}add/try/", new).content.decode()
    assert RulesVersion.read() == before
    assert ResponseRule.objects.get(pk=rule.pk).keywords == "delivery"
    assert not ResponseRule.objects.filter(name="New").exists()
    assert not Message.objects.exists()


def test_a_form_that_cannot_be_saved_says_why_instead(staff: Client, rule: ResponseRule) -> None:
    typed = form(reply="Hi {nam}") | trial("shipping?")
    shown = staff.post(f"{LIST}{rule.pk}/change/try/", typed).content.decode()
    assert "There is no {nam}" in shown


def test_trying_takes_as_many_queries_for_many_rules(staff: Client, rule: ResponseRule) -> None:
    page(staff, "delivery")
    few = queries(lambda: page(staff, "delivery"))
    ResponseRule.objects.bulk_create(
        ResponseRule(name=f"R{number}", keywords="delivery", reply="x") for number in range(200)
    )
    assert queries(lambda: page(staff, "delivery")) == few


@pytest.mark.parametrize(
    ("rights", "page_status", "panel_status"),
    [([], 403, 403), (["view"], 200, 403), (["view", "change"], 200, 200)],
)
def test_who_may_see_rules_may_try_them(
    client: Client, rule: ResponseRule, rights: list[str], page_status: int, panel_status: int
) -> None:
    user = User.objects.create_user("editor", is_staff=True)
    names = [f"{right}_responserule" for right in rights]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(user)
    assert client.post(f"{LIST}try/", trial("x")).status_code == page_status
    url = f"{LIST}{rule.pk}/change/try/"
    assert client.post(url, form() | trial("x")).status_code == panel_status
