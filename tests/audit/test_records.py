"""What people do that has to be answered for is in the audit log, and no secret with it."""

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from api.models import Token
from audit.models import Entry
from conversations import bot_switch, hold, inbox
from conversations.account import connection, identity
from conversations.account.connection import NewToken
from conversations.models import Account, AutomaticText, Origin
from incidents.models import Contact
from instagram.client import Identity
from rules.models import ResponseRule
from shop import tuning
from shop.models import Shop
from tests.rules.transfer.test_pages import confirm, look
from tests.shop.test_admin import form as shop_form
from tests.support.talks import make_conversation, say

pytestmark = [pytest.mark.django_db, pytest.mark.once]

MARK = "zebra"  # stands in all that no entry may have


def recorded() -> list[str]:
    """What is on record since the last time, the oldest first, each with its kind and by whom."""
    rows = list(Entry.objects.order_by("pk"))
    found = [f"{row.kind}: {row.who} {row.says}" for row in rows[recorded.seen :]]  # type: ignore[attr-defined]  # its own
    recorded.seen = len(rows)  # type: ignore[attr-defined]  # likewise
    return found


@pytest.fixture(autouse=True)
def _no_mark_in_it(db: None) -> Any:
    recorded.seen = 0  # type: ignore[attr-defined]  # likewise
    yield
    columns = ("name", "says", "words", "address")
    assert MARK not in str(list(Entry.objects.values_list(*columns))).lower()
    assert Entry.objects.exists()


def test_api_tokens(staff: Client) -> None:
    anna = User.objects.get(username="anna")
    page = "/admin/api/token/"
    given = {"user": anna.pk, "name": "reports", "expiry_0": "", "expiry_1": ""}
    shown = staff.post(f"{page}add/", given, follow=True).text
    assert recorded() == ["token: anna added the API token “reports” of anna"]
    token = shown.partition("<code>")[2].partition("</code>")[0]
    assert token
    assert token not in str(list(Entry.objects.values_list()))
    call_command("api_token", "anna", stdout=StringIO())
    nameless = Token.objects.get(name="")
    assert recorded() == [f"token: instabot added the API token “{nameless}” of anna"]
    staff.post(f"{page}{Token.objects.get(name='reports').pk}/delete/", {"post": "yes"})
    assert recorded() == ["token: anna deleted the API token “reports” of anna"]
    ticked = {"action": "delete_selected", "_selected_action": nameless.pk, "post": "yes"}
    staff.post(page, ticked)
    assert recorded() == [f"token: anna deleted the API token “{nameless}” of anna"]
    assert not Token.objects.exists()


def test_a_call_with_a_token_is_by_its_user_and_names_the_token(client: Client) -> None:
    anna = User.objects.create_superuser("anna")
    Account.objects.ours().save()
    headers = {"Authorization": f"Token {Token.objects.create(anna, name='shop backend')[1]}"}
    client.post("/api/v1/bot/off", headers=headers)
    assert recorded() == [
        "setting: anna, by the API token “shop backend” switched the bot of our account off"
    ]
    assert Entry.objects.get().person_id == anna.pk
    assert Entry.objects.get().address == "127.0.0.1"


def test_instagram_accounts(settings: Settings) -> None:
    settings.INSTAGRAM_PAGE_ACCESS_TOKEN = ""
    found = Identity("178", "917", "shop", f"{MARK} name", "")
    made = connection.connect(found, NewToken(f"IGAA{MARK}", "instagram"))
    assert recorded() == ["account: instabot connected @shop, by Instagram Login"]
    connection.connect(found, NewToken(f"IGAB{MARK}", "instagram"))
    assert recorded() == ["account: instabot gave @shop a new access token, by Instagram Login"]
    connection.disconnect(made.pk, "anna")
    assert not connection.disconnect(made.pk, "anna")
    assert recorded() == ["account: instabot disconnected @shop"]
    connection.connect(found, NewToken(f"EAA{MARK}", "page"))
    assert recorded() == ["account: instabot connected @shop again, by Facebook Login"]
    connection.connect(Identity("179", "", "second", "", ""), NewToken(f"EAA{MARK}", "unified"))
    assert recorded() == ["account: instabot connected @second, by Unified Login"]


def test_recent_conversations_that_are_imported(staff: Client) -> None:
    Account.objects.ours().save()
    for _ in range(2):  # the second time it is under way
        staff.post("/admin/conversations/account/1/import/")
    assert recorded() == ["account: anna had recent conversations of our account imported"]


def test_the_bots_switch(staff: Client) -> None:
    Account.objects.ours().save()
    for to in ("off", "off", "on", "on"):
        staff.post("/admin/conversations/account/bot/", {"to": to})
    assert recorded() == [
        "setting: anna switched the bot of our account off",
        "setting: anna switched the bot of our account on",
    ]
    call_command("bot_switch", "off", by="Olga", stdout=StringIO())
    call_command("bot_switch", "on", stdout=StringIO())
    assert recorded() == [
        "setting: instabot switched the bot of our account off, for Olga",
        "setting: instabot switched the bot of our account on",
    ]
    assert not bot_switch.accounts()[0].bot_is_off


def test_a_hold_that_is_lifted(staff: Client) -> None:
    hold.begin(timezone.now() - timedelta(hours=1), timezone.now())
    for _ in range(2):
        staff.post("/admin/conversations/account/hold/", {"account": "1"})
    assert recorded() == ["setting: anna let our account send messages again after a restore"]


def test_contacts(staff: Client) -> None:
    page = "/admin/incidents/contact/"
    given = {"who": "Anna", "typed": f"jsons://93.184.216.34/{MARK}", "hears": "all"}
    staff.post(f"{page}add/", given)
    one = f"{page}{Contact.objects.get().pk}/"
    staff.post(f"{one}change/", given | {"typed": f"jsons://93.184.216.35/{MARK}", "active": "on"})
    staff.post(f"{one}change/", given | {"typed": "", "active": "on"})  # nothing differs
    staff.post(f"{one}delete/", {"post": "yes"})
    assert recorded() == [
        "setting: anna added the contact “Anna”",
        "setting: anna changed the contact “Anna”: address, active",
        "setting: anna deleted the contact “Anna”",
    ]


def test_settings_and_how_long_things_are_kept(staff: Client) -> None:
    call_command("tune", "keep_messages_days=365", "show_seen=1", stdout=StringIO())
    call_command("tune", "keep_messages_days=365", stdout=StringIO())
    tuning.reset("show_seen", "anna")
    assert recorded() == [
        "setting: instabot changed “Messages” from default (0) to 365",
        f"setting: instabot changed “{tuning.KNOBS['show_seen'].title}” from default (off) to on",
        f"setting: instabot changed “{tuning.KNOBS['show_seen'].title}” from on to default (off)",
    ]


def test_shop_pages(staff: Client) -> None:
    page = "/admin/shop/shop/"
    staff.post(f"{page}1/change/", shop_form(disclosure=f"I am {MARK}."))
    assert Shop.objects.get().disclosure == f"I am {MARK}."
    [said] = recorded()
    assert said.startswith("setting: anna changed the shop page: ")
    assert "first words" in said
    staff.post(f"{page}1/change/", shop_form({"weekday": 1, "opens": "09:00", "closes": "18:00"}))
    assert "business hours" in recorded()[0]
    Account.objects.ours().save()
    second = Account.objects.create(instagram_id="2", username="second")
    identity.forget()
    staff.post(f"{page}{second.pk}/own/")
    staff.post(f"{page}{second.pk}/general/")
    assert recorded() == [
        "setting: anna added the shop page of @second",
        "setting: anna deleted the shop page of @second",
    ]


def test_automatic_texts(staff: Client) -> None:
    message = say(make_conversation(f"{MARK}r", name=MARK), f"{MARK} away", origin=Origin.APP)
    for _ in range(2):
        inbox.mark_automatic(message, "anna")
    one = AutomaticText.objects.get()
    page = f"/admin/conversations/automatictext/{one.pk}/"
    staff.post(f"{page}change/", {"text": f"{MARK} gone"})
    staff.post(f"{page}delete/", {"post": "yes"})
    assert recorded() == [
        f"setting: instabot added the automatic text {one.pk}, of message {message.pk}",
        f"setting: anna changed the automatic text {one.pk}: text",
        f"setting: anna deleted the automatic text {one.pk}",
    ]


def test_rules_are_told_of_when_they_are_imported_or_opt_customers_out(staff: Client) -> None:
    rules = [{"name": f"{MARK} {number}", "keywords": "a", "reply": MARK} for number in range(2)]
    file = json.dumps(rules).encode()
    page = look(staff, "rules.json", file)
    assert recorded() == []  # a preview changes nothing
    confirm(staff, page)
    assert recorded() == ["setting: anna imported 2 rules"]
    confirm(staff, look(staff, "rules.json", file))  # all of them are there
    call_command("seed_rules", "--opt-out", stdout=StringIO())
    added = ResponseRule.objects.exclude(opt_out="").order_by("pk")
    assert recorded() == [
        f"setting: instabot added rule {rule.pk}, which opts customers out or in" for rule in added
    ]


def test_saved_replies_that_are_imported(staff: Client) -> None:
    file = SimpleUploadedFile("replies.csv", f"title,text\n{MARK},{MARK} days\n".encode())
    page = "/admin/conversations/savedreply/"
    shown = staff.post(f"{page}import/", {"resource": "0", "import_file": file})
    assert recorded() == []
    staff.post(f"{page}process_import/", shown.context["confirm_form"].initial)
    assert recorded() == ["setting: anna imported 1 saved reply"]


def test_files_that_leave(staff: Client, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    rule = ResponseRule.objects.create(name=MARK, keywords="a", reply=MARK)
    page = "/admin/rules/responserule/"
    staff.post(f"{page}export/", {"format": "0"})
    staff.post(page, {"action": "export_json", "_selected_action": rule.pk})
    call_command("export_rules")
    staff.get("/admin/conversations/dayfigures/days.csv?from=2026-06-01&to=2026-06-02")
    assert recorded() == [
        "export: anna exported the rules as CSV",
        "export: anna exported the rules as JSON",
        "export: instabot exported the rules as JSON",
        "export: anna exported the figures days-2026-06-01-2026-06-02.csv",
    ]


def test_keys_that_are_changed() -> None:
    contact = Contact(who="Anna")
    contact.write_address(f"jsons://93.184.216.34/{MARK}")
    contact.save()
    call_command("encrypt_tokens", stdout=StringIO())
    assert recorded() == [
        (
            "setting: instabot encrypted 0 access tokens, 1 address of staff and 0 second"
            " factors anew"
        )
    ]


@pytest.mark.django_db(transaction=True)
def test_backups(tmp_path: Path) -> None:
    call_command("backup", str(tmp_path / "one"), stdout=StringIO())
    [said] = recorded()
    assert said.startswith("export: instabot wrote a backup of everything: ")
