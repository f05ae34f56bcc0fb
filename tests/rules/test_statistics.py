"""What staff read about each rule: how often it answers, when last, and what came of it."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from conversations.models import Conversation, Message, Origin, State, Verdict
from rules import statistics
from rules.models import ResponseRule
from tests.rules.admin.forms import LIST, make_rule
from tests.support.talks import ask, customers, make_conversation, queries, say, viewer

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def rule() -> ResponseRule:
    return make_rule("Delivery", keywords="word")


@pytest.fixture
def talk() -> Conversation:
    return make_conversation("maria", last_inbound_at=timezone.now())


def answer(
    rule: ResponseRule, talk: Conversation, ago: timedelta = HOUR, parts: int = 1, **fields: Any
) -> Message:
    """A question that the rule answered so long ago; return the answer's last message."""
    at = timezone.now() - ago
    question = ask(talk, at=at, verdict=Verdict.ANSWERED, reason="matched 'word'")
    for position in range(parts):
        said = say(talk, at=at, in_reply_to=question, position=position, rule=rule.pk, **fields)
    return said


def counted(rule: ResponseRule) -> Any:
    return statistics.add_counts(ResponseRule.objects.all(), timezone.now()).get(pk=rule.pk)


def listed(staff: Client, query: str = "") -> list[str]:
    response = staff.get(LIST + query)
    assert response.status_code == 200
    return [one.name for one in response.context["cl"].result_list]


def panel(staff: Client, rule: ResponseRule) -> str:
    page = staff.get(f"{LIST}{rule.pk}/change/").content.decode()
    found = page.partition('class="rule-numbers"')[2].partition("</dl>")[0]
    return " ".join(found.split())


# What is counted


def test_answers_are_counted_for_a_week_and_for_a_month(
    rule: ResponseRule, talk: Conversation
) -> None:
    for ago in (HOUR, 6 * DAY, 8 * DAY, 29 * DAY, 31 * DAY):
        answer(rule, talk, ago)
    found = counted(rule)
    assert (found.answers_week, found.answers_month) == (2, 4)


def test_an_answer_of_several_messages_counts_once(rule: ResponseRule, talk: Conversation) -> None:
    answer(rule, talk, parts=3)
    answer(rule, talk, 2 * HOUR, parts=2, state=State.FAILED)
    assert counted(rule).answers_week == 2
    assert statistics.count_failures(timezone.now()) == {rule.pk: 1}


def test_each_rule_has_its_own_numbers(rule: ResponseRule, talk: Conversation) -> None:
    other, never = make_rule("Price"), make_rule("Never")
    last = answer(rule, talk).at
    answer(rule, talk, 40 * DAY)
    answer(other, talk, 40 * DAY)
    say(talk)  # a person, or an engine without rules
    assert (counted(rule).answers_month, counted(rule).last_used) == (1, last)
    assert (counted(other).answers_month, counted(never).answers_month) == (0, 0)
    assert counted(other).last_used < last
    assert counted(never).last_used is None


def test_only_what_failed_lately_is_a_failure(rule: ResponseRule, talk: Conversation) -> None:
    answer(rule, talk, state=State.UNKNOWN)
    answer(rule, talk, 2 * HOUR, state=State.CANCELLED)
    answer(rule, talk, 31 * DAY, state=State.FAILED)
    say(talk, origin=Origin.STAFF, state=State.FAILED)
    assert statistics.count_failures(timezone.now()) == {}


@pytest.mark.parametrize(
    ("after", "fields", "count"),
    [
        (HOUR, {"origin": Origin.STAFF}, 1),
        (HOUR, {"origin": Origin.APP}, 1),
        (23 * HOUR, {"origin": Origin.STAFF}, 1),
        (25 * HOUR, {"origin": Origin.STAFF}, 0),
        (-HOUR, {"origin": Origin.STAFF}, 0),
        (HOUR, {"origin": Origin.STAFF, "state": State.CANCELLED}, 0),
        (HOUR, {"origin": Origin.APP, "reason": "Another tool wrote it."}, 0),
        (HOUR, {"origin": Origin.BOT}, 0),
    ],
)
def test_a_person_who_writes_within_a_day_was_needed(
    rule: ResponseRule, talk: Conversation, after: timedelta, fields: dict[str, Any], count: int
) -> None:
    said = answer(rule, talk, 2 * DAY)
    say(talk, at=said.at + after, **fields)
    say(make_conversation("other"), at=said.at + HOUR, origin=Origin.STAFF)
    assert statistics.count_customers(rule.pk, timezone.now()) == statistics.Customers(1, count)


def test_a_customer_counts_once_and_who_needs_a_person_now_counts(
    rule: ResponseRule, talk: Conversation
) -> None:
    helpless = make_conversation("helpless", needs_person=True)
    for one in (talk, talk, helpless, helpless):
        answer(rule, one, parts=2)
    answer(rule, make_conversation("long ago", needs_person=True), 31 * DAY)
    assert statistics.count_customers(rule.pk, timezone.now()) == statistics.Customers(2, 1)


# In the list


def test_list_shows_the_numbers(staff: Client, rule: ResponseRule, talk: Conversation) -> None:
    make_rule("Never")
    answer(rule, talk, 3 * HOUR, state=State.FAILED)
    for days in (8, 9):
        answer(rule, talk, days * DAY)
    shown = staff.get(LIST).content.decode()
    assert re.findall(r"field-answers_week[^>]*>(\d+)<", shown) == ["1", "0"]
    assert re.search(r'field-answers_month[^>]*><span class="rule-count">3 <a href=', shown)
    assert ">1 failed</span>" in shown
    assert ">3 h</time>" in shown
    assert ">never</span>" in shown


@pytest.mark.parametrize(
    ("query", "found"),
    [("unused=month", ["Rarely", "Never"]), ("unused=ever", ["Never"]), ("unused=x", None)],
)
def test_rules_that_are_not_used_are_found(
    staff: Client, rule: ResponseRule, talk: Conversation, query: str, found: list[str] | None
) -> None:
    rarely, _ = make_rule("Rarely"), make_rule("Never")
    answer(rule, talk)
    answer(rarely, talk, 31 * DAY)
    assert listed(staff, f"?{query}") == (found or ["Delivery", "Rarely", "Never"])


def test_list_is_sorted_by_use(staff: Client, rule: ResponseRule, talk: Conversation) -> None:
    often = make_rule("Often")
    for hours in range(1, 4):
        answer(often, talk, 8 * DAY + hours * HOUR)
    answer(rule, talk)
    columns = list(staff.get(LIST).context["cl"].list_display)
    month, last = columns.index("answers_month"), columns.index("last_used")
    assert listed(staff, f"?o=-{month}") == ["Often", "Delivery"]
    assert listed(staff, f"?o=-{last}") == ["Delivery", "Often"]


def test_numbers_cost_no_query_for_each_rule(
    staff: Client, rule: ResponseRule, talk: Conversation
) -> None:
    few = queries(lambda: staff.get(LIST))
    for number in range(20):
        answer(make_rule(f"Rule {number}"), talk, state=State.FAILED)
    assert queries(lambda: staff.get(LIST)) == few


def test_a_rule_with_numbers_is_changed_in_the_list_and_deleted(
    staff: Client, rule: ResponseRule, talk: Conversation
) -> None:
    answer(rule, talk)
    posted = {
        "form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "form-0-id": rule.pk, "form-0-order": 7,
        "_save": "Save",
    }  # fmt: skip
    assert staff.post(LIST, posted).status_code == 302
    assert ResponseRule.objects.get().order == 7
    chosen = {"action": "delete_selected", "_selected_action": [rule.pk], "post": "yes"}
    staff.post(LIST, chosen)
    assert not ResponseRule.objects.exists()
    assert Message.objects.filter(rule=rule.pk).exists(), "what was said outlives its rule"


# On the rule's page


def test_page_of_a_rule_leads_to_what_its_numbers_count(
    staff: Client, rule: ResponseRule, talk: Conversation
) -> None:
    answer(rule, talk, state=State.FAILED)
    answer(rule, make_conversation("helpless", needs_person=True))
    answer(make_rule("Price"), talk, state=State.FAILED)
    assert "of 2 customers" in panel(staff, rule)
    outbox, inbox = links(staff, rule)
    failed = staff.get(outbox).context["cl"].result_list
    assert [(row.rule, row.state) for row in failed] == [(rule.pk, State.FAILED)]
    found = staff.get(inbox)
    assert customers(found.context["cl"]) == ["helpless"]
    assert f"Rule {rule.pk}" in found.content.decode()


def links(staff: Client, rule: ResponseRule) -> list[str]:
    context = staff.get(f"{LIST}{rule.pk}/change/").context["numbers"]
    return [context["failures_link"], context["customers_link"]]


def test_who_may_not_see_conversations_sees_only_counts(
    client: Client, rule: ResponseRule, talk: Conversation
) -> None:
    Conversation.objects.update(needs_person=True)
    answer(rule, talk, state=State.FAILED)
    reader = viewer(client, "view_responserule")
    assert "of 1 customer" in panel(reader, rule)
    assert "href" not in panel(reader, rule)
    assert links(reader, rule) == ["", ""]
    assert "outboxmessage" not in reader.get(LIST).content.decode()


def test_a_new_rule_has_no_numbers(staff: Client) -> None:
    assert "rule-numbers" not in staff.get(f"{LIST}add/").content.decode()


@pytest.mark.parametrize("number", ["x", "-1", "9" * 30, "٣", ""])
def test_customers_of_a_rule_that_makes_no_sense_are_all(
    staff: Client, talk: Conversation, number: str
) -> None:
    response = staff.get(f"/admin/conversations/conversation/?after_rule={number}", follow=True)
    assert response.status_code == 200


# How fast


@pytest.mark.usefixtures("_many")
def test_each_count_is_served_by_an_index(rule: ResponseRule) -> None:
    """The planner is told that tables are large: it may not read one from end to end."""
    now = timezone.now()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
    plan = statistics.add_counts(ResponseRule.objects.all(), now).explain()
    assert plan.count("message_rule") == 3
    assert (
        "message_trouble" in Message.objects.failed_or_unconfirmed().filter(at__gte=now).explain()
    )
    assert "message_unanswered" in Message.objects.unanswered().explain()
