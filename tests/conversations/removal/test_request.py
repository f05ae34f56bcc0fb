"""Who is erased: from the thread, where one has to type who it is, and by a command."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from conversations.customer_data import customers
from conversations.customer_data.customers import NotOneError
from conversations.models import Account, Conversation, CustomerErasure
from conversations.removal import request
from shop.models import Shop as DescribedShop
from tests.support import remains
from tests.support.clock import Clock
from tests.support.removal import CUSTOMER, MARKED, fill, takes_the_customer
from tests.support.shop import Shop
from tests.support.talks import ask, make_conversation, page, say
from workqueue.snapshot import Snapshot

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.once,  # what is asked of people is no matter of the database
]


def address(talk: Conversation) -> str:
    return f"/admin/conversations/conversation/{talk.pk}/erase/"


def test_the_page_says_what_goes_and_wants_to_be_told_who_it_is(admin_client: Client) -> None:
    talk = make_conversation("maria")
    ask(talk)
    assert address(talk) in page(admin_client, talk)
    shown = admin_client.get(address(talk)).content.decode()
    assert "Erase @maria for good" in shown
    assert "id-of-maria" in shown
    for typed in ("", "yes", "mari", "@"):
        answer = admin_client.post(address(talk), {"who": typed})
        assert "Nothing was erased." in answer.content.decode()
    assert Conversation.objects.filter(pk=talk.pk).exists()
    assert not CustomerErasure.objects.exists()


@pytest.mark.parametrize("typed", ["@Maria", "id-of-maria"])
def test_who_is_typed_is_erased_and_the_receipt_is_shown(admin_client: Client, typed: str) -> None:
    talk = make_conversation("maria")
    say(talk, in_reply_to=ask(talk))
    answer = admin_client.post(address(talk), {"who": typed}, follow=True)
    shown = answer.content.decode()
    receipt = CustomerErasure.objects.get()
    assert answer.redirect_chain[-1][0].endswith(f"/customererasure/{receipt.pk}/change/")
    assert "messages: 2" in shown
    assert "maria" not in shown
    assert receipt.by == "admin"
    entry = Entry.objects.get(kind=Entry.Kind.ERASURE)
    assert (entry.name, entry.says) == ("admin", f"erased the customer of conversation {talk.pk}")
    assert admin_client.get(address(talk)).status_code == 404
    listed = admin_client.get("/admin/conversations/customererasure/").content.decode()
    assert f"Erasure {receipt.pk}" in listed
    assert "maria" not in listed


def test_two_who_erase_at_once_erase_once() -> None:
    talk = make_conversation("maria")
    assert request.begin(talk.pk, "olga") is not None
    assert request.begin(talk.pk, "petro") is None
    with pytest.raises(NotOneError):
        customers.find("maria")


def run(*arguments: str) -> str:
    said = StringIO()
    call_command("erase_customer", *arguments, stdout=said)
    return said.getvalue()


@pytest.mark.parametrize("named", ["maria", "@maria", "id-of-maria"])
def test_the_command_erases_by_id_or_username(named: str) -> None:
    talk = make_conversation("maria")
    ask(talk)
    make_conversation("peter")
    said = run(named, "--yes")
    assert f"conversation {talk.pk}: 1 message, 1 customer." in said
    assert "maria" not in said
    assert [one.username for one in Conversation.objects.all()] == ["peter"]
    assert Entry.objects.get().name == "the command line"


def test_the_command_asks_first(monkeypatch: pytest.MonkeyPatch) -> None:
    make_conversation("maria")

    def answers(_: str) -> Any:
        return "no"

    monkeypatch.setattr("builtins.input", answers)
    with pytest.raises(CommandError, match="Nothing was erased"):
        run("maria")
    assert Conversation.objects.exists()
    monkeypatch.setattr("builtins.input", lambda _: "yes")
    assert "@maria (ID id-of-maria)" in run("maria")
    assert not Conversation.objects.exists()


def test_the_command_says_what_to_say_where_nobody_can_be_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_conversation("maria")
    monkeypatch.setattr("sys.stdin", StringIO())  # as of cron
    with pytest.raises(CommandError, match="Nothing was erased: say --yes"):
        run("maria")
    assert Conversation.objects.exists()


def test_a_username_of_two_is_asked_about() -> None:
    make_conversation("maria")
    other = Account.objects.create(instagram_id="2", username="othershop")
    again = make_conversation("maria", account=other)
    Conversation.objects.filter(pk=again.pk).update(customer_id="id-2")
    with pytest.raises(CommandError, match="is a customer of 2 accounts: our account, @othershop"):
        run("maria", "--yes")
    assert Conversation.objects.count() == 2
    run("maria", "--account", "othershop", "--yes")
    assert Conversation.objects.get().customer_id == "id-of-maria"


@pytest.mark.once
def test_who_is_not_there_is_said_to_be_not_there() -> None:
    with pytest.raises(CommandError, match="no customer “maria”"):
        run("maria", "--yes")
    with pytest.raises(CommandError, match="no account “x”"):
        run("maria", "--account", "x", "--yes")


def test_of_a_customer_who_went_for_their_age_raw_events_are_erased_by_id(
    shop: Shop, time_passes: Clock
) -> None:
    takes_the_customer(fill(shop), time_passes)
    assert CUSTOMER in {one.partition(": ")[2] for one in remains.places(MARKED)}
    said = run(CUSTOMER, "--yes")
    assert "webhook events" in said
    assert "conversation" not in said
    shop.works()
    assert list(remains.places(MARKED)) == []
    receipt = CustomerErasure.objects.get()
    assert (receipt.conversation, receipt.customer_id) == (0, "")
    assert "nothing was left" in run(CUSTOMER, "--yes"), "and once more does no harm"


def test_the_receipt_of_one_whose_conversation_was_gone_says_so(admin_client: Client) -> None:
    CustomerErasure.objects.create(conversation=0, by="olga", wanted_at=timezone.now())
    listed = admin_client.get("/admin/conversations/customererasure/").content.decode()
    assert "Gone before that" in listed


@pytest.mark.once
def test_the_receipt_has_words_for_the_customer_in_the_shops_time(admin_client: Client) -> None:
    DescribedShop.objects.update_or_create(account=None, defaults={"time_zone": "Europe/Kyiv"})
    Snapshot.forget_everything()
    moment = datetime(2026, 11, 3, 22, 30, tzinfo=UTC)
    receipt = CustomerErasure.objects.create(
        conversation=12, by="olga", wanted_at=moment, counts={"messages": 2, "notes": 0}
    )
    page = f"/admin/conversations/customererasure/{receipt.pk}/change/"
    shown = admin_client.get(page).text
    assert "Not yet: a worker goes on with it" in shown
    assert "receipt-letter" not in shown
    CustomerErasure.objects.update(done_at=moment + timedelta(minutes=1))
    shown = admin_client.get(page).text
    letter = shown.partition('<article class="receipt-letter">')[2].partition("</article>")[0]
    assert "asked for on 4 Nov 2026 at 00:30 and done on 4 Nov 2026 at 00:31" in letter
    assert "(time zone Europe/Kyiv)" in letter
    assert "olga" not in letter
    assert "olga" in shown
    assert "messages: 2" in shown
    assert "notes: 0" not in shown
    assert admin_client.get("/admin/conversations/customererasure/99/change/").status_code == 404
