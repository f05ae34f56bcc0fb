"""docs/privacy.md says what is so, and names the tests that show it."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from conversations.customer_data.holdings import holdings
from conversations.models import Conversation
from tests.instabot.test_layers import ROOT

PAGE = (ROOT / "docs" / "privacy.md").read_text()


@pytest.mark.no_database
def test_the_page_names_every_table_of_the_map() -> None:
    kept = PAGE.partition("## What is kept of a customer")[2].partition("\n## ")[0]
    first = "".join(re.findall(r"^\| (`.*?) \|", kept, re.MULTILINE))
    assert set(re.findall(r"`([a-z]+\.\w+)`", first)) == {one.table for one in holdings()}


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
