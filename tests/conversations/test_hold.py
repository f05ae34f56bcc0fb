"""What people see and do while sending is held."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError
from django.test import Client
from django.utils import timezone

from conversations import hold
from conversations.account import pause as account_pause
from conversations.models import FIRST, Account, Conversation, MissedLook
from instabot.doctor.account import check_sending
from shop import tuning
from tests.support.backups import command, forget
from tests.support.shop import Shop

PAGE = "/admin/conversations/account/hold/"


@pytest.fixture
def held(shop: Shop) -> Shop:
    """As after a restore of which nothing is compared yet."""
    account_pause.look_after()
    now = timezone.now()
    hold.begin(now - timedelta(hours=1), now)
    forget()
    return shop


def test_a_person_lets_messages_go_on_the_page(held: Shop, staff: Client) -> None:
    held.hears("price?")
    held.works()
    home = staff.get("/admin/").content.decode()
    assert "Sending is held" in home
    assert "1 message is waiting." in home
    assert PAGE in home
    page = staff.get(PAGE).content.decode()
    assert "sends nothing" in page
    assert "Let messages go now" in page
    said = staff.post(PAGE, {"account": str(FIRST)}, follow=True).content.decode()
    assert "sends messages again." in said
    assert "1 message was not compared and not sent" in said
    assert "Sending is not held" in said
    assert "Sending is held" not in staff.get("/admin/").content.decode()


def test_the_command_waits_for_the_comparison_unless_told_otherwise(held: Shop) -> None:
    assert "Compared with Instagram: not yet." in command("hold")
    with pytest.raises(CommandError, match="A worker is not done yet"):
        command("hold", "--lift")
    Account.objects.update(compared_at=timezone.now())
    assert "Compared with Instagram: everything" in command("hold")
    assert "sends messages again. Left to staff: 0." in command("hold", "--lift")
    assert "Sending is not held." in command("hold")


def test_threads_that_were_never_recognised_are_not_waited_for(held: Shop) -> None:
    Account.objects.update(compared_at=timezone.now())
    long_ago = timezone.now() - timedelta(hours=2)
    MissedLook.objects.create(account_id=FIRST, began_at=long_ago, looked_at=long_ago)
    assert [one.is_ready for one in hold.holds()] == [True]
    MissedLook.objects.update(recognised_at=long_ago)
    assert [one.is_ready for one in hold.holds()] == [False]
    tuning.put("missed_minutes", "0")
    assert [one.is_ready for one in hold.holds()] == [True]


def test_nobody_is_told_that_it_was_looked_where_nobody_looked(held: Shop, staff: Client) -> None:
    def says(what: str, page: str) -> bool:
        line = f"Looked for what came after the backup: {what}"
        return line in command("hold") and page in staff.get(PAGE).content.decode()

    not_looked = "Messages that came after the backup are not looked for"
    never = "no worker had run for this account when the backup was made"
    assert says(f"nothing is looked for, because {never}.", f"{not_looked}, because {never}.")
    now = timezone.now()
    row = MissedLook.objects.create(account_id=FIRST, began_at=now, looked_at=now)
    row.recognised_at = now  # by a worker of after the restore, which awaits nothing of before
    row.save()
    assert says(f"nothing is looked for, because {never}.", f"{not_looked}, because {never}.")
    long_ago = now - timedelta(hours=2)
    MissedLook.objects.update(began_at=long_ago, looked_at=long_ago, recognised_at=None)
    assert says("nothing is looked for, because no message that", f"{not_looked}, because no mess")
    MissedLook.objects.update(recognised_at=long_ago)
    assert says("not yet.", f"{not_looked} yet.")
    MissedLook.objects.update(looked_at=timezone.now())
    assert says("yes.", "Messages that came after the backup were looked for.")
    tuning.put("missed_minutes", "0")
    assert says("nothing is looked for, because the setting", f"{not_looked}, because the setting")


def test_whoever_asks_what_is_wrong_is_told_of_the_hold(held: Shop, staff: Client) -> None:
    [finding] = check_sending()
    assert "a backup was restored, and sending is held" in finding.says
    accounts = staff.get("/admin/conversations/account/").content.decode()
    assert ">held<" in accounts.replace("\n", "").replace(" ", "")


def test_nothing_is_shown_to_customers_meanwhile(held: Shop) -> None:
    tuning.put("show_seen", "1")
    held.hears("price?")
    held.works()
    assert held.graph.signs == []
    assert held.texts == []


def test_a_second_person_who_lifts_it_changes_nothing(held: Shop) -> None:
    assert hold.lift(FIRST, "anna") == 0
    assert hold.lift(FIRST, "olena") is None
    User.objects.create_user("reader", is_staff=True)
    assert Conversation.objects.count() == 0
