"""A colleague has one name on every page: the full one, where somebody wrote it down."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backoffice import people
from conversations.composer import notes
from conversations.display import composer
from conversations.models import Account, Conversation, Origin, State, Verdict
from rules import history
from rules.models import ResponseRule
from rules.record import read_stored
from shop import tuning
from tests.support.talks import LIST, ask, make_conversation, page, queries, say

pytestmark = pytest.mark.django_db


@pytest.fixture
def lena() -> User:
    return User.objects.create_superuser("lena", first_name="Lena", last_name="Kovacs")


@pytest.fixture
def talk() -> Conversation:
    return make_conversation("maria", last_inbound_at=timezone.now() - timedelta(hours=1))


def words(html: str) -> str:
    """What a page shows, without the addresses and scripts in it."""
    html = re.sub(r"<(script|style)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def test_a_name_stands_for_a_user_name_and_nothing_else_is_changed(lena: User) -> None:
    User.objects.create_user("bob")
    assert (people.call(lena), people.called("lena")) == ("Lena Kovacs", "Lena Kovacs")
    assert people.called("bob") == "bob"
    for other in ("", "a person in the Instagram app", "gone"):
        assert people.called(other) == other


def wrote(talk: Conversation, lena: User) -> None:
    say(talk, "Tomorrow.", origin=Origin.STAFF, staff="lena")


def resent(talk: Conversation, lena: User) -> None:
    say(talk, "In 2 days.", staff="lena")


def cancelled(talk: Conversation, lena: User) -> None:
    say(talk, state=State.CANCELLED, error="Cancelled by lena.")


def replied_instead(talk: Conversation, lena: User) -> None:
    say(talk, state=State.CANCELLED, error="Cancelled: lena replied instead.")


def chose_not_to(talk: Conversation, lena: User) -> None:
    say(talk, state=State.FAILED, error="Not confirmed; lena chose not to resend it.")


def not_resent(talk: Conversation, lena: User) -> None:
    say(talk, state=State.CANCELLED, error="Not resent (lena). No such user.")


def paused_then(talk: Conversation, lena: User) -> None:
    ask(talk, verdict=Verdict.PAUSED, reason="Bot paused by lena.")


def paused_now(talk: Conversation, lena: User) -> None:
    until = timezone.now() + timedelta(hours=3)
    Conversation.objects.update(bot_paused_until=until, bot_paused_by="lena")


def switched_off(talk: Conversation, lena: User) -> None:
    Account.objects.update(bot_off_by="lena", bot_off_at=timezone.now())


def has_it(talk: Conversation, lena: User) -> None:
    Conversation.objects.update(assignee=lena)


def noted(talk: Conversation, lena: User) -> None:
    notes.write(talk.pk, lena, "A gift.", "", timezone.now())


def mentioned(talk: Conversation, lena: User) -> None:
    bob = User.objects.create_superuser("bob")
    notes.write(talk.pk, bob, "Handed over to @lena: look.", "", timezone.now())


@pytest.mark.table
@pytest.mark.parametrize(
    "happened",
    [
        wrote, resent, cancelled, replied_instead, chose_not_to, not_resent, paused_then,
        paused_now, switched_off, has_it, noted, mentioned,
    ],
)  # fmt: skip
def test_a_conversation_tells_of_a_colleague_by_name(
    staff: Client, talk: Conversation, lena: User, happened: Callable[[Conversation, User], None]
) -> None:
    happened(talk, lena)
    shown = words(page(staff, talk))
    assert "Lena Kovacs" in shown
    assert "lena" not in shown


def test_a_conflict_names_the_colleague_who_was_faster(talk: Conversation, lena: User) -> None:
    said = say(talk, "Tomorrow.", origin=Origin.STAFF, staff="lena")
    conflict = composer.read_conflict(talk, [said], said.at + timedelta(seconds=4))
    assert conflict.sentence == "Lena Kovacs replied 4 s ago."
    assert [line.who for line in conflict.lines] == ["Lena Kovacs"]


def a_rule(lena: User) -> str:
    rule = ResponseRule.objects.create(name="Delivery", keywords="delivery", reply="Two days.")
    history.write(rule.pk, None, read_stored(rule.pk), by="lena", what=history.What.CREATED)
    return f"/admin/rules/responserule/{rule.pk}/history/"


def a_setting(lena: User) -> str:
    tuning.put("waiting_seconds", "3", by="lena")
    return "/admin/shop/tuning/"


def the_switch(lena: User) -> str:
    Account.objects.ours()
    Account.objects.update(bot_off_by="lena", bot_off_at=timezone.now())
    return reverse("admin:conversations_account_switch")


def a_paused_row(lena: User) -> str:
    until = timezone.now() + timedelta(hours=3)
    make_conversation("olga", bot_paused_until=until, bot_paused_by="lena")
    return f"{LIST}?tab=all"


@pytest.mark.parametrize("happened", [a_rule, a_setting, the_switch, a_paused_row])
def test_other_pages_have_the_same_name_for_a_colleague(
    staff: Client, lena: User, happened: Callable[[User], str]
) -> None:
    html = unescape(staff.get(happened(lena)).content.decode())
    assert "Lena Kovacs" in html
    assert not re.search(r"\blena\b", html)


def test_many_colleagues_take_no_more_queries_than_one(
    staff: Client, talk: Conversation, lena: User
) -> None:
    wrote(talk, lena)
    few = queries(lambda: page(staff, talk))
    for number in range(5):
        User.objects.create_user(f"c{number}", first_name=f"C {number}")
        say(talk, "Hi.", origin=Origin.STAFF, staff=f"c{number}")
    assert queries(lambda: page(staff, talk)) == few
