"""Who may open which page and do what there: each role, nobody in particular, and a stranger."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.db import transaction
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, reverse
from django.utils import timezone

from api.models import Token
from conversations.account import vault
from conversations.admin import live
from conversations.models import (
    Account,
    AutomaticText,
    CustomerErasure,
    Label,
    Mention,
    Note,
    Origin,
    SavedReply,
    State,
    Verdict,
)
from incidents.models import Contact, Incident
from instabot.refusal import OUT_OF_DATE, STILL_LOGGED_IN
from people import roles
from people.models import Invitation
from rules import history
from rules.models import DismissedGroup, ResponseRule, RuleChange
from rules.record import read_stored
from tests.support.talks import ask, make_conversation, say
from webhooks.models import WebhookEvent

pytestmark = [pytest.mark.django_db, pytest.mark.once]  # rights are no matter of the database

OWN, S, R, E = "Owner", "Support", "Reviewer", "Engineer"
ALL, NONE = {OWN, S, R, E}, set[str]()
INBOX, WRITERS = {OWN, S, R}, {OWN, S}
TECH = {OWN, E}
# Each page of the admin by its name, and who may GET it, and who may POST to it. A list has its
# five pages of Django's: list, add, change, delete, history.
FIVE = ("changelist", "add", "change", "delete", "history")
LISTS: dict[str, tuple[set[str], set[str], set[str], set[str], set[str]]] = {
    # who may: see the list, add, see one, delete, see its history
    "conversations_conversation": (INBOX, NONE, INBOX, NONE, INBOX),
    "conversations_latequestion": (INBOX, NONE, INBOX, NONE, INBOX),
    "conversations_outboxmessage": ({OWN, R, E}, NONE, {OWN, R, E}, NONE, {OWN, R, E}),
    "conversations_customererasure": ({OWN}, NONE, {OWN}, NONE, {OWN}),
    "conversations_account": (TECH, TECH, TECH, NONE, TECH),
    "conversations_automatictext": ({OWN}, {OWN}, {OWN}, {OWN}, {OWN}),
    "conversations_label": (INBOX, WRITERS, INBOX, {OWN}, INBOX),
    "conversations_savedreply": (INBOX, WRITERS, INBOX, WRITERS, INBOX),
    "conversations_mention": (INBOX, NONE, INBOX, NONE, INBOX),
    "shop_shop": (INBOX, NONE, INBOX, NONE, INBOX),
    "rules_responserule": (INBOX, WRITERS, INBOX, WRITERS, INBOX),
    "webhooks_webhookevent": (TECH, NONE, TECH, NONE, TECH),
    "incidents_contact": (TECH, TECH, TECH, TECH, TECH),
    "auth_user": ({OWN}, {OWN}, {OWN}, {OWN}, {OWN}),
    "auth_group": ({OWN}, {OWN}, {OWN}, {OWN}, {OWN}),
    "api_token": ({OWN}, {OWN}, {OWN}, {OWN}, {OWN}),
    "people_invitation": ({OWN}, {OWN}, {OWN}, NONE, {OWN}),
}
PAGES: dict[str, set[str]] = {
    "index": ALL,
    "password_change": ALL,
    "password_change_done": ALL,
    "jsi18n": ALL,
    "search": ALL,
    "conversations_account_switch": {OWN},
    "conversations_account_hold": {OWN},
    "conversations_account_way": TECH,
    "conversations_account_back": TECH,
    "conversations_account_arrival": TECH,
    "conversations_account_news": TECH,
    "conversations_account_disconnect": TECH,
    "conversations_menu_changelist": TECH,
    "conversations_menu_account": TECH,
    "conversations_conversation_next": INBOX,
    "conversations_conversation_erase": {OWN},
    "conversations_conversation_details": INBOX,
    "conversations_conversation_saved_replies": WRITERS,
    "conversations_conversation_colleagues": WRITERS,
    "conversations_conversation_live": INBOX,
    "conversations_conversation_live_rows": INBOX,
    "conversations_dayfigures_changelist": INBOX,
    "conversations_dayfigures_file": INBOX,
    "conversations_conversation_draft": WRITERS,
    "conversations_savedreply_import": WRITERS,
    "rules_responserule_deleted": INBOX,
    "rules_responserule_go_back": WRITERS,
    "rules_responserule_follow_up": WRITERS,
    "rules_responserule_import": WRITERS,
    "rules_responserule_export": INBOX,
    "rules_responserule_try_it": INBOX,
    "rules_dismissedgroup_changelist": INBOX,
    "incidents_incident_changelist": {OWN, S, R, E},
    "notices_listener_changelist": INBOX,
    "shop_shop_general": {OWN},
    "shop_tuning_changelist": TECH,
    "auth_user_password_change": {OWN},
    "audit_entry_changelist": {OWN},
    "audit_entry_file": {OWN},
    "auth_user_access": {OWN},
    "people_session_changelist": ALL,
    "auth_user_requirement": {OWN},
    "auth_user_take_away": {OWN},
}
PAGES |= {
    f"{name}_{page}": who
    for name, fives in LISTS.items()
    for page, who in zip(FIVE, fives, strict=True)
}
ACTS: dict[str, set[str]] = {
    "rules_responserule_follow_up": WRITERS,
    "conversations_conversation_erase": {OWN},
    "conversations_conversation_reply": WRITERS,
    "conversations_conversation_draft": WRITERS,
    "conversations_conversation_note": WRITERS,
    "conversations_conversation_delete_note": WRITERS,
    "conversations_conversation_pause": WRITERS,
    "conversations_conversation_resume": WRITERS,
    "conversations_conversation_assign": WRITERS,
    "conversations_conversation_put_off": WRITERS,
    "conversations_conversation_opt_in": WRITERS,
    "conversations_conversation_automatic": WRITERS,
    "conversations_conversation_decide": WRITERS,
    "conversations_conversation_label": WRITERS,
    "conversations_conversation_bulk": WRITERS,
    "conversations_conversation_change": WRITERS,
    "conversations_conversation_export": {OWN},
    "conversations_account_switch": {OWN},
    "conversations_account_hold": {OWN},
    "conversations_account_way": TECH,
    "conversations_account_login": TECH,
    "conversations_account_fields": TECH,
    "conversations_account_import": TECH,
    "conversations_account_disconnect": TECH,
    "conversations_menu_account": TECH,
    "conversations_savedreply_process_import": WRITERS,
    "rules_responserule_process_import": WRITERS,
    "rules_responserule_import_columns": WRITERS,
    "rules_responserule_try_add": WRITERS,
    "rules_responserule_try_change": WRITERS,
    "rules_responserule_before_add": WRITERS,
    "rules_responserule_before_change": WRITERS,
    "rules_responserule_opt_out": WRITERS,
    "rules_responserule_change": WRITERS,
    "rules_dismissedgroup_dismiss": WRITERS,
    "rules_dismissedgroup_back": WRITERS,
    "shop_shop_change": {OWN},
    "shop_shop_own": {OWN},
    "shop_shop_general": {OWN},
    "shop_tuning_changelist": TECH,
    "webhooks_webhookevent_again": TECH,
    "incidents_incident_know": {OWN, S, E},
    "incidents_contact_test": TECH,
    "auth_user_access": {OWN},
    "auth_user_requirement": {OWN},
    "auth_user_take_away": {OWN},
    "notices_listener_test": INBOX,
    "notices_listener_stop": INBOX,
}
# Pages for everybody, and those that show nothing by themselves.
OPEN = {"login", "logout", "autocomplete", "view_on_site", "app_list", None}


@pytest.fixture(autouse=True)
def _roles(db: None) -> None:
    """What the migration made; the tables are emptied by tests that commit."""
    live._believed.drop()  # for some seconds, of a session of the test before
    roles.create(apps)


def test_each_role_may_do_what_its_permissions_say() -> None:
    for role in roles.ROLES:
        have = Group.objects.get(name=role).permissions.select_related("content_type")
        found = {f"{one.content_type.app_label}.{one.codename}" for one in have}
        assert found == set(roles.list_permissions(role)), role
    assert set(roles.MEANINGS) == set(roles.ROLES)


@pytest.fixture
def things() -> dict[str, Any]:
    """One of each, so that nothing is missing that a page is about."""
    now = timezone.now()
    other = User.objects.create_user("olga", is_staff=True)
    talk = make_conversation("maria", last_inbound_at=now)
    late = ask(talk, "late?", verdict=Verdict.TOO_OLD)
    failed = say(talk, state=State.FAILED)
    note = Note.objects.create(conversation=talk, writer=other, by="olga", text="x", at=now)
    rule = ResponseRule.objects.create(name="Delivery", keywords="delivery", reply="Two days.")
    history.write(rule.pk, None, read_stored(rule.pk), by="olga", what=history.What.CREATED)
    return {
        "talk": talk.pk,
        "note": note.pk,
        "failed": failed.pk,
        "app": say(talk, origin=Origin.APP).pk,
        "rule": rule.pk,
        "change": RuleChange.objects.get().pk,
        "late": late.pk,
        "event": WebhookEvent.objects.create(body=b"{}").pk,
        "account": Account.objects.ours().pk,
        "automatictext": AutomaticText.objects.create(text="hi", marked_by="olga").pk,
        "label": Label.objects.create(name="gift").pk,
        "savedreply": SavedReply.objects.create(title="Hi", text="Hello").pk,
        "customererasure": CustomerErasure.objects.create(conversation=9, by="olga").pk,
        "dismissed": DismissedGroup.objects.create(phrase="x", messages=1, newest=0, by="olga").pk,
        "incident": Incident.objects.create(
            kind="worker", title="x", says="x", next_step="x", since=now, opened_at=now
        ).pk,
        "contact": Contact.objects.create(who="olga", address=vault.seal("json://127.0.0.1:9")).pk,
        "user": other.pk,
        "group": Group.objects.create(name="Nothing").pk,
        "token": Token.objects.create(user=other, name="shop")[0].pk,
        "invitation": Invitation.objects.create(who="Max", ends_at=now + timedelta(days=1)).pk,
    }


# What the address of a page is made of, where its name does not say it.
OF_PAGES: dict[str, list[Any]] = {
    "conversations_account_way": ["/page"],
    "conversations_menu": ["account"],
    "conversations_conversation_delete_note": ["note"],
    "conversations_conversation_details": ["failed"],
    "conversations_conversation_automatic": ["app"],
    "conversations_conversation_decide": ["failed", "/again"],
    "conversations_outboxmessage": ["failed"],
    "conversations_latequestion": ["late"],
    "conversations_mention": ["mention"],
    "conversations_dayfigures_file": ["/days"],
    "conversations_conversation": ["talk"],
    "rules_responserule_go_back": ["rule", "change", "/after"],
    "rules_responserule": ["rule"],
    "rules_dismissedgroup": ["dismissed"],
    "auth_user_requirement": [],
    "incidents_incident_know": ["incident"],
    "webhooks_webhookevent": ["event"],
    "shop_shop": ["/1"],
}


def address(name: str, things: dict[str, Any]) -> str:
    """Return where a page is, with one thing of its kind."""
    kind = "_".join(name.split("_")[:2])
    parts = OF_PAGES.get(name) or OF_PAGES.get(kind) or [kind.split("_")[-1]]
    given = [part[1:] if part.startswith("/") else things.get(part, 1) for part in parts]
    for args in (given, []):
        try:
            return reverse(f"admin:{name}", args=args)
        except NoReverseMatch:
            continue
    raise AssertionError(f"no address of {name}")


def names(patterns: list[Any]) -> Iterator[str | None]:
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from names(one.url_patterns)
        elif isinstance(one, URLPattern):
            yield one.name


def test_every_page_of_the_admin_is_in_the_tables() -> None:
    there = set(names(admin.site.urls[0]))
    assert there - OPEN == set(PAGES) | set(ACTS)


def as_role(role: str) -> Client:
    """Return the admin as somebody with this role sees it; without one, if there is none."""
    client = Client()
    user, _ = User.objects.get_or_create(username=role or "nobody", is_staff=True)
    user.groups.set(Group.objects.filter(name=role))
    client.force_login(user)
    return client


EVERYBODY = ["Owner", "Support", "Reviewer", "Engineer", ""]


@pytest.mark.parametrize("role", EVERYBODY)
def test_each_page_opens_to_those_who_may_see_it(role: str, things: dict[str, Any]) -> None:
    client = as_role(role)
    user = User.objects.get(username=role or "nobody")
    things["mention"] = Mention.objects.create(note_id=things["note"], user=user).pk
    Token.objects.update(user=user)
    wrong = {}
    for name, who in PAGES.items():
        everybody = not name.partition("_")[2] or who is ALL  # and not only each role
        wanted = role in who or (not role and everybody)
        status = client.get(address(name, things)).status_code
        if (status in (403, 404)) == wanted or status >= 500:
            wrong[name] = status
    assert not wrong


@contextmanager
def undone() -> Iterator[None]:
    """Leave everything as it was, so that one setup serves a whole table."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("role", EVERYBODY)
def test_each_act_is_done_for_those_who_may(role: str, things: dict[str, Any]) -> None:
    client = as_role(role)
    Note.objects.update(writer=User.objects.get(username=role or "nobody"))  # one's own
    wrong = {}
    for name, who in ACTS.items():
        with undone():
            response: Any = client.post(address(name, things))
            list(response)  # a file is closed by whoever reads it
        if (response.status_code == 403) == (role in who):
            wrong[name] = response.status_code
    assert not wrong


def test_a_stranger_is_led_to_the_login(client: Client, things: dict[str, Any]) -> None:
    wrong = {}
    for name in [*PAGES, *ACTS]:
        for send in (client.get, client.post):
            response = send(address(name, things))
            is_led = "/admin/login/" in response.headers.get("Location", "")
            is_told = "_live" in name and response.status_code in (401, 405)
            if not (is_led or is_told or name == "jsi18n"):
                wrong[name] = response
    assert not wrong


def test_what_a_refusal_says_is_missing_is_what_opens_the_page(things: dict[str, Any]) -> None:
    client = as_role("")
    user = User.objects.get(username="nobody")
    things["mention"] = Mention.objects.create(note_id=things["note"], user=user).pk
    closed = {}
    for name in PAGES:
        if "_live" in name:  # a script's, which is told nothing
            continue
        with undone():
            last = open_as_told(client, address(name, things), user)
        is_nobodys = PAGES[name] == NONE and not last.context["right"]
        if last.status_code == 403 and not is_nobodys:
            closed[name] = last.context["said"]
    assert not closed


def open_as_told(client: Client, page: str, user: User) -> Any:
    """Give the user what each refusal says is missing; return what the page answers at last."""
    for _ in range(4):
        response = client.get(page)
        if response.status_code != 403 or not response.context["right"]:
            break
        app, _, codename = response.context["right"].partition(".")
        right = Permission.objects.get(content_type__app_label=app, codename=codename)
        user.user_permissions.add(right)
    return response


def test_a_refusal_says_in_words_what_is_missing_and_leads_back(things: dict[str, Any]) -> None:
    came = "http://testserver/admin/webhooks/webhookevent/"
    response = as_role(E).get(address("rules_responserule_changelist", things), HTTP_REFERER=came)
    html = response.content.decode()
    assert "You may not see rules." in html
    assert (
        "Ask your administrator for a role that may, such as Owner or Reviewer or Support." in html
    )
    assert f'href="{came}"' in html
    assert "unsafe" not in response["Content-Security-Policy"]


@pytest.mark.parametrize("came", ["", "https://evil.example/", "//evil.example", "javascript:x"])
def test_a_refusal_leads_nowhere_else(came: str, things: dict[str, Any]) -> None:
    response = as_role("").get(address("shop_shop_change", things), HTTP_REFERER=came)
    assert response.context["back"] == "/admin/"


def test_a_refused_request_of_a_script_gets_the_words(things: dict[str, Any]) -> None:
    page = address("conversations_conversation_reply", things)
    said = "You may not change conversations."
    as_json = as_role(R).post(page, HTTP_ACCEPT="application/json")
    assert as_json.status_code == 403
    assert as_json.json()["said"].startswith(said)
    as_parts = as_role(R).post(page, headers={"X-Parts": "toasts"}).content.decode()
    assert f'data-refusal="{said}' in as_parts
    assert "<html" not in as_parts


def test_a_form_of_an_old_login_is_told_so(things: dict[str, Any]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_superuser("root"))
    response = client.post(address("conversations_conversation_label", things))
    assert response.status_code == 403
    assert f"{OUT_OF_DATE} {STILL_LOGGED_IN}" in response.content.decode()


@pytest.mark.parametrize("page", ["/admin/login/", "/admin/logout/"])
def test_so_is_who_is_not_logged_in(page: str) -> None:
    response = Client(enforce_csrf_checks=True).post(page)
    assert response.status_code == 403
    shown = response.content.decode()
    assert OUT_OF_DATE in shown
    assert STILL_LOGGED_IN not in shown
    assert "Log out" not in shown


@pytest.mark.parametrize("role", EVERYBODY)
def test_the_menu_shows_what_opens(role: str) -> None:
    client = as_role(role)
    groups = client.get("/admin/").context["sidebar_navigation"]
    links = [str(item["link"]) for group in groups for item in group["items"]]
    assert [client.get(link, follow=True).status_code for link in links] == [200] * len(links)
    assert bool(links) == bool(role)


def test_who_has_no_role_is_told_so() -> None:
    said = as_role("").get("/admin/").content.decode()
    assert "You don't have access to anything yet. Ask your administrator." in said


# The API asks for the same rights: what each role may do there.
API: dict[str, tuple[str, str, set[str]]] = {
    "see the rules": ("get", "rules/", INBOX),
    "add a rule": ("post", "rules/", WRITERS),
    "change a rule": ("patch", "rules/{rule}/", WRITERS),
    "delete a rule": ("delete", "rules/{rule}/", WRITERS),
    "see conversations": ("get", "conversations/", INBOX),
    "see a conversation": ("get", "conversations/{talk}/", INBOX),
    "read a conversation": ("get", "conversations/{talk}/messages/", INBOX),
    "reply": ("post", "conversations/{talk}/reply/", WRITERS),
    "pause": ("post", "conversations/{talk}/pause/", WRITERS),
    "resume": ("post", "conversations/{talk}/resume/", WRITERS),
    "see a message": ("get", "messages/{failed}/", INBOX),
    "resend": ("post", "messages/{failed}/resend/", WRITERS),
    "cancel": ("post", "messages/{failed}/cancel/", WRITERS),
    "see the switch": ("get", "bot/", INBOX),
    "switch off": ("post", "bot/off/", {OWN}),
    "switch on": ("post", "bot/on/", {OWN}),
    "see the menu": ("get", "menu/", TECH),
    "change the menu": ("put", "menu/", TECH),
    "publish the menu": ("post", "menu/publish/", TECH),
    "read a report": ("get", "reports/", {OWN, S, R}),
    "count days": ("get", "statistics/days/", INBOX),
    "count rules": ("get", "statistics/rules/", INBOX),
}


@pytest.mark.parametrize("role", EVERYBODY)
def test_the_api_asks_for_the_same_rights(role: str, things: dict[str, Any]) -> None:
    as_role(role)
    client = Client()
    _, token = Token.objects.create(user=User.objects.get(username=role or "nobody"), name="x")
    wrong = {}
    for what, (method, path, who) in API.items():
        with undone():
            status = getattr(client, method)(
                f"/api/v1/{path.format(**things)}",
                content_type="application/json",
                headers={"Authorization": f"Bearer {token}"},
            ).status_code
        if (status == 403) == (role in who):
            wrong[what] = status
    assert not wrong


# Made once; afterwards they are the owner's.


def test_what_an_owner_changed_stays() -> None:
    support = Group.objects.get(name="Support")
    support.permissions.clear()
    Group.objects.get(name="Engineer").delete()
    importlib.import_module("instabot.migrations.0001_roles").make(apps, None)
    assert not support.permissions.exists()
    assert Group.objects.get(name="Engineer").permissions.exists()


def test_a_later_permission_is_given_to_roles_that_are_there() -> None:
    Group.objects.get(name="Reviewer").delete()
    added = {"Support": ["webhooks.view_webhookevent"], "Reviewer": ["shop.view_shop"]}
    roles.extend(apps, added)
    assert Group.objects.get(name="Support").permissions.filter(codename="view_webhookevent")
    assert not Group.objects.filter(name="Reviewer").exists()


def test_the_pages_of_people_are_called_so(client: Client) -> None:
    client.force_login(User.objects.create_superuser("root"))
    for page in ("user", "group"):
        shown = client.get(f"/admin/auth/{page}/").content.decode()
        assert "People" in shown
        assert "Authentication and Authorization" not in shown
        assert "Overview" not in shown
