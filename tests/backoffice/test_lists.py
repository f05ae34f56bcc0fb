"""Lists without rows say what will be in them, and dates look the same on every page."""

from datetime import UTC, datetime

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.test import Client

from tests.support.talks import make_conversation

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("conversations/conversation/", "They appear here when a customer writes."),
        ("conversations/outboxmessage/", "Nothing queued, failed or unconfirmed."),
        ("conversations/latequestion/", "No late messages."),
        ("conversations/label/", "No labels yet."),
        ("webhooks/webhookevent/", "They appear here when Instagram sends one."),
    ],
)
def test_an_empty_list_says_what_it_is_for(staff: Client, page: str, words: str) -> None:
    shown = staff.get(f"/admin/{page}").content.decode()
    assert words in shown
    assert "Reset filters" not in shown


def test_a_page_is_called_by_what_is_on_it(staff: Client) -> None:
    shown = staff.get("/admin/conversations/conversation/").content.decode()
    assert "Select conversation to change" not in shown


def test_a_search_without_a_hit_offers_the_way_back(staff: Client) -> None:
    shown = staff.get("/admin/conversations/conversation/?q=nobody").content.decode()
    assert "Nothing matches your search or filters." in shown
    assert "Reset filters" in shown


def test_the_history_shows_dates_as_the_other_pages_do(staff: Client) -> None:
    talk = make_conversation("mia")
    LogEntry.objects.create(
        action_time=datetime(2026, 11, 28, 4, 14, tzinfo=UTC),
        user=User.objects.get(),
        content_type=ContentType.objects.get_for_model(talk),
        object_id=str(talk.pk),
        action_flag=CHANGE,
        change_message="Paused the bot.",
    )
    url = f"/admin/conversations/conversation/{talk.pk}/history/"
    assert ">28 Nov, 04:14</time>" in staff.get(url).content.decode()
