"""Staff who are limited to accounts see no others: on no page, in no file, by no call."""

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, User
from django.db import IntegrityError, connection, transaction
from django.db.models import ForeignKey, OneToOneField, ProtectedError
from django.test import Client
from django.utils import timezone

from api.models import Token
from audit import trail
from backoffice.reach import ReachedManager, reach, within
from conversations import bot_switch
from conversations.account import access, identity
from conversations.admin import live, rows
from conversations.composer import notes
from conversations.inbox import NO_ACCOUNT
from conversations.models import (
    Account,
    AccountAccess,
    AutomaticText,
    Conversation,
    Draft,
    Message,
    Note,
    Origin,
    State,
    Verdict,
)
from conversations.statistics import upkeep
from incidents import watch
from incidents.admin import bars
from incidents.looks import LOOKS
from incidents.models import Incident
from incidents.troubles import STRANGERS
from people import roles
from people.models import Invitation
from rules.models import DismissedGroup, ResponseRule
from rules.transfer.formats import FORMATS, JSON
from shop.models import Shop, row_of
from tests.instabot.test_layers import ROOT, files
from tests.instabot.test_roles import ACTS, PAGES, address
from tests.support.talks import LIST, ask, make_conversation, say
from webhooks.models import WebhookEvent
from workqueue.snapshot import Snapshot

pytestmark = pytest.mark.django_db

HIDDEN = "zebra"  # stands in all that is said to the other account, and by it
# What has an account but is no customer's: who is limited, and what a process keeps of all.
FOR_ALL: set[Any] = {Account, AccountAccess}


@pytest.fixture
def other() -> Account:
    """A second account beside the first one."""
    first = Account.objects.ours()
    first.save()
    Account.objects.filter(pk=first.pk).update(username="first", instagram_id="1")
    made = Account.objects.create(instagram_id="2", username=f"{HIDDEN}shop")
    identity.forget()
    return made


@pytest.fixture
def limited(other: Account) -> User:
    """An owner who sees the first account alone."""
    roles.create(apps)
    live._believed.drop()
    user = User.objects.create_user("lena", is_staff=True)
    user.groups.set(Group.objects.filter(name="Owner"))
    access.limit(user, [Account.objects.ours()])
    return user


@pytest.fixture
def things(other: Account, limited: User) -> dict[str, Any]:
    """One of each that the other account has; and a customer of the first one, who shows."""
    now = timezone.now()
    ask(make_conversation("maria", waiting_since=now, last_inbound_at=now), "delivery?")
    talk = make_conversation(f"{HIDDEN}r", name="Mia Quagga", last_inbound_at=now)
    waits = {"waiting_since": now, "needs_person": True, "assignee": limited, "assigned_at": now}
    Conversation.objects.filter(pk=talk.pk).update(account=other, **waits)
    ask(talk, f"{HIDDEN} quagga?", flagged=True)
    late = ask(talk, f"{HIDDEN} late?", verdict=Verdict.TOO_OLD)
    failed = say(talk, f"{HIDDEN} failed", state=State.FAILED, origin=Origin.STAFF, staff="lena")
    writer = User.objects.create_superuser("olga")
    note = Note.objects.create(conversation=talk, writer=writer, by="olga", text=f"{HIDDEN} note")
    mention = note.mentions.create(user=limited)
    trail.record(trail.Kind.ACCOUNT, f"connected @{HIDDEN}shop")
    Draft.objects.create(conversation=talk, user=writer, kind="reply", text=f"{HIDDEN} draft")
    rule = ResponseRule.objects.create(name="Delivery", keywords="delivery", reply="Two days.")
    # What is about no account is for all to see, but for what names others.
    open_now = {"since": now, "opened_at": now, "next_step": "x"}
    for kind in ("worker", STRANGERS):
        says = f"{HIDDEN}shop" if kind == STRANGERS else "Nobody works."
        Incident.objects.create(kind=kind, title=f"About all: {kind}", says=says, **open_now)
    bars.forget()
    return {
        "talk": talk.pk, "late": late.pk, "failed": failed.pk, "note": note.pk,
        "app": say(talk, f"{HIDDEN} app", origin=Origin.APP).pk, "mention": mention.pk,
        "event": WebhookEvent.objects.create(body=json.dumps({"x": HIDDEN}).encode()).pk,
        "account": other.pk, "rule": rule.pk, "user": writer.pk,
        "invitation": Invitation.objects.create(
            who=f"{HIDDEN} Max", account_ids=[other.pk], ends_at=now
        ).pk,
    }  # fmt: skip


def addresses(things: dict[str, Any]) -> Iterator[str]:
    """All pages, with what belongs to the other account; lists with all of their rows."""
    for name in PAGES:
        yield address(name, things)
    live_page = address("conversations_conversation_live", things)
    rows_page = address("conversations_conversation_live_rows", things)
    talk = things["talk"]
    yield from (f"{LIST}?tab={tab}" for tab in ("all", "waiting", "mine", "not_delivered"))
    yield from (f"{LIST}?tab=all&q=quagga", "/admin/find/?q=quagga")
    yield from (f"{LIST}?tab=all&account={things['account']}",)
    yield from (f"{rows_page}?tab=all&ids={talk}", f"{live_page}?tab=all&rows={talk}&open={talk}")


def seen_by(client: Client, things: dict[str, Any]) -> set[str]:
    """The pages that show anything of the other account."""
    found = set()
    for page in addresses(things):
        rows.forget()
        Snapshot.forget_everything()
        response = client.get(page, follow=True)
        content = b"".join(response) if response.streaming else response.content
        if HIDDEN.encode() in content.lower():
            found.add(page)
    return found


def test_no_page_shows_anything_of_an_account_that_is_not_theirs(
    client: Client, limited: User, things: dict[str, Any]
) -> None:
    client.force_login(User.objects.get(username="olga"))
    of_olga = seen_by(client, things)
    assert len(of_olga) > 15  # it is there to be seen
    client.force_login(limited)
    assert seen_by(client, things) == set()


def test_nothing_is_done_to_what_is_not_theirs(
    client: Client, limited: User, things: dict[str, Any]
) -> None:
    client.force_login(limited)
    before = Conversation.objects.values().get(pk=things["talk"])
    said = list(Message.objects.order_by("pk").values())
    given = {
        "text": "hello", "ticked": [things["talk"]], "do": "done", "label": "gift", "to": "me",
        "until": "tomorrow", "how_long": "tomorrow", "needs_person": "", "kind": "reply",
    }  # fmt: skip
    for name in ACTS:
        if name.startswith("conversations_conversation") or "outbox" in name:
            for do in ("done", "assign:me", "label", "pause", "put_off:tomorrow"):
                client.post(address(name, things), given | {"do": do})
    assert Conversation.objects.values().get(pk=things["talk"]) == before
    assert list(Message.objects.order_by("pk").values()) == said


def test_what_an_open_page_asks_is_limited_while_who_asks_is_believed(
    client: Client, limited: User, things: dict[str, Any]
) -> None:
    talk = things["talk"]
    page = f"{address('conversations_conversation_live', things)}?tab=all&open={talk}"
    client.force_login(limited)
    for _ in range(2):  # the second one is answered in front of the middleware
        Snapshot.forget_everything()
        shown = client.get(page).json()
        assert [pk for pk, _ in shown["rows"]] == [Conversation.objects.get(username="maria").pk]
        assert shown["open"] is None
        assert (shown["tabs"]["waiting"], shown["tabs"]["mine"]) == (1, 0)
        assert shown["tabs"]["not_delivered"] == 0
        assert list(shown["badges"].values()) == [0, 0, 0]
    client.force_login(User.objects.get(username="olga"))
    shown = client.get(page).json()
    assert len(shown["rows"]) == 2
    assert shown["open"]
    assert list(shown["badges"].values()) == [0, 1, 1]  # the mention is the other one's


def test_no_call_of_the_api_tells_anything_of_an_account_that_is_not_theirs(
    client: Client, limited: User, things: dict[str, Any]
) -> None:
    talk = things["talk"]
    calls = {  # and what it answers where it is not theirs
        "conversations": 200, "bot": 200, "conversations?search=quagga": 200,
        f"conversations/{talk}": 404, f"conversations/{talk}/messages": 404,
        f"messages/{things['failed']}": 404,
    }  # fmt: skip
    for user in (limited, User.objects.get(username="olga")):
        token = Token.objects.create(user=user, name="shop")[1]
        headers = {"Authorization": f"Token {token}", "Idempotency-Key": "first"}
        told = 0
        for call, refused in calls.items():
            answer = client.get(f"/api/v1/{call}", headers=headers)
            assert answer.status_code == (refused if user == limited else 200)
            told += HIDDEN in answer.text
        assert told == (0 if user == limited else len(calls) - 1)  # a switch has no name
        reply = client.post(
            f"/api/v1/conversations/{talk}/reply",
            {"text": "x"},
            "application/json",
            headers=headers,
        )
        assert reply.status_code == (404 if user == limited else 201)
        assert reach() is None  # whoever comes next is not limited


def test_figures_are_those_of_the_accounts_one_sees(
    client: Client, limited: User, things: dict[str, Any]
) -> None:
    upkeep.look()
    received = {}
    for user in (limited, User.objects.get(username="olga")):
        client.force_login(user)
        report = client.get("/admin/conversations/dayfigures/?days=7")
        token = {"Authorization": f"Token {Token.objects.create(user=user, name='shop')[1]}"}
        days = client.get("/api/v1/statistics/days", headers=token).json()
        home = client.get("/admin/").text
        received[user.username] = sum(day["received"] for day in days["days"])
        assert (f"{HIDDEN}shop" in report.text + home) == (user != limited)
    assert received == {"lena": 1, "olga": 3}
    client.force_login(limited)
    other = client.get(f"/admin/conversations/dayfigures/?account={HIDDEN}shop")
    assert "There is no account" in other.text


def test_the_switch_of_another_account_is_not_theirs(
    client: Client, limited: User, other: Account
) -> None:
    client.force_login(limited)
    client.post("/admin/conversations/account/bot/", {"to": "off"})
    client.post("/admin/conversations/account/bot/", {"to": "off", "account": str(other.pk)})
    assert [one.bot_is_off for one in Account.objects.order_by("pk")] == [True, False]


def test_an_incident_about_no_account_is_shown_unless_it_names_others(
    client: Client, limited: User, things: dict[str, Any]
) -> None:
    page = "/admin/incidents/incident/"
    for user, says in ((User.objects.get(username="olga"), True), (limited, False)):
        client.force_login(user)
        bars.forget()
        shown = client.get(page).text
        assert "About all: worker" in shown
        assert (f"About all: {STRANGERS}" in shown) == says
        Incident.objects.filter(kind="worker").update(known_at=timezone.now())
        bars.forget()
        assert (f"About all: {STRANGERS}" in client.get("/admin/").text) == says
        Incident.objects.filter(kind="worker").update(known_at=None)


def test_no_look_counts_what_others_are_not_to_know(
    limited: User, things: dict[str, Any], other: Account
) -> None:
    """Customers are counted in what is about an account; what is about all counts nobody's."""
    now = timezone.now()
    talk = Conversation.objects.get(pk=things["talk"])
    for number in range(4):
        ask(talk, f"{HIDDEN}?", verdict=Verdict.FAILED, reason=f"{HIDDEN} {number}")
        say(talk, HIDDEN, state=State.QUEUED)
    far = {"struck_at": now, "paused_until": now + timedelta(hours=1)}
    Account.objects.update(pause=Account.Pause.UNREACHABLE, **far)
    stored = WebhookEvent.objects.create(body=b"{}", outcomes=[
        {"outcome": NO_ACCOUNT, "reason": f"For another account ('{HIDDEN}')."}
    ])  # fmt: skip
    found = [one for look in LOOKS for one in look.find(now)]
    kinds = {one.kind for one in found}
    assert {"engine", "unreachable", STRANGERS} <= kinds, stored
    watch.write([replace(one, is_sure=True) for one in found], kinds, now)
    with within([Account.objects.ours().pk]):
        seen = list(Incident.objects.open().exclude(kind="worker"))
        assert not [one for one in seen if HIDDEN in f"{one.title} {one.says}"]
        assert not [one for one in seen if re.search(r"\d+ (customer|message)", one.says)]
    assert Incident.objects.open().filter(account=other, kind="engine").exists()


def test_a_note_tells_only_those_who_may_see_it(limited: User, things: dict[str, Any]) -> None:
    olga = User.objects.get(username="olga")
    for talk, told in ((things["talk"], 0), (Conversation.objects.get(username="maria").pk, 1)):
        note = notes.write(talk, olga, "@lena look", "", timezone.now())
        assert note
        assert note.mentions.count() == told


def test_labels_are_counted_where_one_sees_them(
    client: Client, limited: User, things: dict[str, Any]
) -> None:
    talk = Conversation.objects.get(pk=things["talk"])
    talk.labels.create(name=f"{HIDDEN} gift")
    client.force_login(limited)
    page = "/admin/conversations/label/"
    assert client.get(page).context["cl"].result_list[0].count == 0
    assert HIDDEN not in client.get(f"{page}?conversations={talk.pk}", follow=True).text


def test_of_rules_nothing_is_said_of_other_accounts(
    client: Client, limited: User, other: Account
) -> None:
    Shop.objects.give_own(other.pk)
    Shop.objects.filter(account=other.pk).update(name=f"{HIDDEN} shoes", disclosure="{x}")
    ResponseRule.objects.create(
        name="Late", keywords="late", reply="Tomorrow.", hours="outside", accounts="2"
    )
    for user, says in ((User.objects.create_superuser("olga"), True), (limited, False)):
        client.force_login(user)
        assert (HIDDEN in client.get("/admin/rules/responserule/").text) == says
        token = {"Authorization": f"Token {Token.objects.create(user=user, name='shop')[1]}"}
        trial = {"text": "hi", "account": "2"}
        answer = client.post("/api/v1/rules/try", trial, "application/json", headers=token)
        assert (answer.status_code == 200) == says


def test_a_rule_for_another_account_says_so_and_not_for_which(
    client: Client, limited: User, other: Account
) -> None:
    Account.objects.filter(pk=other.pk).update(instagram_id="17841400000000999")
    identity.forget()
    rule = ResponseRule.objects.create(
        name="Late", keywords="late", reply="Tomorrow.", accounts="1\n17841400000000999"
    )
    for user, says in ((User.objects.create_superuser("olga"), True), (limited, False)):
        client.force_login(user)
        page = client.get(f"/admin/rules/responserule/{rule.pk}/change/").text
        assert ("17841400000000999" in page) == says
        assert (HIDDEN in page) == says
        assert ("@first, another account" in page) != says


@pytest.mark.parametrize("theirs", ["2", "17841400000000999"])
def test_no_id_of_another_account_leaves_by_the_api_or_in_a_file(
    client: Client, limited: User, other: Account, theirs: str
) -> None:
    ResponseRule.objects.all().delete()
    rule = ResponseRule.objects.create(name="Late", keywords="late", reply="Ok.", accounts=theirs)
    ResponseRule.objects.create(name="Both", keywords="b", reply="Ok.", accounts=f"1\n{theirs}")
    for user, says in ((User.objects.create_superuser("olga"), True), (limited, False)):
        client.force_login(user)
        token = {"Authorization": f"Token {Token.objects.create(user=user, name='shop')[1]}"}
        one = client.get(f"/api/v1/rules/{rule.pk}", headers=token).json()
        both = client.get("/api/v1/rules?search=Both", headers=token).json()["results"][0]
        assert one["accounts"] == (theirs if says else "another account")
        assert both["accounts"] == (f"1\n{theirs}" if says else "1\nanother account")
        page = "/admin/rules/responserule/"
        as_json = {"format": FORMATS.index(JSON)}
        every = list(ResponseRule.objects.values_list("pk", flat=True))
        chosen = {"action": "export_json", "_selected_action": every}
        for file in (client.post(f"{page}export/", as_json), client.post(page, chosen)):
            kept = {row["name"]: row["accounts"] for row in json.loads(file.content)}
            assert kept == {"Late": one["accounts"], "Both": both["accounts"]}
    change = {"accounts": "another account"}
    path = f"/api/v1/rules/{rule.pk}"
    assert client.patch(path, change, "application/json", headers=token).status_code == 403


def test_a_group_of_questions_is_dismissed_for_all_by_those_who_see_all(
    client: Client, limited: User, things: dict[str, Any]
) -> None:
    row = DismissedGroup.objects.create(phrase=HIDDEN, messages=9, newest=0, by="olga")
    client.force_login(limited)
    assert HIDDEN not in client.get("/admin/rules/dismissedgroup/").text
    assert client.post("/admin/rules/dismissedgroup/dismiss/").status_code == 403
    assert client.post(f"/admin/rules/dismissedgroup/{row.pk}/back/").status_code == 403


def test_whoever_is_limited_gives_back_what_they_do_not_see_any_more(
    client: Client, things: dict[str, Any], limited: User
) -> None:
    client.force_login(User.objects.get(username="olga"))
    page = f"/admin/auth/user/{limited.pk}/change/"
    given = {"username": "lena", "is_active": "on", "is_staff": "on"}
    said = client.post(page, given | {"accounts": [Account.objects.ours().pk]}, follow=True).text
    assert "1 conversation of other accounts given back" in said
    assert Conversation.objects.get(pk=things["talk"]).assignee is None


def test_somebody_is_deleted_by_who_does_not_see_all_that_they_had(
    client: Client, limited: User, things: dict[str, Any], transactional_db: None
) -> None:
    peter = User.objects.create_user("peter", is_staff=True)
    access.limit(peter, [Account.objects.ours()])
    talk = Conversation.objects.filter(pk=things["talk"])
    talk.update(assignee=peter)
    LogEntry.objects.log_actions(peter.pk, talk, CHANGE, change_message="Replied.")
    Note.objects.get(pk=things["note"]).mentions.create(user=peter)
    client.force_login(limited)
    page = f"/admin/auth/user/{peter.pk}/delete/"
    asked = client.get(page).text
    assert "peter" in asked
    assert HIDDEN not in asked
    assert client.post(page, {"post": "yes"}).status_code == 302
    assert not User.objects.filter(pk=peter.pk).exists()
    assert talk.get().assignee is None


def test_a_refusal_outside_of_the_admin_says_nothing_either(
    limited: User, other: Account, things: dict[str, Any]
) -> None:
    bot_switch.switch_off(other.pk, "olga")
    client = Client(enforce_csrf_checks=True)
    client.force_login(limited)
    assert HIDDEN not in client.post("/").text


def test_a_limit_is_set_on_the_persons_page(client: Client, other: Account) -> None:
    roles.create(apps)
    client.force_login(User.objects.create_superuser("olga"))
    lena = User.objects.create_user("lena", is_staff=True)
    page = f"/admin/auth/user/{lena.pk}/change/"
    given = {"username": "lena", "is_active": "on", "is_staff": "on"}
    for ticked, shown in (([other.pk], "all"), ([], str(other.pk))):
        said = given | {"accounts": ticked, "accounts_shown": shown}
        assert client.post(page, said).status_code == 302
        assert access.of(lena) == (frozenset(ticked) or None)


def test_who_is_limited_lets_nobody_see_more(client: Client, limited: User, other: Account) -> None:
    client.force_login(limited)
    lena = f"/admin/auth/user/{limited.pk}/change/"
    given = {"username": "lena", "is_active": "on", "is_staff": "on", "groups": []}
    for ticked in ([], [other.pk], [Account.objects.ours().pk, other.pk]):
        assert client.post(lena, given | {"accounts": ticked}).status_code == 200
        assert access.of(limited) == frozenset({Account.objects.ours().pk})
    everybody = User.objects.create_user("olga", is_staff=True)
    unseen = client.post(f"/admin/auth/user/{everybody.pk}/change/", given)
    assert unseen.headers["Location"] == "/admin/"  # to them, there is no such person
    everybody.refresh_from_db()
    assert everybody.username == "olga"
    new = {"username": "new", "usable_password": "false"}
    assert client.post("/admin/auth/user/add/", new).status_code == 200
    made = client.post("/admin/auth/user/add/", new | {"accounts": [Account.objects.ours().pk]})
    assert made.status_code == 302
    assert access.of(User.objects.get(username="new")) == frozenset({Account.objects.ours().pk})


def test_what_belongs_to_all_accounts_is_read_and_not_changed(
    client: Client, limited: User
) -> None:
    rule = ResponseRule.objects.create(name="Delivery", keywords="delivery", reply="Two days.")
    client.force_login(limited)
    page = f"/admin/rules/responserule/{rule.pk}/change/"
    assert "Two days." in client.get(page).text
    assert client.post(page, {"name": "Mine"}).status_code == 403
    assert client.get("/admin/rules/responserule/add/").status_code == 403
    settings = "/admin/shop/tuning/"
    assert client.get(settings).status_code == 200
    assert client.post(settings, {"pause_hours": "1"}).status_code == 403
    token = {"Authorization": f"Token {Token.objects.create(user=limited, name='shop')[1]}"}
    change = {"name": "Mine"}
    path = f"/api/v1/rules/{rule.pk}"
    assert client.get(path, headers=token).status_code == 200
    assert client.patch(path, change, "application/json", headers=token).status_code == 403


def test_only_what_is_for_all_or_theirs_of_shops_and_automatic_texts(
    client: Client, limited: User, other: Account
) -> None:
    Shop.objects.give_own(other.pk)
    Shop.objects.filter(account=other.pk).update(name=f"{HIDDEN} shoes")
    theirs = AutomaticText.objects.create(text=f"{HIDDEN} away", account=other)
    of_all = AutomaticText.objects.create(text="We are away.")
    client.force_login(limited)
    texts = client.get("/admin/conversations/automatictext/").text
    assert "We are away." in texts
    assert HIDDEN not in texts
    change = {"text": "Mine", "account": ""}
    for row in (theirs, of_all):
        page = f"/admin/conversations/automatictext/{row.pk}/change/"
        assert client.post(page, change).status_code in (302, 403)
        row.refresh_from_db()
        assert row.text != "Mine"
    assert HIDDEN not in client.get("/admin/shop/shop/", follow=True).text
    page = f"/admin/shop/shop/{row_of(other.pk)}/change/"
    assert HIDDEN not in client.get(page, follow=True).text
    assert client.post(f"/admin/shop/shop/{other.pk}/general/").status_code == 404
    assert client.post("/admin/shop/shop/1/change/", {"name": "Mine"}).status_code == 403
    mine = Account.objects.ours().pk
    assert client.post(f"/admin/shop/shop/{mine}/own/").status_code == 302
    assert client.get(f"/admin/shop/shop/{row_of(mine)}/change/").context["has_change_permission"]


def test_an_account_somebody_is_limited_to_cannot_go_and_leave_them_all(
    limited: User, other: Account
) -> None:
    """Whoever has no row sees all, so no row goes with its account: not by the database either."""
    theirs = Account.objects.ours()
    with pytest.raises(ProtectedError):
        theirs.delete()

    @transaction.atomic
    def delete_by_the_database() -> None:
        Account.objects.filter(pk=theirs.pk)._raw_delete("default")
        connection.check_constraints()

    with pytest.raises(IntegrityError):
        delete_by_the_database()
    assert access.of(limited) == frozenset({theirs.pk})


def test_a_superuser_sees_all_whatever_was_ticked(other: Account) -> None:
    olga = User.objects.create_superuser("olga")
    access.limit(olga, [other])
    assert access.of(olga) is None


def test_every_table_of_customers_keeps_to_the_limit() -> None:
    """A table whose rows lead to an account has no rows of one that may not be seen."""
    lead_to: set[Any] = {Account}
    models = [one for one in apps.get_models() if not one._meta.auto_created]
    while found := {one for one in models if one not in lead_to and leads_to(one, lead_to)}:
        lead_to |= found
    assert Conversation in lead_to
    assert Note in lead_to
    for model in lead_to - FOR_ALL:
        assert isinstance(model._default_manager, ReachedManager), model
        with within([0]):
            assert not model._default_manager.exists()


REACHED = {one.__name__ for one in apps.get_models() if hasattr(one, "account_path")}


@pytest.mark.once
def test_no_query_of_customers_is_made_before_it_is_known_who_asks() -> None:
    """One that is made while a module is read has no limit, whoever uses it later."""
    for file in files():
        if file.startswith("sandbox/"):  # a service of its own, with a Message of its own
            continue
        for statement in at_import(ast.parse((ROOT / file).read_text()).body):
            for node in ast.walk(statement):
                if isinstance(node, ast.Call):
                    table, _, made = ast.unparse(node.func).partition(".objects.")
                    assert not (made and table in REACHED), file


def at_import(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        if isinstance(statement, ast.ClassDef):
            yield from at_import(statement.body)
        elif not isinstance(statement, ast.FunctionDef):
            yield statement


def leads_to(model: Any, targets: set[Any]) -> bool:
    keys = [one for one in model._meta.fields if isinstance(one, ForeignKey | OneToOneField)]
    return any(key.related_model in targets for key in keys) or (
        model._meta.proxy and model._meta.concrete_model in targets
    )
