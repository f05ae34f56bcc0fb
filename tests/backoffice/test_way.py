"""Every page of the admin says where it lies, in the same frame: the way back, and its name."""

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from conversations.models import Conversation, Label
from rules.models import ResponseRule
from tests.support.talks import make_conversation, viewer

pytestmark = [pytest.mark.django_db, pytest.mark.once]

RULES, INBOX = "/admin/rules/responserule/", "/admin/conversations/conversation/"


def head(client: Client, path: str) -> tuple[list[tuple[str, str]], str]:
    """Return the links above a page, the highest first, and what the page is called."""
    page = client.get(path, follow=True).content.decode()
    said = page.partition('<header class="page-head">')[2].partition("</header>")[0]
    way = said.partition('<nav class="page-way"')[2].partition("</nav>")[0]
    steps = re.findall(r'<a href="([^"]+)"[^>]*>([^<]+)</a>', way)
    named = re.findall(r"<h1[^>]*>(.*?)</h1>", page, flags=re.DOTALL)
    assert len(named) == 1, "a page has one name"
    return [(unescape(title), unescape(link)) for link, title in steps], named[0].strip()


@pytest.fixture
def rule() -> ResponseRule:
    return ResponseRule.objects.create(name="Delivery", keywords="delivery", reply="In 2 days.")


@pytest.fixture
def talk() -> Conversation:
    return make_conversation("maria")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/admin/", "Home"),
        ("/admin/conversations/outboxmessage/", "Outbox"),
        ("/admin/conversations/dayfigures/", "Reports"),
        (f"{RULES}try/", "Try it"),
        ("/admin/auth/group/", "Roles"),
        ("/admin/password_change/", "Password change"),
    ],
)
def test_what_the_menu_leads_to_is_called_as_there_and_lies_below_nothing(
    staff: Client, path: str, name: str
) -> None:
    assert head(staff, path) == ([], name)


def test_below_a_list_each_page_leads_back_to_the_list_and_to_its_thing(
    staff: Client, rule: ResponseRule
) -> None:
    rules, change = ("Rules", RULES), f"{RULES}{rule.pk}/change/"
    assert head(staff, change) == ([rules], "Delivery")
    assert head(staff, f"{RULES}add/") == ([rules], "Add rule")
    assert head(staff, f"{RULES}import/") == ([rules], "Import")
    for page, name in {"history": "History", "delete": "Delete"}.items():
        way = [rules, ("Delivery", change)]
        assert head(staff, f"{RULES}{rule.pk}/{page}/") == (way, name)


def test_pages_beside_a_thread_lead_back_to_it(staff: Client, talk: Conversation) -> None:
    thread = f"{INBOX}{talk.pk}/change/"
    for page in ("history", "erase"):
        way, _ = head(staff, f"{INBOX}{talk.pk}/{page}/")
        assert way == [("Inbox", INBOX), ("@maria", thread)]


def test_a_page_of_our_own_leads_back_as_unfolds_do(staff: Client) -> None:
    accounts = ("Accounts", "/admin/conversations/account/")
    assert head(staff, "/admin/conversations/account/add/") == ([accounts], "Add account")
    person = User.objects.create_user("ben")
    way, name = head(staff, reverse("admin:auth_user_access", args=[person.pk]))
    assert [title for title, _ in way] == ["People", "ben"]
    assert name == "Log-in of ben"


def test_the_way_back_keeps_the_filters_of_the_list(staff: Client, rule: ResponseRule) -> None:
    kept = "_changelist_filters=active__exact%3D1"
    way, _ = head(staff, f"{RULES}{rule.pk}/change/?{kept}")
    assert way == [("Rules", f"{RULES}?active__exact=1")]


def test_beside_the_name_of_a_list_stands_how_much_of_it_is_shown(
    staff: Client, rule: ResponseRule
) -> None:
    def note(path: str) -> str:
        page = staff.get(path).content.decode()
        return " ".join(page.partition('<p class="page-note">')[2].partition("<a")[0].split())

    ResponseRule.objects.create(name="Sizes", keywords="size", reply="S to XL.")
    assert note(f"{RULES}?q=delivery") == f"1 of {ResponseRule.objects.count()}"
    assert note("/admin/conversations/outboxmessage/?q=maria") == "0 results"
    assert note(RULES) == note("/admin/conversations/outboxmessage/") == ""


def test_what_somebody_may_not_open_is_not_linked(client: Client) -> None:
    label = Label.objects.named("returns")
    page = f"/admin/conversations/label/{label.pk}/delete/"
    assert head(viewer(client, "delete_label"), page) == ([], "Delete")


def test_the_menu_is_the_same_on_both_kinds_of_pages(staff: Client) -> None:
    Label.objects.named("returns")

    def menu(path: str) -> Any:
        page = staff.get(path).content.decode()
        nav = page.partition('<nav class="sidebar"')[2].partition("</nav>")[0]
        assert nav.count("menu-link") > 20
        return re.sub(r'aria-current="page"|value="\w{64}"|\s+', "", nav)

    assert menu("/admin/") == menu("/admin/conversations/label/") == menu(INBOX)
