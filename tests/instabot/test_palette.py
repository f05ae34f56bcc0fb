"""Ctrl-K: customers, pages and rules, as far as somebody may see them."""

from typing import Any

import pytest
from django.test import Client

from tests.rules.records import simple
from tests.support.talks import make_conversation, viewer

pytestmark = pytest.mark.django_db


def found(client: Client, asked: str) -> list[tuple[str, str]]:
    answer: Any = client.get("/admin/find/", {"q": asked}).json()
    return [(one["kind"], one["title"]) for one in answer["found"]]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("carlos", [("Customers", "@carlos"), ("Rules", "Ask Carlos")]),
        ("@CARL", [("Customers", "@carlos"), ("Rules", "Ask Carlos")]),
        ("ruiz", [("Customers", "@carlos")]),
        ("outb", [("Pages", "Outbox")]),
        ("late mess", [("Pages", "Late messages")]),
        ("nothing of this kind", []),
    ],
)
def test_everything_is_found_by_a_beginning(
    staff: Client, asked: str, expected: list[tuple[str, str]]
) -> None:
    make_conversation("carlos", name="Carlos Ruiz")
    simple("Ask Carlos")
    assert found(staff, asked) == expected


def test_without_words_all_pages_are_offered(staff: Client) -> None:
    make_conversation("carlos")
    kinds = {kind for kind, _ in found(staff, "")}
    assert kinds == {"Pages"}


def test_nobody_finds_what_they_may_not_see(client: Client) -> None:
    make_conversation("carlos")
    simple("Ask Carlos")
    person = viewer(client, "view_responserule")
    assert found(person, "carlos") == [("Rules", "Ask Carlos")]
    assert ("Pages", "Inbox") not in found(person, "")
    assert ("Pages", "Rules") in found(person, "")


def test_whoever_is_not_logged_in_finds_nothing(client: Client) -> None:
    assert client.get("/admin/find/?q=carlos").status_code == 302
