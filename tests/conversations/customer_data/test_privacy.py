"""docs/privacy.md says what is so, and names the tests that show it."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conversations import waiting
from conversations.customer_data.holdings import holdings
from conversations.models import Conversation, Note
from tests.instabot.test_layers import ROOT
from tests.support.removal import erase
from tests.support.talks import make_conversation

PAGE = (ROOT / "docs" / "privacy.md").read_text()


@pytest.mark.no_database
def test_the_page_names_every_table_of_the_map() -> None:
    kept = PAGE.partition("## What is kept of a customer")[2].partition("\n## ")[0]
    first = "".join(re.findall(r"^\| (`.*?) \|", kept, re.MULTILINE))
    assert set(re.findall(r"`([a-z]+\.\w+)`", first)) == {one.table for one in holdings()}


@pytest.mark.no_database
def test_what_nobody_sees_has_no_page() -> None:
    kept = PAGE.partition("## What is kept of a customer")[2].partition("\n## ")[0]
    hidden = re.findall(r"^\| `\w+\.(\w+)` .*\| nobody \|$", kept, re.MULTILINE)
    assert {"IdempotencyKey", "Erasure"} <= set(hidden)
    for file in ROOT.glob("[a-z]*/**/*.py"):
        if "admin" in file.relative_to(ROOT).as_posix() and "tests" not in file.parts:
            shown = set(re.findall(r"\w+", file.read_text())) & set(hidden)
            assert not shown, file


@pytest.mark.no_database
def test_the_tests_that_the_page_names_are_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
    assert len(named) > 20
    missing = [
        f"{file}::{name}"
        for file, name in named
        if f"def {name}(" not in (ROOT / file).read_text()
    ]  # fmt: skip
    assert not missing


@pytest.mark.once
def test_only_staff_get_cookies_and_only_these(client: Client, talk: Conversation) -> None:
    for public in ("/health", "/webhooks/instagram", "/api/v1/conversations"):
        assert not client.get(public).cookies
    User.objects.create_superuser("olga", password="long and odd 17")
    client.get("/admin/login/")
    client.post("/admin/login/", {"username": "olga", "password": "long and odd 17"})
    pause = reverse("admin:conversations_conversation_pause", args=[talk.pk])
    client.post(pause, {"for": "half_hour"})
    client.get(reverse("admin:conversations_conversation_change", args=[talk.pk]))
    named = set(re.findall(r"`(\w+)`", PAGE.partition("**Cookies**")[2].partition("No banner")[0]))
    assert {"sessionid", "csrftoken"} <= set(client.cookies) <= named


@pytest.mark.once
def test_the_note_of_a_hand_over_is_in_the_session_until_it_is_decided(
    admin_client: Client, talk: Conversation
) -> None:
    def is_kept() -> bool:
        return "I know her" in str(dict(admin_client.session))

    olga = User.objects.create_superuser("olga")
    waiting.assign(talk.pk, olga.pk, None)
    address = reverse("admin:conversations_conversation_assign", args=[talk.pk])
    admin_client.post(address, {"to": "me", "had": "", "note": "I know her"})
    assert is_kept()
    admin_client.post(address, {"to": "me", "anyway": "on", "note": "I know her"})
    assert not is_kept()


@pytest.mark.django_db(transaction=True)
def test_a_note_about_another_customer_stays_though_it_names_the_erased_one() -> None:
    maria, tom = make_conversation("maria"), make_conversation("tom")
    for talk in (maria, tom):
        Note.objects.create(conversation=talk, text="maria is his sister", at=timezone.now())
    erase(maria)
    assert list(Note.objects.values_list("conversation", flat=True)) == [tom.pk]
