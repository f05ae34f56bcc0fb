import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversations.models import Account, Conversation, Message, Origin, Verdict
from tests.support.talks import ask, make_conversation, queries, viewer
from webhooks import admin as events_admin
from webhooks.admin import BODY_SHOWN, WebhookEventAdmin
from webhooks.models import WebhookEvent

pytestmark = pytest.mark.django_db

LIST = "/admin/webhooks/webhookevent/"
State = WebhookEvent.State


def make_event(body: bytes = b"{}", state: str = State.PROCESSED, **fields: Any) -> WebhookEvent:
    return WebhookEvent.objects.create(body=body, state=state, **fields)


def item(outcome: str, kind: str = "text", **fields: Any) -> dict[str, Any]:
    known = {"outcome": outcome, "kind": kind, "reason": "", "conversation": None, "message": None}
    return known | fields


def page(staff: Client, event: WebhookEvent) -> str:
    response = staff.get(f"{LIST}{event.pk}/change/")
    assert response.status_code == 200
    return str(response.content.decode())


def test_failed_events_come_first_then_the_newest(staff: Client) -> None:
    states = [State.PROCESSED, State.FAILED, State.RECEIVED, State.FAILED, State.PROCESSED]
    first, failed, waiting, failed_later, newest = (make_event(state=state) for state in states)
    shown = staff.get(LIST).context["cl"].result_list
    assert list(shown) == [failed_later, failed, newest, waiting, first]


def test_list_says_what_became_of_the_items(staff: Client) -> None:
    outcomes = [item("recorded"), item("kept", "reaction"), item("recorded")]
    make_event(outcomes=outcomes)
    make_event(state=State.FAILED, reason="The body is not JSON.")
    shown = staff.get(LIST).content.decode()
    assert "2 recorded, 1 kept" in shown
    assert "The body is not JSON." in shown
    assert "chip-bad" in shown


def test_list_is_filtered_by_state(staff: Client) -> None:
    make_event()
    failed = make_event(state=State.FAILED)
    shown = staff.get(f"{LIST}?state__exact=failed").context["cl"].result_list
    assert list(shown) == [failed]


def late(verdict: str) -> dict[str, Any]:
    """Return the item of a message with this verdict."""
    talk = make_conversation(f"customer-of-{verdict}")
    return item("recorded", message=ask(talk, verdict=verdict).pk)


@pytest.mark.parametrize(
    ("outcome", "verdict"),
    [
        ("duplicate", ""),
        ("no account", ""),
        ("unknown", ""),
        ("standby", ""),
        ("failed", ""),
        ("kept", ""),
        ("early", ""),
        ("late", Verdict.TOO_OLD),
        ("standby", Verdict.STANDBY),
        ("failed", Verdict.FAILED),
        ("kept", Verdict.KEPT),
    ],
)
def test_list_is_filtered_by_what_became_of_an_item(
    staff: Client, outcome: str, verdict: str
) -> None:
    make_event()
    make_event(outcomes=[item("recorded"), item("echo"), late(Verdict.ANSWERED)])
    it = late(verdict) if verdict else item(outcome, "reaction")
    wanted = make_event(outcomes=[item("recorded"), it, item("recorded", message=123456)])
    found = staff.get(LIST, {"item": outcome}).context["cl"].result_list
    assert list(found) == [wanted]
    for other in {"duplicate", "no account", "unknown", "standby", "late", "failed"} - {outcome}:
        assert not staff.get(LIST, {"item": other}).context["cl"].result_list


def test_a_filter_that_nobody_offers_changes_nothing(staff: Client) -> None:
    event = make_event()
    assert staff.get(LIST, {"item": "nonsense"}).context["cl"].result_list == [event]


def test_list_reads_no_bodies_and_takes_constant_queries(staff: Client) -> None:
    make_event(b"x" * 1000)
    few = queries(lambda: staff.get(LIST))
    for _ in range(39):
        make_event(outcomes=[item("recorded")])
    assert queries(lambda: staff.get(LIST)) == few
    with CaptureQueriesContext(connection) as caught:
        staff.get(LIST)
    assert not [query for query in caught if '"webhooks_webhookevent"."body"' in query["sql"]]


def test_body_is_shown_as_readable_json(staff: Client) -> None:
    body = json.dumps({"object": "instagram", "text": "привет"}).encode()
    shown = page(staff, make_event(body))
    assert "&quot;object&quot;: &quot;instagram&quot;,\n" in shown
    assert "привет" in shown


@pytest.mark.parametrize(
    "body",
    [b"\xff\xfe not json", b"", b"[" * 100_000, b"\xed\xa0\x80", b'{"a": "\\ud83d"}', b"NaN"],
)
def test_body_that_is_not_json_is_shown_as_it_is(staff: Client, body: bytes) -> None:
    event = make_event(body, state=State.FAILED, reason="The body is not JSON.")
    assert "The body is not JSON." in page(staff, event)


def test_body_and_outcomes_are_escaped(staff: Client) -> None:
    evil = "<script>alert(1)</script>"
    for body in (json.dumps({"text": evil}).encode(), evil.encode()):
        event = make_event(body, outcomes=[item(evil, evil, reason=evil)], reason=evil)
        shown = page(staff, event)
        assert "<script>alert(1)" not in shown
        assert shown.count("&lt;script&gt;alert(1)") >= 5
    assert "<script>alert(1)" not in staff.get(LIST).content.decode()


def test_large_body_is_cut_with_a_note(staff: Client) -> None:
    body = json.dumps({"text": "x" * BODY_SHOWN}).encode()
    shown = page(staff, make_event(body))
    assert "this is the beginning" in shown
    assert len(shown) < BODY_SHOWN * 2
    assert "this is the beginning" not in page(staff, make_event(b'{"text": "short"}'))


def test_outcomes_link_the_conversation(staff: Client) -> None:
    talk = Conversation.objects.create(account=Account.objects.ours(), customer_id="1")
    other = Conversation.objects.create(account=Account.objects.ours(), customer_id="2")
    message = Message.objects.create(
        conversation=other, origin=Origin.CUSTOMER, verdict=Verdict.KEPT, reason="Kept."
    )
    event = make_event(
        outcomes=[
            item("recorded", conversation=talk.pk),
            item("kept", "reaction", message=message.pk, reason="Not answered."),
            item("failed", "broken", reason="The entry is not an object."),
        ]
    )
    shown = page(staff, event)
    for one in (talk, other):
        assert f"/admin/conversations/conversation/{one.pk}/change/" in shown
    assert "Not answered." in shown
    assert "The entry is not an object." in shown


def test_detail_takes_as_many_queries_for_many_items_as_for_one(staff: Client) -> None:
    small, large = (
        make_event(outcomes=[item("kept", message=n) for n in range(1, count)])
        for count in (2, 500)
    )
    few = queries(lambda: page(staff, small))
    assert queries(lambda: page(staff, large)) == few
    assert "Only the first items are shown." in page(staff, large)


def test_waiting_event_says_so(staff: Client) -> None:
    assert "Waiting to be processed." in page(staff, make_event(state=State.RECEIVED))


def test_events_are_neither_added_changed_nor_deleted(staff: Client) -> None:
    event = make_event(due_at=timezone.now())
    assert staff.get(f"{LIST}add/").status_code == 403
    assert staff.post(f"{LIST}{event.pk}/change/", {"state": "failed"}).status_code == 403
    assert staff.post(f"{LIST}{event.pk}/delete/", {"post": "yes"}).status_code == 403
    staff.post(LIST, {"action": "delete_selected", "_selected_action": event.pk, "post": "yes"})
    assert WebhookEvent.objects.get().state == State.PROCESSED


def test_events_are_seen_by_those_who_may(client: Client) -> None:
    event = make_event()
    user = User.objects.create_user("viewer", is_staff=True)
    client.force_login(user)
    assert client.get(LIST).status_code == 403
    assert client.get(f"{LIST}{event.pk}/change/").status_code == 403
    user.user_permissions.set(Permission.objects.filter(codename="view_webhookevent"))
    assert client.get(LIST).status_code == 200
    assert client.get(f"{LIST}{event.pk}/change/").status_code == 200


def kept_message(**fields: Any) -> Message:
    talk = Conversation.objects.create(account=Account.objects.ours(), customer_id="1")
    given = {"verdict": Verdict.ANSWERED, "reason": "matched 'price' in rule Price"} | fields
    return Message.objects.create(conversation=talk, origin=Origin.CUSTOMER, text="price", **given)


def test_a_recorded_item_says_what_became_of_its_message(staff: Client) -> None:
    message = kept_message()
    again = item("duplicate", message=message.pk)
    event = make_event(outcomes=[item("recorded", message=message.pk), again])
    assert "1 answered, 1 duplicate" in staff.get(LIST).content.decode()
    assert "matched &#x27;price&#x27; in rule Price" in page(staff, event)


def test_an_event_is_processed_again_from_its_page(staff: Client) -> None:
    event = make_event(state=State.FAILED, reason="No luck.", outcomes=[item("failed")], tries=5)
    assert "Process again" in page(staff, event)
    shown = staff.post(f"{LIST}{event.pk}/again/", follow=True).content.decode()
    assert "1 event queued for processing." in shown
    event.refresh_from_db()
    assert (event.state, event.reason, event.outcomes, event.tries) == ("received", "", [], 0)
    assert event.due_at is not None


def test_an_event_that_is_being_read_is_left_alone(staff: Client) -> None:
    now = timezone.now()
    held = make_event(state=State.RECEIVED, due_at=now, leased_until=now + timedelta(minutes=1))
    staff.post(LIST, {"action": "process_again", "_selected_action": [str(held.pk)]})
    held.refresh_from_db()
    assert held.leased_until == now + timedelta(minutes=1)


def test_who_may_only_look_can_process_nothing(client: Client) -> None:
    event = make_event()
    looking = viewer(client, "view_webhookevent")
    assert "Process again" not in page(looking, event)
    assert looking.post(f"{LIST}{event.pk}/again/").status_code == 403
    looking.post(LIST, {"action": "process_again", "_selected_action": [str(event.pk)]})
    event.refresh_from_db()
    assert event.state == State.PROCESSED


def walk(staff: Client, query: str) -> list[list[int]]:
    """Return the numbers of the events on each page, from the newest to the oldest."""
    found = list[list[int]]()
    for _ in range(20):
        listed = staff.get(f"{LIST}{query}").context["cl"]
        found.append([event.pk for event in listed.result_list])
        assert bool(listed.newest) == (len(found) > 1)
        query = listed.older
        if not query:
            return found
    raise AssertionError("the way to older events has no end")


@pytest.fixture
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WebhookEventAdmin, "list_per_page", 2)
    monkeypatch.setattr(events_admin, "LOOKED_THROUGH", 4)


@pytest.mark.usefixtures("_small_pages")
@pytest.mark.parametrize(
    ("query", "pages"),
    [
        ("", [[6, 3], [1, 10], [9, 8], [7, 5], [4, 2]]),  # failed ones first
        ("?state__exact=failed", [[6, 3], [1]]),
        ("?state__exact=processed", [[10, 9], [8, 7], [5, 4], [2]]),
        ("?state__exact=received", [[]]),
        # among four events at a time
        ("?item=unknown", [[9], [4], [2]]),
        ("?item=duplicate", [[10, 9], [8, 7], [6, 5], [4, 3], [2, 1]]),
        ("?item=early", [[], [], []]),
        ("?item=unknown&state__exact=failed", [[], [], []]),
    ],
)
def test_older_events_follow_page_by_page(
    staff: Client, query: str, pages: list[list[int]]
) -> None:
    for number in range(1, 11):
        items = [item("duplicate"), *([item("unknown")] if number in (2, 4, 9) else [])]
        state = State.FAILED if number in (1, 3, 6) else State.PROCESSED
        make_event(pk=number, state=state, outcomes=items)
    assert walk(staff, query) == pages


@pytest.mark.usefixtures("_small_pages")
def test_a_page_says_which_events_it_looked_through(staff: Client) -> None:
    for number in range(1, 11):
        make_event(pk=number)
    shown = staff.get(LIST, {"item": "unknown"}).content.decode()
    assert "Looked through events #7 to #10." in shown
    assert "Older" in shown
    shown = staff.get(LIST, {"item": "unknown", "before": "7"}).content.decode()
    assert "Looked through events #3 to #6." in shown
    shown = staff.get(LIST, {"item": "unknown", "before": "3"}).content.decode()
    assert "Looked through events #1 to #2." in shown
    assert "Older" not in shown


@pytest.mark.usefixtures("_small_pages")
def test_another_filter_begins_with_the_newest_again(staff: Client) -> None:
    for number in range(1, 11):
        make_event(pk=number)
    listed = staff.get(LIST, {"before": "5"}).context["cl"]
    specs = listed.filter_specs
    links = [choice["query_string"] for spec in specs for choice in spec.choices(listed)]
    assert links
    assert not [link for link in links if "before" in link]


def test_no_list_of_events_counts_them(staff: Client) -> None:
    make_event(state=State.FAILED)
    for query in ("", "?state__exact=failed", "?item=unknown", "?before=5"):
        with CaptureQueriesContext(connection) as caught:
            staff.get(LIST + query)
        counted = [one["sql"] for one in caught if "COUNT(" in one["sql"].upper()]
        assert not [sql for sql in counted if 'FROM "webhooks_webhookevent"' in sql]
