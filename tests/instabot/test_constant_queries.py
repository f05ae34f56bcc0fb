"""Lists of the admin: thirty rows take as many queries as one, and no large table is counted."""

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversations.models import Label, Origin, State, Verdict
from people.models import Invitation
from tests.support.talks import LIST, ask, make_conversation, queries, say
from webhooks.models import WebhookEvent

pytestmark = pytest.mark.django_db

PAGES = {
    "search": f"{LIST}?q=delivery",
    "search for a name": f"{LIST}?q=customer",
    "search among some": f"{LIST}?tab=waiting&q=delivery",
    "palette": "/admin/find/?q=customer",
    "outbox": "/admin/conversations/outboxmessage/",
    "outbox, failed": "/admin/conversations/outboxmessage/?is=failed",
    "late": "/admin/conversations/latequestion/",
    "unanswered": "/admin/rules/dismissedgroup/",
    "events": "/admin/webhooks/webhookevent/",
    "events, failed": "/admin/webhooks/webhookevent/?state__exact=failed",
    "events, some item": "/admin/webhooks/webhookevent/?item=duplicate",
    "labels": "/admin/conversations/label/",
    "people": "/admin/auth/user/",
    "roles": "/admin/auth/group/",
    "invitations": "/admin/people/invitation/",
    "settings": "/admin/shop/tuning/",
}
# Large where a shop has been open for long; an outbox is counted by an index of few rows.
LARGE = ("webhooks_webhookevent", "conversations_message")
MAY_COUNT = ("outbox", "late")


def write(number: int) -> None:
    """One more of everything that is listed."""
    talk = make_conversation(
        f"customer{number}", waiting_since=timezone.now(), last_inbound_at=timezone.now()
    )
    talk.labels.add(Label.objects.create(name=f"label {number}"))
    ask(talk, f"delivery to town{number}?", verdict=Verdict.NO_ANSWER)
    ask(talk, "delivery?", verdict=Verdict.TOO_OLD)
    say(talk, "delivery tomorrow", state=State.FAILED, origin=Origin.STAFF, staff="anna")
    item = {"outcome": "duplicate", "kind": "text", "message": None, "conversation": None}
    for state in (WebhookEvent.State.FAILED, WebhookEvent.State.PROCESSED):
        WebhookEvent.objects.create(body=b"{}", state=state, outcomes=[item])
    user = User.objects.create_user(f"colleague{number}", is_staff=True)
    user.groups.add(Group.objects.create(name=f"role {number}"))
    invitation = Invitation.objects.create(
        who="Max", digest=f"{number}", ends_at=timezone.now(), account_ids=[1]
    )
    invitation.roles.set(user.groups.all())


@pytest.mark.parametrize("page", PAGES)
def test_thirty_rows_take_no_more_queries_than_one(staff: Client, page: str) -> None:
    write(0)
    few = queries(lambda: staff.get(PAGES[page]))
    for number in range(1, 30):
        write(number)
    assert queries(lambda: staff.get(PAGES[page])) <= few


@pytest.mark.parametrize("page", [one for one in PAGES if not one.startswith(MAY_COUNT)])
def test_no_large_table_is_counted(staff: Client, page: str) -> None:
    write(0)
    with CaptureQueriesContext(connection) as caught:
        assert staff.get(PAGES[page]).status_code == 200
    counted = [
        one["sql"]
        for one in caught
        if any(f'COUNT(*) AS "__count" FROM "{table}"' in one["sql"] for table in LARGE)
        and "state" not in one["sql"] and "verdict" not in one["sql"]
    ]  # fmt: skip
    assert not counted
