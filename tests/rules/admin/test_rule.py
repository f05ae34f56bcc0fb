import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from rules.models import ResponseRule, RuleCard, RulesVersion
from tests.rules.admin.forms import COAT, LIST, cards, form, make_rule, rows
from tests.support.talks import queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def rule() -> ResponseRule:
    return make_rule("Delivery", order=40, keywords="delivery\nshipping\npostage\ncourier")


def test_list_shows_each_rule_in_the_order_of_asking(staff: Client, rule: ResponseRule) -> None:
    make_rule("Fallback", order=1000, match="everything", reply="Thank you!\n" + "x" * 200)
    make_rule("Person", order=10, keywords="person", active=False)
    response = staff.get(LIST)
    names = [one.name for one in response.context["cl"].result_list]
    assert names == ["Person", "Delivery", "Fallback"]
    shown = response.content.decode()
    assert "delivery, shipping, postage and 1 more" in shown
    assert "is anything at all" in shown
    assert "In 2 days." in shown
    assert "Thank you! xxx" in shown
    assert "x" * 100 not in shown


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=deliv", ["Delivery"]),
        ("q=courier", ["Delivery"]),
        ("q=pardon", ["Fallback"]),
        ("active__exact=0", ["Fallback"]),
        ("match__exact=words", ["Delivery"]),
    ],
)
def test_list_is_searched_and_filtered(
    staff: Client, rule: ResponseRule, query: str, found: list[str]
) -> None:
    make_rule("Fallback", match="everything", reply="Pardon?", active=False)
    response = staff.get(f"{LIST}?{query}")
    assert [one.name for one in response.context["cl"].result_list] == found


def test_list_takes_as_many_queries_for_forty_as_for_one(staff: Client, rule: ResponseRule) -> None:
    few = queries(lambda: staff.get(LIST))
    for number in range(39):
        make_rule(f"Rule {number}", keywords="word")
    assert queries(lambda: staff.get(LIST)) == few


def test_rule_is_added(staff: Client) -> None:
    assert staff.get(f"{LIST}add/").status_code == 200
    assert staff.post(f"{LIST}add/", form()).status_code == 302
    rule = ResponseRule.objects.get()
    assert rule.keyword_list() == ["delivery", "shipping"]
    assert (rule.reply, rule.active, rule.order) == ("In 3 days.", True, 40)
    assert RulesVersion.read() == 1


def test_rule_is_changed(staff: Client, rule: ResponseRule) -> None:
    before = RulesVersion.read()
    url = f"{LIST}{rule.pk}/change/"
    shown = staff.get(url).content.decode()
    assert "When the customer writes" in shown
    assert "Then the bot answers" in shown
    assert staff.post(url, form(reply="Tomorrow.")).status_code == 302
    assert ResponseRule.objects.get().reply == "Tomorrow."
    assert RulesVersion.read() > before


def test_rule_is_deleted(staff: Client, rule: ResponseRule) -> None:
    before = RulesVersion.read()
    assert staff.post(f"{LIST}{rule.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not ResponseRule.objects.exists()
    assert RulesVersion.read() > before


def test_rules_are_deleted_together(staff: Client, rule: ResponseRule) -> None:
    other = make_rule("Price", keywords="price")
    before = RulesVersion.read()
    chosen = {"action": "delete_selected", "_selected_action": [rule.pk, other.pk]}
    assert "Delivery" in staff.post(LIST, chosen).content.decode()
    staff.post(LIST, chosen | {"post": "yes"})
    assert not ResponseRule.objects.exists()
    assert RulesVersion.read() > before


def test_order_and_active_are_changed_in_the_list(staff: Client, rule: ResponseRule) -> None:
    before = RulesVersion.read()
    staff.post(LIST, rows(rule, order=5, active=None))
    rule.refresh_from_db()
    assert (rule.order, rule.active) == (5, False)
    assert RulesVersion.read() > before


def test_list_that_was_not_changed_disturbs_nobody(staff: Client, rule: ResponseRule) -> None:
    before = RulesVersion.read()
    staff.post(LIST, rows(rule))
    assert RulesVersion.read() == before


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"keywords": " \r\n "}, "keywords", "Write at least one word"),
        ({"keywords": "delivery\r\n\u200d"}, "keywords", "has no letter, digit or symbol"),
        ({"reply": "   "}, "reply", "Write what the customer gets"),
        ({"quick_replies": "x" * 21}, "quick_replies", "the limit is 20"),
        ({"buttons": "Shop = www.shop.example"}, "buttons", "is not a link"),
        ({"media_kind": "image"}, "media_url", "Write the URL of the file"),
        ({"media_url": "https://s.example/a.jpg"}, "media_kind", "Choose what kind of file"),
        ({"name": ""}, "name", "required"),
        ({"order": "-1"}, "order", "greater than or equal to 0"),
    ],
)
def test_mistake_is_shown_at_its_field(
    staff: Client, wrong: dict[str, str], field: str, words: str
) -> None:
    response = staff.post(f"{LIST}add/", form(**wrong))
    assert response.status_code == 200
    errors = response.context["adminform"].form.errors
    assert list(errors) == [field]
    assert words in errors[field][0]
    assert words in response.content.decode()
    assert not ResponseRule.objects.exists()


def test_fallback_needs_no_words(staff: Client) -> None:
    assert staff.post(f"{LIST}add/", form(match="everything", keywords="")).status_code == 302


def test_list_escapes_what_staff_write(staff: Client) -> None:
    evil = "<script>alert(1)</script>"
    make_rule(evil, keywords=evil, reply=evil)
    assert "<script>alert(1)" not in staff.get(LIST).content.decode()


def test_viewer_reads_rules_and_cannot_change_them(client: Client, rule: ResponseRule) -> None:
    user = User.objects.create_user("viewer", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_responserule"))
    client.force_login(user)
    before = RulesVersion.read()
    url = f"{LIST}{rule.pk}/change/"
    assert "Delivery" in client.get(LIST).content.decode()
    assert "In 2 days." in client.get(url).content.decode()
    assert client.post(url, form()).status_code == 403
    client.post(LIST, rows(rule, order=5))
    assert client.post(f"{LIST}{rule.pk}/delete/", {"post": "yes"}).status_code == 403
    assert ResponseRule.objects.get().order == 40
    assert RulesVersion.read() == before


def test_rule_with_all_that_can_be_said_is_added(staff: Client) -> None:
    more = {
        "quick_replies": "Sizes = MENU_SIZES\r\nDelivery",
        "media_kind": "image",
        "media_url": "https://shop.example/a.jpg",
    }
    posted = form(**more, **cards(COAT, {"title": "Scarf", "buttons": "Buy = BUY_2"}))
    assert staff.post(f"{LIST}add/", posted).status_code == 302
    rule = ResponseRule.objects.get()
    assert rule.media_url == "https://shop.example/a.jpg"
    assert [card.title for card in rule.cards.all()] == ["Coat", "Scarf"]
    shown = staff.get(f"{LIST}{rule.pk}/change/").content.decode()
    assert "MENU_SIZES" in shown
    assert "BUY_2" in shown


def test_cards_alone_are_an_answer_until_they_are_taken_out(
    staff: Client, rule: ResponseRule
) -> None:
    url = f"{LIST}{rule.pk}/change/"
    assert staff.post(url, form(reply="", **cards(COAT))).status_code == 302
    card = rule.cards.get()
    assert "[cards]" in staff.get(LIST).content.decode()
    gone = {"id": card.pk, "rule": rule.pk, "DELETE": "on"} | COAT
    refused = staff.post(url, form(reply="", **cards(gone, initial=1)))
    assert list(refused.context["adminform"].form.errors) == ["reply"]
    assert rule.cards.exists()
    assert staff.post(url, form(**cards(gone, initial=1))).status_code == 302
    assert not rule.cards.exists()


@pytest.mark.parametrize(
    ("card", "field", "words"),
    [
        ({"title": "x" * 81, "subtitle": "y"}, "title", "at most 80 characters"),
        ({"title": "Coat"}, "title", "A card needs more than a title"),
        ({"title": "Coat", "image_url": "http://s.example/a.jpg"}, "image_url", "is not a link"),
        ({"title": "Coat", "buttons": "A\nB\nC\nD"}, "buttons", "the limit is 3"),
    ],
)
def test_mistake_of_a_card_is_shown_at_its_field(
    staff: Client, card: dict[str, str], field: str, words: str
) -> None:
    response = staff.post(f"{LIST}add/", form(**cards(COAT, card)))
    [formset] = [one.formset for one in response.context["inline_admin_formsets"]]
    good, wrong = formset.errors
    assert (good, list(wrong)) == ({}, [field])
    assert words in wrong[field][0]
    assert words in response.content.decode()
    assert not ResponseRule.objects.exists()


def test_ten_cards_are_taken_and_eleven_are_not(staff: Client) -> None:
    response = staff.post(f"{LIST}add/", form(**cards(*[COAT] * 11)))
    assert "One message takes at most 10 cards." in response.content.decode()
    assert staff.post(f"{LIST}add/", form(**cards(*[COAT] * 10))).status_code == 302
    assert RuleCard.objects.count() == 10


SECTION = "<details>"  # one of the form that is closed


def test_a_simple_rule_looks_simple(staff: Client, rule: ResponseRule) -> None:
    url = f"{LIST}{rule.pk}/change/"
    assert staff.get(url).content.decode().count(SECTION) == 4
    ResponseRule.objects.update(quick_replies="Sizes", only_new=True, label="coats")
    rule.cards.create(**COAT)
    assert staff.get(url).content.decode().count(SECTION) == 0


def test_a_mistake_opens_what_is_closed(staff: Client) -> None:
    posted = form(media_kind="image", **cards({"title": "Coat"}))
    page = staff.post(f"{LIST}add/", posted).content.decode()
    assert page.count(SECTION) == 2, "those without a mistake stay closed"


def test_who_may_change_rules_may_change_their_cards(client: Client, rule: ResponseRule) -> None:
    user = User.objects.create_user("editor", is_staff=True)
    names = ["view_responserule", "change_responserule"]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(user)
    url = f"{LIST}{rule.pk}/change/"
    assert client.post(url, form(**cards(COAT))).status_code == 302
    assert rule.cards.get().title == "Coat"


def test_viewer_reads_cards_and_cannot_change_them(client: Client, rule: ResponseRule) -> None:
    rule.cards.create(**COAT)
    user = User.objects.create_user("viewer", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_responserule"))
    client.force_login(user)
    url = f"{LIST}{rule.pk}/change/"
    assert "Wool" in client.get(url).content.decode()
    assert client.post(url, form(**cards(COAT))).status_code == 403


def test_list_says_what_is_wrong_with_a_rule_that_no_form_made(staff: Client) -> None:
    broken = make_rule("Broken", keywords="x", reply="", quick_replies="x" * 21)
    response = staff.post(LIST, rows(broken, order=5))
    assert response.status_code == 200
    assert "Write what the customer gets" in response.content.decode()
    assert ResponseRule.objects.get().order == 100


def test_list_says_how_a_rule_listens_and_for_what_where_that_is_not_as_usual(
    staff: Client, rule: ResponseRule
) -> None:
    shown = staff.get(LIST).content.decode()
    assert "is exactly one of these: " not in shown
    assert "only " not in shown.partition("result_list")[2].partition("</table>")[0]
    ResponseRule.objects.update(match="exact", for_messages=False, referral="autumn")
    shown = staff.get(LIST).content.decode()
    assert "is exactly one of these: delivery, shipping" in shown
    assert "only story replies, taps from autumn" in shown
