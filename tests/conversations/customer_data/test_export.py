"""Everything about one customer, as they get it: all of it, nothing of others, and no colleague."""

import io
import json
import re
import tracemalloc
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import Entry
from conversations import opt_out
from conversations.account import access
from conversations.composer import notes
from conversations.customer_data import (
    colleagues,
    document,
    export,
    interchange,
    page,
    record,
    wording,
)
from conversations.customer_data.holdings import holdings
from conversations.models import Account, Conversation, Message, Origin, Picture, Verdict
from people import roles
from rules import opt_out as opt_out_rules
from shop.models import Shop as DescribedShop
from tests.support.graph import ACCOUNT
from tests.support.shop import Shop
from tests.support.talks import ask, make_conversation
from workqueue.snapshot import Snapshot

MARIA, PETER = "870001", "870002"
# What the page folds, as it says nothing that a customer could read.
RAW = {
    "customer": {
        "id", "bot_paused_covered_until", "bot_paused_covered_by", "last_word_at",
        "opted_out_message", "referral",
    },
    "messages": {
        "id", "conversation", "origin", "mid", "about", "found_at", "edits", "why", "released_at",
        "position", "rule", "variant", "not_before", "tries", "called_at", "content", "looks",
        "looked_at", "sent_again", "staff",
    },
    "notes": {"id", "conversation", "writer"},
    "drafts": {"id", "conversation"},
}  # fmt: skip
HOSTILE = "<script>alert(1)</script> & lena"


def batch(*said: tuple[str, str, str]) -> bytes:
    """One event with a message of each of these customers: customer, mid and text."""
    items = [
        {
            "sender": {"id": customer}, "recipient": {"id": ACCOUNT},
            "timestamp": int(timezone.now().timestamp() * 1000),
            "message": {"mid": mid, "text": text},
        }
        for customer, mid, text in said
    ]  # fmt: skip
    return json.dumps(
        {"object": "instagram", "entry": [{"id": ACCOUNT, "time": 1, "messaging": items}]}
    ).encode()


@pytest.fixture
def lena(transactional_db: None) -> User:
    return User.objects.create_superuser("lena", first_name="Lena", last_name="Smith")


@pytest.fixture
def maria(shop: Shop, lena: User) -> Conversation:
    """A customer of whom something stands in every table, beside another one in the same event."""
    opt_out_rules.add_rules(by="lena")
    assert shop.receives(batch((PETER, "m1", "zebra delivery"), (MARIA, "m2", HOSTILE))) == 200
    shop.hears("delivery?", customer=MARIA)
    shop.works()
    shop.hears("STOP", customer=MARIA)
    shop.works()
    talk: Conversation = Conversation.objects.get(customer_id=MARIA)
    Conversation.objects.filter(pk=talk.pk).update(username="maria", name="Maria <b>Lopez</b>")
    talk.labels.create(name="gift")
    User.objects.create_superuser("olga")
    notes.write(talk.pk, lena, "@olga wants a refund, says Lena", "", timezone.now())
    talk.drafts.create(user=lena, kind="reply", text="Dear Mari")
    Picture.objects.create(
        conversation=talk, token="secret-token", data=b"\x89PNG", content_type="image/png",
        uploaded_by="lena",
    )  # fmt: skip
    for text in ("zebra note", "zebra draft"):
        notes.write(Conversation.objects.get(customer_id=PETER).pk, lena, text, "", timezone.now())
    talk.refresh_from_db()
    return talk


@pytest.fixture
def inbox(client: Client, lena: User) -> Client:
    client.force_login(lena)
    return client


def address(talk: Conversation) -> str:
    return reverse("admin:conversations_conversation_export", args=[talk.pk])


def download(client: Client, talk: Conversation, kind: str) -> bytes:
    response: Any = client.post(address(talk), {"format": kind})
    assert response.status_code == 200
    assert f'filename="customer-{talk.pk}.{kind}"' in response["Content-Disposition"]
    return b"".join(response)


def files(client: Client, talk: Conversation) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(download(client, talk, "zip"))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_json_has_all_of_a_customer_and_nothing_of_another(
    inbox: Client, maria: Conversation
) -> None:
    inbox.post(
        reverse("admin:conversations_conversation_pause", args=[maria.pk]), {"for": "half_hour"}
    )
    said = json.loads(download(inbox, maria, "json"))
    assert set(said) == {"about", *(one.name for one in holdings() if not one.is_copy)}
    rows = {name: part["rows"] for name, part in said.items() if name != "about"}
    texts = [row["text"] for row in rows["messages"]]
    assert texts[:4] == [HOSTILE, "delivery?", "Pardon?", "Two days."]
    assert rows["messages"][1]["verdict"] == "answered"
    assert "Delivery" in rows["messages"][1]["reason"]
    (customer,) = rows["customer"]
    assert (customer["name"], customer["customer_id"]) == ("Maria <b>Lopez</b>", MARIA)
    assert customer["opted_out_at"]
    assert rows["labels"] == [{"label": "gift"}]
    assert [row["text"] for row in rows["drafts"]] == ["Dear Mari"]
    assert len(rows["attempts"]) == len([row for row in rows["messages"] if row["state"]])
    assert [row["file"] for row in rows["pictures"]] == [f"pictures/{Picture.objects.get().pk}.png"]
    assert len(rows["notes"]) == len(rows["mentions"]) == 1
    assert rows["history"][0]["said"].startswith("Paused the bot")
    batched, *alone = rows["webhook_events"]
    (entry,) = batched["entry"]
    assert [item["message"]["text"] for item in entry["messaging"]] == [HOSTILE]
    assert len(batched["outcomes"]) == 1
    assert len(alone) == 2
    assert "zebra" not in json.dumps(said)
    assert "secret-token" not in json.dumps(said)


def test_the_page_has_the_same_and_runs_nothing(inbox: Client, maria: Conversation) -> None:
    shown = download(inbox, maria, "html").decode()
    for one in ("&lt;script&gt;alert(1)", "Two days.", "refund", "Dear Mari", "gift", MARIA):
        assert one in shown
    assert "You have opted out of automatic messages" in shown
    assert "zebra" not in shown
    assert "<script" not in shown
    assert "<b>Lopez" not in shown
    assert set(re.findall(r"""(?:src|href|action)=["']?(\w+):""", shown)) == {"data"}
    assert "default-src 'none'" in shown
    assert (
        shown.count("<section>")
        == shown.count("</section>")
        == len([one for one in holdings() if not one.is_copy])
    )
    assert shown.rstrip().endswith("</html>")


def test_the_page_speaks_plainly_in_the_shops_time_and_folds_what_is_raw(
    inbox: Client, maria: Conversation
) -> None:
    DescribedShop.objects.update_or_create(account=None, defaults={"time_zone": "Europe/Kyiv"})
    Snapshot.forget_everything()
    moment = datetime(2026, 7, 3, 22, 30, 5, tzinfo=UTC)
    Message.objects.filter(text="delivery?").update(
        at=moment, attachments=[{"type": "image", "payload": {"url": "https://x.example/1"}}]
    )
    Conversation.objects.filter(pk=maria.pk).update(opted_out_at=moment)
    shown = download(inbox, maria, "html").decode()
    assert "the shop's time zone, Europe/Kyiv." in shown
    assert "</strong> since 4 Jul 2026, 01:30:05 EEST." in shown
    assert re.search(r"<time[^>]*>4 Jul 2026, 01:30:05 EEST</time>", shown)
    lines = dict(
        re.findall(r'<dt>(.*?)</dt><dd><span class="value" dir="auto">(.*?)</span>', shown)
    )
    assert lines["Your username"] == "maria"
    assert lines["What the bot did"]
    assert lines["Beside the text"] == "photo: https://x.example/1"
    assert lines["Written by"].startswith("colleague")
    assert not [name for name in lines if "_" in name or name != name[:1].upper() + name[1:]]
    unfolded = re.sub(r"<details>.*?</details>", "", shown, flags=re.DOTALL)
    assert "Raw data" not in unfolded
    assert "{" not in unfolded.partition("</style>")[2]
    for one in ("&quot;mid&quot;", "&quot;entry&quot;"):
        assert one in shown
        assert one not in unfolded


@pytest.mark.no_database
def test_what_has_words_is_there_and_what_has_none_is_raw_on_purpose() -> None:
    """Beside numbers of rows and instabot's own marks, all columns of these have words."""
    for part, raw in RAW.items():
        holding = next(one for one in holdings() if one.name == part)
        columns = {one.name for one in apps.get_model(holding.table)._meta.concrete_fields}
        left_out = {
            one.name
            for one in apps.get_model(holding.table)._meta.concrete_fields
            if record.is_left_out(one)
        }
        words = set(wording.words_of(part, holding.words))
        assert columns - left_out - words == raw
    for part, words_of in wording.OF_PART.items():
        holding = next(one for one in holdings() if one.name == part)
        columns = {one.name for one in apps.get_model(holding.table)._meta.concrete_fields}
        assert set(dict(words_of)) - columns <= {"file"}


def test_the_archive_has_both_and_the_pictures(inbox: Client, maria: Conversation) -> None:
    found = files(inbox, maria)
    picture = f"pictures/{Picture.objects.get().pk}.png"
    assert set(found) == {"export.json", "export.html", picture}
    assert found[picture] == b"\x89PNG"
    assert json.loads(found["export.json"])["about"]["username"] == "maria"


def test_a_number_stands_for_each_colleague_but_what_people_wrote_stays(
    inbox: Client, maria: Conversation
) -> None:
    assign = reverse("admin:conversations_conversation_assign", args=[maria.pk])
    inbox.post(assign, {"to": "me"})
    reply = reverse("admin:conversations_conversation_reply", args=[maria.pk])
    inbox.post(reply, {"text": "Lena here.", "token": "t1"})
    Message.objects.filter(text="delivery?").update(reason="Bot paused by lena.")
    said = json.loads(download(inbox, maria, "json"))
    (note,) = said["notes"]["rows"]
    number = note["by"]
    assert re.fullmatch(r"colleague \d", number)
    assert re.fullmatch(r"@colleague \d wants a refund, says Lena", note["text"])
    assert number not in note["text"]  # it is another one
    assert [row["staff"] for row in said["messages"]["rows"] if row["text"] == "Lena here."] == [
        number
    ]
    reasons = [row["reason"] for row in said["messages"]["rows"] if row["text"] == "delivery?"]
    assert reasons == [f"Bot paused by {number}."]
    assert any(number in row["said"] for row in said["history"]["rows"])
    for row in (row for part in said.values() for row in part.get("rows", [])):
        row.pop("text", None)  # what somebody wrote
        row.pop("entry", None)
    for name in ("lena", "Lena", "olga"):
        assert name not in json.dumps(said)


def test_each_export_is_in_the_audit_log(inbox: Client, maria: Conversation, lena: User) -> None:
    download(inbox, maria, "html")
    entry = Entry.objects.get(kind=Entry.Kind.EXPORT)
    assert entry.says == f"exported the data of conversation {maria.pk}, as HTML"
    assert entry.person_id == lena.pk
    (told,) = json.loads(download(inbox, maria, "json"))["audit"]["rows"]
    assert told["says"] == entry.says
    assert told["by"].startswith("colleague")


def test_one_export_at_a_time_and_the_next_is_told_so_at_once(
    inbox: Client, maria: Conversation
) -> None:
    with export._slot():
        refused = inbox.post(address(maria), {"format": "json"}, follow=True)
    assert export.BUSY in refused.text
    assert not Entry.objects.filter(kind=Entry.Kind.EXPORT).exists()
    for _ in range(2):  # and it is given back
        download(inbox, maria, "json")


@pytest.mark.once
def test_whoever_is_limited_exports_their_accounts_customers_alone(
    client: Client, maria: Conversation
) -> None:
    roles.create(apps)
    other = Account.objects.create(instagram_id="2", username="second")
    anna = User.objects.create_user("anna", is_staff=True)
    anna.groups.set(Group.objects.filter(name="Owner"))
    client.force_login(anna)
    for accounts, status in (([maria.account], 200), ([other], 404)):
        access.limit(anna, accounts)
        Snapshot.forget_everything()  # it is known for half a second
        response = client.post(address(maria))
        assert response.status_code == status
        list(response)
    assert Entry.objects.filter(kind=Entry.Kind.EXPORT).count() == 1


@pytest.mark.once
def test_the_thread_offers_it_to_those_who_may(client: Client, maria: Conversation) -> None:
    roles.create(apps)
    thread = reverse("admin:conversations_conversation_change", args=[maria.pk])
    for role, may in (("Owner", True), ("Support", False)):
        user = User.objects.create_user(role, is_staff=True)
        user.groups.set(Group.objects.filter(name=role))
        client.force_login(user)
        assert ("Everything, with pictures (ZIP)" in client.get(thread).text) == may


def with_messages(count: int) -> document.Document:
    talk = make_conversation(f"with-{count}")
    given = {"origin": Origin.CUSTOMER, "verdict": Verdict.NO_ANSWER, "text": "x" * 2000}
    rows = [Message(conversation=talk, mid=f"{count}-{one}", **given) for one in range(count)]
    Message.objects.bulk_create(rows, batch_size=500)
    return document.read(talk, timezone.now())


@pytest.mark.once
@pytest.mark.django_db
def test_what_it_takes_does_not_grow_with_the_messages() -> None:
    peaks = []
    for made in (with_messages(450), with_messages(1000)):
        tracemalloc.start()
        written = sum(map(len, interchange.pieces(made)))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert written > 450 * 2000
    assert peaks[1] < 1.3 * peaks[0]


@pytest.mark.once
@pytest.mark.django_db
def test_a_piece_of_the_page_has_no_more_than_some_messages() -> None:
    few, many = (list(map(len, page.pieces(with_messages(count)))) for count in (150, 350))
    assert max(few) > 100 * 2000
    assert max(many) < 1.1 * max(few)


@pytest.mark.django_db
def test_messages_stand_in_the_order_in_which_they_were_said() -> None:
    talk, now = make_conversation("maria"), timezone.now()
    for days in (2, 5, 1):
        ask(talk, f"{days} days ago", at=now - timedelta(days=days))
    part = next(one for one in document.read(talk, now).parts if one.name == "messages")
    assert [told["text"][0] for _, told in part.rows()] == ["5", "2", "1"]


@pytest.mark.no_database
def test_what_is_left_out_is_there_and_has_a_reason() -> None:
    models = [apps.get_model(one.table) for one in holdings()]
    named = {field.name for model in models for field in model._meta.concrete_fields}
    assert set(dict(record.LEFT_OUT[""])) <= named
    for table, columns in record.LEFT_OUT.items():
        if table:
            assert set(dict(columns)) <= {one.name for one in apps.get_model(table)._meta.fields}
        assert all(dict(columns).values())


@pytest.mark.django_db
def test_an_opt_out_that_was_lifted_is_told_so() -> None:
    talk = make_conversation("maria")
    opt_out.begin(talk.pk, ask(talk).pk, timezone.now())
    opt_out.lift(talk.pk)
    talk.refresh_from_db()
    shown = "".join(page.pieces(document.read(talk, timezone.now())))
    assert "You have not opted out of automatic messages" in shown


@pytest.mark.django_db
def test_half_of_a_surrogate_pair_does_not_stop_it() -> None:
    file = io.BytesIO()
    export._write(['{"text": "\ud83d"}'], file)
    assert json.loads(file.getvalue()) == {"text": "\ud83d"}


@pytest.mark.django_db
def test_colleagues_who_have_gone_have_a_number_too() -> None:
    talk = make_conversation("maria")
    ask(talk, "hi")
    talk.messages.create(origin=Origin.STAFF, state="sent", staff="gone", text="Hello")
    named = colleagues.read(talk)
    assert named.call("gone") == named.hide("gone") == "colleague 1"
    assert named.call_user(None) == colleagues.NOBODY
