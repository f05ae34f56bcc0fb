"""The shop's page where there are several accounts: tabs, a page of its own, and the way back."""

from datetime import time
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from conversations.models import Account
from shop.current import shop_of
from shop.models import Shop as About
from shop.models import row_of
from tests.shop.test_admin import form, row
from tests.support.accounts import describe
from tests.support.shop import Shop
from tests.support.talks import viewer
from workqueue.snapshot import Snapshot

GENERAL = "/admin/shop/shop/1/change/"
LIST = "/admin/shop/shop/"


@pytest.fixture
def flowers(shop: Shop) -> About:
    flowers = describe(name="Flowers", time_zone="Europe/Kyiv", disclosure="A robot.")
    flowers.hours.create(weekday=1, opens=time(9), closes=time(18))
    flowers.hours.create(weekday=5, opens=time(22), closes=time(2))
    return flowers


def page_of(account: Account) -> str:
    return f"{LIST}{row_of(account.pk)}/change/"


def give(client: Client, account: Account) -> Any:
    given = client.post(f"{LIST}{account.pk}/own/", follow=True)
    Snapshot.forget_everything()
    return given


def tabs(response: Any) -> list[tuple[str, bool, bool]]:
    return [(tab.title, tab.is_here, tab.is_own) for tab in response.context["shop_tabs"]]


def test_one_account_sees_no_tabs(staff: Client, shop: Shop, flowers: About) -> None:
    response = staff.get(LIST, follow=True)
    assert response.redirect_chain == [(GENERAL, 302)]
    assert "shop-tab" not in response.content.decode()
    assert "All accounts" not in response.content.decode()
    assert staff.get(page_of(Account.objects.ours()), follow=True).redirect_chain


def test_the_sidebar_leads_to_the_general_page_and_on_to_each_account(
    staff: Client, second: Account, flowers: About
) -> None:
    response = staff.get(reverse("admin:shop_shop_changelist"), follow=True)
    expected = [("All accounts", True, True), ("@shop", False, False), ("@second", False, False)]
    assert tabs(response) == expected
    shown = response.content.decode()
    assert f'href="{page_of(second)}"' in shown
    assert "Used by @shop and @second." in " ".join(shown.split())


def test_an_account_without_its_own_page_says_so_and_shows_what_holds(
    staff: Client, second: Account, flowers: About
) -> None:
    shown = staff.get(page_of(second)).content.decode()
    for words in (
        "Uses the general page",
        "Flowers",
        "A robot.",
        "Tuesday 9:00",
        "Give it its own",
    ):
        assert words in shown
    assert not About.objects.exclude(pk=1).exists(), "looking writes nothing"


def test_a_page_of_its_own_begins_as_a_copy_and_is_changed_alone(
    staff: Client, second: Account, flowers: About
) -> None:
    given = give(staff, second)
    assert given.redirect_chain == [(page_of(second), 302)]
    assert "@second has its own page now" in given.content.decode()
    assert tabs(given)[2] == ("@second", True, True)
    assert shop_of(second.pk) == shop_of(1)
    own = About.objects.get(account=second.pk)
    tuesday, saturday = own.hours.all()
    posted = form(
        row(1, "08:00", "12:00", id=tuesday.pk, shop=own.pk),
        row(5, "22:00", "02:00", id=saturday.pk, shop=own.pk, DELETE="on"),
        name="Cakes", time_zone="Pacific/Honolulu", disclosure="A machine.",
    )  # fmt: skip
    assert staff.post(page_of(second), posted).status_code == 302
    Snapshot.forget_everything()
    there = shop_of(second.pk)
    assert (there.name, there.time_zone, there.disclosure) == (
        "Cakes", "Pacific/Honolulu", "A machine.",
    )  # fmt: skip
    assert there.spoken_hours() == "Tuesday 8:00–12:00"
    general = shop_of(Account.objects.ours().pk)
    assert (general.name, general.time_zone, len(general.hours)) == ("Flowers", "Europe/Kyiv", 2)


def test_a_page_of_its_own_is_given_once(staff: Client, second: Account, flowers: About) -> None:
    give(staff, second)
    About.objects.filter(account=second.pk).update(name="Cakes")
    again = give(staff, second)
    assert "has its own page now" not in again.content.decode(), "a button claims only what it did"
    assert shop_of(second.pk).name == "Cakes"


def test_it_may_be_given_before_anybody_has_described_the_shop(
    staff: Client, second: Account
) -> None:
    give(staff, second)
    assert About.objects.get().account == second.pk
    assert "Used by @shop." in " ".join(staff.get(GENERAL).content.decode().split())


def test_the_general_page_holds_again_once_that_was_confirmed(
    staff: Client, second: Account, flowers: About
) -> None:
    give(staff, second)
    assert "Use the general page instead" in staff.get(page_of(second)).content.decode()
    way = f"{LIST}{second.pk}/general/"
    asked = staff.get(way).content.decode()
    assert "undone." in asked
    assert About.objects.filter(account=second.pk).exists(), "it was only asked"
    done = staff.post(way, follow=True)
    assert "@second uses the general page again." in done.content.decode()
    assert About.objects.get() == flowers
    assert flowers.hours.count() == 2
    again = staff.post(way, follow=True)
    assert "uses the general page again" not in again.content.decode()


def test_the_history_of_the_account_says_who_gave_it_and_took_it(
    staff: Client, second: Account, flowers: About
) -> None:
    give(staff, second)
    staff.post(f"{LIST}{second.pk}/general/")
    own, general = LogEntry.objects.filter(object_id=str(second.pk)).order_by("pk")
    assert own.get_change_message() == "Given a shop page of its own."
    assert general.get_change_message() == "Its own shop page was deleted; the general one holds."
    assert {own.user.get_username(), general.user.get_username()} == {"anna"}
    give(staff, second)
    history = staff.get(f"{LIST}{row_of(second.pk)}/history/").content.decode()
    assert "Copied from the general page." in history


def test_what_is_saved_after_a_colleague_took_the_page_is_said_not_to_be(
    staff: Client, second: Account, flowers: About
) -> None:
    said = staff.post(page_of(second), form(name="Cakes")).content.decode()
    assert "@second uses the general page now. Nothing was saved." in said
    assert About.objects.get().name == "Flowers"


def test_who_may_only_look_is_offered_nothing(
    client: Client, second: Account, flowers: About
) -> None:
    reader = viewer(client, "view_shop")
    assert "Give it its own" not in reader.get(page_of(second)).content.decode()
    assert reader.post(f"{LIST}{second.pk}/own/").status_code == 403
    About.objects.give_own(second.pk)
    assert "instead" not in reader.get(page_of(second)).content.decode()
    for ask in (reader.get, reader.post):
        assert ask(f"{LIST}{second.pk}/general/").status_code == 403
    assert About.objects.filter(account=second.pk).exists()


def test_an_account_that_is_not_there_has_no_page(staff: Client, second: Account) -> None:
    assert staff.post(f"{LIST}4040/own/").status_code == 404
    assert staff.get(f"{LIST}4040/change/").status_code == 302
    assert not About.objects.exists()
