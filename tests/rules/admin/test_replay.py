"""Before a rule is saved: the panel below its form, and the notes in the list."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from rules.admin import replay
from rules.models import ResponseRule, RuleCard, RulesVersion
from tests.rules.admin.forms import LIST, cards, form, make_rule
from tests.support.talks import ask, make_conversation, queries, viewer

pytestmark = pytest.mark.django_db

NEW = f"{LIST}add/before/"


@pytest.fixture
def rule() -> ResponseRule:
    make_rule("Fallback", match="fallback", order=1000)
    return make_rule("Delivery", order=40, keywords="delivery\nshipping")


@pytest.fixture
def _asked(rule: ResponseRule) -> None:
    talk = make_conversation("maria")
    for text in ("delivery?", "courier?", "shipping <b>"):
        ask(talk, text)


def before(staff: Client, rule: ResponseRule | None, **fields: Any) -> str:
    """The panel, for the rule's form with these fields."""
    url = f"{LIST}{rule.pk}/change/before/" if rule else NEW
    response = staff.post(url, form(**fields))
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


@pytest.mark.usefixtures("_asked")
def test_the_panel_says_what_would_have_been(staff: Client, rule: ResponseRule) -> None:
    version = RulesVersion.read()
    shown = before(staff, rule, keywords="delivery\r\ncourier")
    assert "answered <strong>2</strong> messages, as now." in shown
    assert "+1</span> newly answered" in shown
    assert "1</span> no longer answered" in shown
    assert "shipping &lt;b&gt;</a>" in shown
    assert "@maria: Delivery → Fallback" in shown
    assert "@maria: Fallback → Delivery" in shown
    assert "3 messages tested." in shown
    rule.refresh_from_db()
    assert rule.keywords == "delivery\nshipping"
    assert RulesVersion.read() == version


@pytest.mark.usefixtures("_asked")
def test_a_new_rule_is_looked_at_without_being_there(staff: Client, rule: ResponseRule) -> None:
    shown = before(staff, None, name="Courier", keywords="courier", order="50")
    assert "answered <strong>1</strong> message (now 0)." in shown
    assert "@maria: Fallback → Courier" in shown
    assert ResponseRule.objects.count() == 2


def test_what_is_not_meant_is_said_of_this_rule_and_of_those_it_harms(
    staff: Client, rule: ResponseRule
) -> None:
    make_rule("Courier", keywords="courier", order=50, reply="{first_name}")
    given = {"for_story_replies": "on", "for_buttons": "on", "reply": "See http://shop.example"}
    shown = before(staff, rule, keywords="a\r\ncourier", **given)
    assert "&#x27;a&#x27; is a single letter" in shown
    assert "http://shop.example is not encrypted" in shown
    assert (
        "<strong>Rule Courier</strong>: It never answers: rule Delivery always comes first" in shown
    )
    assert "first_name" not in shown, "it was so before"
    assert "No customer has asked the bot anything" in shown
    assert "No problems found." in before(staff, rule)


def test_a_rule_that_is_switched_off_may_leave_no_fallback(
    staff: Client, rule: ResponseRule
) -> None:
    fallback = ResponseRule.objects.get(name="Fallback")
    shown = before(staff, fallback, name="Fallback", match="fallback", keywords="", active="")
    assert "The rule is off" in shown
    assert "Messages that no rule matches get no answer." in shown


def test_cards_are_looked_at_as_they_are_in_the_form(staff: Client, rule: ResponseRule) -> None:
    card = RuleCard.objects.create(rule=rule, title="Coat", url="http://shop.example")
    row = {"id": card.pk, "rule": rule.pk, "title": "Coat", "subtitle": "Warm"}
    new = {"title": "Hat", "buttons": "Buy"}
    shown = before(staff, rule, **cards(row, new, initial=1))
    assert "http://shop.example" not in shown
    assert "No rule for taps matches &#x27;Buy&#x27;" in shown
    shown = before(staff, rule, **cards({**row, "url": card.url}, initial=1))
    assert "http://shop.example is not encrypted" in shown
    gone = {**row, "url": card.url, "DELETE": "on"}
    assert "http://shop.example" not in before(staff, rule, **cards(gone, initial=1))
    assert card.url == RuleCard.objects.get().url


def test_a_form_that_cannot_be_saved_says_so(staff: Client, rule: ResponseRule) -> None:
    shown = before(staff, rule, keywords="", reply="")
    assert "The form is not valid yet" in shown
    assert "<strong>Words</strong>: Write at least one word" in shown
    assert "would have answered" not in shown
    assert "<strong>Cards</strong>" in before(staff, rule, **cards({"title": "Coat"}))


@pytest.mark.usefixtures("_asked")
def test_who_may_not_read_conversations_sees_figures_alone(
    client: Client, rule: ResponseRule
) -> None:
    make_rule("Art", keywords="art", match="contains")
    changer = viewer(client, "change_responserule")
    shown = before(changer, rule, keywords="courier")
    assert "+1</span>" in shown
    assert "you are not allowed to read conversations" in shown
    assert "courier?" not in shown
    assert "maria" not in shown
    permission = Permission.objects.get(codename="view_conversation")
    User.objects.get(username="viewer").user_permissions.add(permission)
    assert "courier?" in before(changer, rule, keywords="courier")


@pytest.mark.parametrize(
    ("names", "may_change", "may_add"),
    [
        (["view_responserule", "view_conversation"], 403, 403),
        (["change_responserule"], 200, 403),
        (["add_responserule"], 403, 200),
    ],
)
def test_who_may_not_save_may_not_look(
    client: Client, rule: ResponseRule, names: list[str], may_change: int, may_add: int
) -> None:
    staff = viewer(client, *names)
    assert staff.post(f"{LIST}{rule.pk}/change/before/", form()).status_code == may_change
    assert staff.post(NEW, form(name="New")).status_code == may_add


def test_there_is_nothing_to_get(staff: Client, client: Client, rule: ResponseRule) -> None:
    assert staff.get(NEW).status_code == 405
    assert staff.post(f"{LIST}999/change/before/", form()).status_code == 404
    client.logout()
    assert client.post(NEW, form()).status_code == 302


def test_the_panel_is_below_the_form_of_who_may_save(client: Client, rule: ResponseRule) -> None:
    page = f"{LIST}{rule.pk}/change/"
    staff = viewer(client, "view_responserule")
    assert "Before you save" not in staff.get(page).content.decode()
    permissions = Permission.objects.filter(
        codename__in=["change_responserule", "add_responserule"]
    )
    User.objects.get(username="viewer").user_permissions.add(*permissions)
    assert f'data-url="{page}before/"' in staff.get(page).content.decode()
    assert f'data-url="{NEW}"' in staff.get(f"{LIST}add/").content.decode()


@pytest.mark.usefixtures("_asked")
def test_the_panel_asks_the_same_number_of_queries(staff: Client, rule: ResponseRule) -> None:
    few = queries(lambda: before(staff, rule))
    for number in range(5):
        ask(make_conversation(f"customer {number}"), "courier?")
        one = make_rule(f"Rule {number}", keywords="courier", order=number)
        RuleCard.objects.create(rule=one, title="Coat", subtitle="Warm")
    assert queries(lambda: before(staff, rule)) == few


def test_the_list_names_the_worst_of_each_rule(staff: Client, rule: ResponseRule) -> None:
    make_rule("Courier", keywords="shipping", order=50, reply="Hello {first_name}")
    make_rule("Off", keywords="shipping", order=60, active=False)
    shown = staff.get(LIST).content.decode()
    assert "hidden by rule Delivery +1" in shown
    assert "{first_name} is not always known." in shown
    assert shown.count("chip-bad") == 1
    ResponseRule.objects.filter(match="fallback").delete()
    assert "Messages that no rule matches get no answer." in staff.get(LIST).content.decode()


def test_the_list_asks_the_same_number_of_queries(staff: Client, rule: ResponseRule) -> None:
    few = queries(lambda: staff.get(LIST))
    for number in range(5):
        make_rule(f"Rule {number}", keywords="courier", order=number)
    assert queries(lambda: staff.get(LIST)) == few


def test_whoever_looks_again_at_once_is_shown_the_same_questions(
    staff: Client, rule: ResponseRule, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = make_conversation("maria")
    ask(talk, "courier?")
    first = before(staff, rule, keywords="delivery\ncourier")
    ask(talk, "courier please")
    assert before(staff, rule, keywords="delivery\ncourier") == first
    monkeypatch.setattr(replay._questions, "max_age", 0)
    assert before(staff, rule, keywords="delivery\ncourier") != first
