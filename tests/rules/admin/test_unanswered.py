"""The page of unanswered questions, and what is made of them."""

from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from conversations.models import Conversation, Message, Verdict
from rules.models import DismissedGroup, ResponseRule
from tests.rules.admin.forms import LIST, form, make_rule
from tests.support.talks import ask, make_conversation, page, queries, viewer
from workqueue.snapshot import Snapshot

pytestmark = pytest.mark.django_db

PAGE = "/admin/rules/dismissedgroup/"
DISMISS = f"{PAGE}dismiss/"


@pytest.fixture
def gift() -> list[Message]:
    texts = ("Gift card?", "a <b>Gift card</b>, please", "Gift card!")
    return [ask(make_conversation(f"customer{n}"), text) for n, text in enumerate(texts)]


def shown(staff: Client) -> str:
    response = staff.get(PAGE)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def words(staff: Client) -> list[str]:
    """What the groups on the page share."""
    return [one["words"] for one in staff.get(PAGE).context["groups"]]


def dismiss(staff: Client, phrase: str, whole: str = "0") -> Any:
    return staff.post(DISMISS, {"phrase": phrase, "whole": whole}, follow=True)


def filled(staff: Client, link: str) -> dict[str, Any]:
    """What the editor begins with behind this link."""
    assert urlsplit(link).path == f"{LIST}add/"
    response = staff.get(link)
    assert response.status_code == 200
    initial: dict[str, Any] = response.context["adminform"].form.initial
    asked = dict(parse_qsl(urlsplit(link).query))
    asked.pop("_back", None)  # where to go afterwards
    assert initial == asked
    return initial


def link_named(name: str, html: str) -> str:
    before = html.split(f">{name}</a>", maxsplit=1)[0]
    return unescape(before.rsplit('href="', 1)[1].rstrip('"> '))


def test_the_page_shows_groups_with_examples_and_single_messages(
    staff: Client, gift: list[Message]
) -> None:
    ask(gift[0].conversation, "my dog ate it", verdict=Verdict.FALLBACK)
    html = shown(staff)
    assert "4 messages in 30 days got no answer or only the fallback." in html
    assert '<h2 dir="auto">Gift card</h2>' in html
    assert "3 customers" in html
    assert "a &lt;b&gt;Gift card&lt;/b&gt;, please</a>" in html
    talk = f"/admin/conversations/conversation/{gift[1].conversation_id}/change/"
    assert f'href="{talk}?at={gift[1].pk}#message-{gift[1].pk}"' in html
    assert f'id="message-{gift[1].pk}"' in page(staff, gift[1].conversation)
    assert "@customer0, 2 times" not in html
    assert "@customer2, 2 times" in html, "equal questions stand together"
    assert "my dog ate it</a>" in html
    assert "Dismissed" not in html


def test_the_page_says_when_there_is_nothing(staff: Client) -> None:
    assert "No unanswered messages in the last 30 days." in shown(staff)


def test_a_rule_is_made_from_a_group_and_the_group_is_gone(
    staff: Client, gift: list[Message]
) -> None:
    link = link_named("Make a rule from this", shown(staff))
    initial = filled(staff, link)
    assert initial == {"name": "Gift card", "keywords": "Gift card"}
    assert staff.post(link, form(**initial)).status_code == 302
    rule = ResponseRule.objects.get()
    assert (rule.name, rule.keyword_list(), rule.match) == ("Gift card", ["Gift card"], "words")
    Snapshot.forget_everything()
    assert not words(staff)
    assert "3 are hidden: today's rules would answer" in shown(staff)


def test_common_words_make_a_rule_for_exactly_them(staff: Client) -> None:
    for number, text in enumerate(("How much?", "how much", "how much ")):
        talk = make_conversation(f"customer{number}")
        ask(talk, text, kind="comment" if number else "text")
        for size in range(8):
            ask(talk, f"how much is {number}{size}", verdict=Verdict.ANSWERED)
            ask(make_conversation(f"other{number}{size}"), f"how much {number}-{size}")
    link = link_named("Make a rule from this", shown(staff))
    assert filled(staff, link) == {
        "name": "How much",
        "keywords": "how much",
        "match": "exact",
        "for_comments": "1",
    }


def test_a_rule_is_made_from_a_single_message(staff: Client) -> None:
    ask(make_conversation("maria"), "Wholesale?\nFor 100 & more " + "x" * 300)
    initial = filled(staff, link_named("Make a rule", shown(staff)))
    assert initial["keywords"].startswith("Wholesale? For 100 & more xxx")
    assert len(initial["name"]) == 60


def test_a_group_is_dismissed_and_brought_back(staff: Client, gift: list[Message]) -> None:
    response = dismiss(staff, "gift card")
    assert "dismissed. It returns if the number of messages doubles." in response.content.decode()
    row = DismissedGroup.objects.get()
    assert (row.by, row.messages, row.newest) == ("anna", 3, gift[2].pk)
    assert not words(staff)
    html = shown(staff)
    assert "3 messages now, 3 when anna dismissed them on" in html
    assert "Gift card</strong>" in html
    back = staff.post(f"{PAGE}{row.pk}/back/", follow=True)
    assert "The group is back." in back.content.decode()
    assert words(staff) == ["Gift card"]
    assert not DismissedGroup.objects.exists()
    assert staff.post(f"{PAGE}{row.pk}/back/").status_code == 302, "somebody else was quicker"


def test_a_group_that_came_back_says_so(staff: Client, gift: list[Message]) -> None:
    dismiss(staff, "gift card")
    for message in gift:
        ask(message.conversation, f"{message.conversation.username}: gift card")
    html = shown(staff)
    assert words(staff) == ["Gift card"]
    assert "back again" in html
    assert "Dismissed by anna on" in html


def test_what_was_dismissed_stays_in_the_list_when_its_messages_are_gone(
    staff: Client, gift: list[Message]
) -> None:
    dismiss(staff, "gift card")
    Message.objects.all().delete()
    assert "gift card</strong>" in shown(staff)
    assert "0 messages now, 3 when anna dismissed them" in shown(staff)


@pytest.mark.parametrize(("phrase", "whole"), [("wholesale", "0"), ("gift card", "1"), ("", "1")])
def test_what_is_no_group_is_not_dismissed(
    staff: Client, gift: list[Message], phrase: str, whole: str
) -> None:
    response = dismiss(staff, phrase, whole)
    assert "The groups have changed in the meantime." in response.content.decode()
    assert not DismissedGroup.objects.exists()


@pytest.mark.parametrize(
    ("names", "may"),
    [
        ("view_responserule change_responserule add_responserule", ""),
        ("view_conversation", "see"),
        ("view_conversation add_responserule", "see make"),
        ("view_conversation change_responserule", "see dismiss"),
    ],
)
def test_each_may_do_what_they_may(
    client: Client, gift: list[Message], names: str, may: str
) -> None:
    staff = viewer(client, *names.split())
    response = staff.get(PAGE)
    assert response.status_code == (200 if "see" in may else 403)
    html = response.content.decode()
    assert ("Gift card" in html) == ("see" in may)
    assert ("Make a rule from this" in html) == ("make" in may)
    assert (DISMISS in html) == ("dismiss" in may)
    sidebar = staff.get("/admin/").context["sidebar_navigation"]
    links = [str(item["link"]) for group in sidebar for item in group["items"]]
    assert (PAGE in links) == ("see" in may)
    assert dismiss(staff, "gift card").status_code == (200 if "dismiss" in may else 403)
    assert DismissedGroup.objects.exists() == ("dismiss" in may)


def test_who_may_change_no_rule_brings_nothing_back(client: Client, gift: list[Message]) -> None:
    row = DismissedGroup.objects.create(phrase="gift card", messages=3, newest=9**9, by="olga")
    staff = viewer(client, "view_conversation", "add_responserule")
    assert "Dismissed" in shown(staff)
    assert "Bring back" not in shown(staff)
    assert staff.post(f"{PAGE}{row.pk}/back/").status_code == 403
    assert DismissedGroup.objects.exists()


def test_nothing_is_dismissed_by_a_look_or_by_strangers(
    staff: Client, client: Client, gift: list[Message]
) -> None:
    assert staff.get(DISMISS).status_code == 405
    client.logout()
    assert client.get(PAGE).status_code == 302
    assert client.post(DISMISS, {"phrase": "gift card", "whole": "0"}).status_code == 302
    assert not DismissedGroup.objects.exists()


def test_the_page_takes_as_many_queries_for_many_as_for_few(
    staff: Client, gift: list[Message]
) -> None:
    DismissedGroup.objects.create(phrase="ok", messages=2, newest=0, by="anna")
    few = queries(lambda: staff.get(PAGE))
    for number in range(5):
        for word in ("wholesale", "repair", f"single{number}", "ok"):
            ask(make_conversation(f"{word}-{number}"), f"{word} {number}")
        DismissedGroup.objects.create(phrase=f"x{number}", messages=2, newest=0, by="anna")
    assert len(words(staff)) > 2
    assert queries(lambda: staff.get(PAGE)) == few


def test_only_so_many_are_shown(
    staff: Client, gift: list[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("MAX_GROUPS", "MAX_EXAMPLES", "MAX_SINGLES"):
        monkeypatch.setattr(f"rules.admin.unanswered.{name}", 1)
    for number in range(2):
        ask(gift[number].conversation, f"wholesale {number}")
        ask(gift[number].conversation, f"single{number}")
    html = shown(staff)
    assert "And 1 smaller group." in html
    assert "and 1 more" in html
    assert "and 1 older" in html
    assert "wholesale" not in html


def test_the_first_page_counts_the_last_week(staff: Client, gift: list[Message]) -> None:
    old = timezone.now() - timedelta(days=8)
    ask(gift[0].conversation, "old", at=old)
    ask(gift[0].conversation, "unsent", unsent_at=timezone.now())
    assert "3 messages no rule answered (7 days)" in staff.get("/admin/").content.decode()
    Message.objects.update(verdict=Verdict.ANSWERED)
    assert "No unanswered messages in the last 7 days" in staff.get("/admin/").content.decode()


@pytest.fixture
def talk() -> Conversation:
    return make_conversation("maria")


def test_a_rule_is_made_from_a_message_in_its_conversation(
    staff: Client, talk: Conversation
) -> None:
    ask(talk, 'Is it "vegan"?\nReally & truly ' + "я" * 900)
    link = link_named("Make a rule from this", page(staff, talk))
    assert len(link) < 4000, "the web server takes no longer lines"
    initial = filled(staff, link)
    assert initial["keywords"].startswith('Is it "vegan"? Really & truly яяя')
    assert initial["name"].startswith('Is it "vegan"? Really & truly яяя')
    assert staff.post(link, form(**initial)).status_code == 302
    assert len(ResponseRule.objects.get().keyword_list()) == 1


def test_a_comment_makes_a_rule_for_comments(staff: Client, talk: Conversation) -> None:
    ask(talk, "price?", kind="comment", verdict=Verdict.FALLBACK)
    initial = filled(staff, link_named("Make a rule from this", page(staff, talk)))
    assert initial == {"name": "price?", "keywords": "price?", "for_comments": "1"}


@pytest.mark.parametrize(
    "fields",
    [
        {"verdict": Verdict.ANSWERED},
        {"verdict": Verdict.PAUSED},
        {"text": "", "kind": "image"},
        {"unsent_at": timezone.now()},
    ],
)
def test_no_rule_is_made_from_what_was_answered_or_not_said(
    staff: Client, talk: Conversation, fields: dict[str, Any]
) -> None:
    ask(talk, **fields)
    assert "Make a rule from this" not in page(staff, talk)


def test_who_may_add_no_rule_is_not_offered_it(client: Client, talk: Conversation) -> None:
    ask(talk)
    staff = viewer(client, "view_conversation")
    assert "Make a rule from this" not in page(staff, talk)
    User.objects.get(username="viewer").user_permissions.add(
        Permission.objects.get(codename="add_responserule")
    )
    assert "Make a rule from this" in page(staff, talk)


def test_a_name_that_is_taken_is_said_in_the_editor(staff: Client, gift: list[Message]) -> None:
    make_rule("Gift card", keywords="voucher")
    link = link_named("Make a rule from this", shown(staff))
    response = staff.post(link, form(**filled(staff, link)))
    assert "already exists" in response.content.decode()
