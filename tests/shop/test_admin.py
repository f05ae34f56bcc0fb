from datetime import time
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from conversations.models import Account
from shop.models import OpenHours, Shop
from tests.support.accounts import describe
from tests.support.talks import queries, viewer
from workqueue.snapshot import Snapshot

pytestmark = pytest.mark.django_db

LIST = "/admin/shop/shop/"
PAGE = f"{LIST}1/change/"


@pytest.fixture
def flowers() -> Shop:
    """A shop that is open on Tuesday and on Saturday night."""
    flowers = Shop.objects.create(name="Flowers", time_zone="Europe/Kyiv")
    flowers.hours.create(weekday=1, opens=time(9), closes=time(18))
    flowers.hours.create(weekday=5, opens=time(22), closes=time(2))
    return flowers


def row(weekday: int, opens: str = "", closes: str = "", **more: Any) -> dict[str, Any]:
    return {"weekday": weekday, "opens": opens, "closes": closes, **more}


def form(*rows: dict[str, Any], **fields: Any) -> dict[str, Any]:
    posted = {
        "name": "Flowers",
        "time_zone": "Europe/Kyiv",
        "disclosure": "",
        "disclosure_again_days": 30,
        "hours-TOTAL_FORMS": len(rows),
        "hours-INITIAL_FORMS": sum("id" in one for one in rows),
        **fields,
    }
    shop_id = 1 if Shop.objects.exists() else ""
    for number, one in enumerate(rows):
        fields = {"shop": shop_id, **one}
        posted |= {f"hours-{number}-{name}": value for name, value in fields.items()}
    return posted


def kept() -> list[str]:
    return [str(hours) for hours in OpenHours.objects.all()]


def week(response: Any) -> Any:
    [formset] = response.context["inline_admin_formsets"]
    return formset.formset


def test_the_page_opens_at_the_form_and_saving_makes_the_row(staff: Client) -> None:
    response = staff.get(LIST, follow=True)
    assert response.redirect_chain == [(PAGE, 302)]
    assert not Shop.objects.exists(), "looking writes nothing"
    assert [one["weekday"].value() for one in week(response).extra_forms] == list(range(7))
    posted = form(row(0, "09:00", "18:00"), *(row(day) for day in range(1, 7)))
    response = staff.post(PAGE, posted, follow=True)
    assert response.redirect_chain[-1] == (PAGE, 302)
    assert "was changed successfully" in response.content.decode()
    assert Shop.objects.get().time_zone == "Europe/Kyiv"
    assert kept() == ["Monday, 09:00 to 18:00"]
    assert LogEntry.objects.count() == 1


def test_the_week_is_changed(staff: Client, flowers: Shop) -> None:
    response = staff.get(PAGE)
    assert [one["weekday"].value() for one in week(response).extra_forms] == [0, 2, 3, 4, 6]
    assert 'value="22:00"' in response.content.decode()
    tuesday, saturday = flowers.hours.all()
    posted = form(
        row(1, "10:00", "00:00", id=tuesday.pk),
        row(5, "22:00", "02:00", id=saturday.pk, DELETE="on"),
        row(2, "09:00", "13:00"),
        row(2, "14:00", "18:00"),
        row(3),
        name="Roses",
    )
    assert staff.post(PAGE, posted).status_code == 302
    assert kept() == [
        "Tuesday, 10:00 to 00:00",
        "Wednesday, 09:00 to 13:00",
        "Wednesday, 14:00 to 18:00",
    ]
    assert str(Shop.objects.get()) == "Roses"


def test_a_day_whose_times_are_cleared_is_off(staff: Client, flowers: Shop) -> None:
    tuesday, saturday = flowers.hours.all()
    posted = form(row(1, id=tuesday.pk), row(5, "22:00", "02:00", id=saturday.pk))
    assert staff.post(PAGE, posted).status_code == 302
    assert kept() == ["Saturday, 22:00 to 02:00"]


def test_a_day_is_swapped_for_one_that_goes(staff: Client, flowers: Shop) -> None:
    tuesday, saturday = flowers.hours.all()
    posted = form(
        row(5, "22:00", "02:00", id=tuesday.pk),
        row(5, "22:00", "02:00", id=saturday.pk, DELETE="on"),
    )
    assert staff.post(PAGE, posted).status_code == 302
    assert kept() == ["Saturday, 22:00 to 02:00"]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([row(1, "09:00", "13:00"), row(1, "12:00", "18:00")], "Tuesday 9:00–13:00 and Tuesday"),
        ([row(6, "20:00", "02:00"), row(0, "01:00", "05:00")], "Sunday 20:00–2:00 and Monday"),
        ([row(1, "09:00", "09:00")], "For a full day enter 00:00 to 00:00."),
        ([row(1, "09:00", "")], "Enter both times, or leave both empty for a day off."),
        ([row(1, "25:00", "26:00")], "Enter a valid time."),
        ([row(7, "09:00", "18:00")], "not one of the available choices"),
    ],
)
def test_a_mistake_in_the_week_is_said(
    staff: Client, flowers: Shop, rows: list[dict[str, Any]], words: str
) -> None:
    before = kept()
    response = staff.post(PAGE, form(*rows, name="Roses"))
    assert response.status_code == 200
    assert words in response.content.decode()
    assert (kept(), Shop.objects.get().name) == (before, "Flowers")


@pytest.mark.parametrize(
    ("field", "wrong", "words"),
    [
        ("name", "", "This field is required."),
        ("time_zone", "Kyiv", "“Kyiv” is not a time zone."),
        ("disclosure", "ї" * 501, "This text has 1002 bytes; the limit is 1000."),
        ("disclosure_again_days", "0", "greater than or equal to 1"),
    ],
)
def test_a_mistake_is_said_at_its_field(staff: Client, field: str, wrong: str, words: str) -> None:
    response = staff.post(PAGE, form(**{field: wrong}))
    errors = response.context["adminform"].form.errors
    assert list(errors) == [field]
    assert words in errors[field][0]
    assert not Shop.objects.exists()


def test_there_is_no_second_shop_and_no_deleting(staff: Client, flowers: Shop) -> None:
    assert staff.get(f"{LIST}add/").status_code == 403
    assert staff.post(f"{LIST}1/delete/", {"post": "yes"}).status_code == 403
    assert staff.post(f"{LIST}2/change/", form()).status_code == 302
    assert Shop.objects.get() == flowers


def test_the_page_escapes_what_staff_write(staff: Client) -> None:
    evil = "<script>alert(1)</script>"
    Shop.objects.create(name=evil, disclosure=evil)
    assert "<script>alert(1)" not in staff.get(PAGE).content.decode()


def test_viewer_reads_the_shop_and_cannot_change_it(client: Client, flowers: Shop) -> None:
    reader = viewer(client, "view_shop")
    shown = reader.get(LIST, follow=True).content.decode()
    for words in ("Flowers", "Europe/Kyiv", "Tuesday"):
        assert words in shown
    assert 'name="_save"' not in shown
    assert reader.post(PAGE, form(name="Roses")).status_code == 403
    assert Shop.objects.get().name == "Flowers"


def test_viewer_reads_a_shop_that_nobody_has_described(client: Client) -> None:
    reader = viewer(client, "view_shop")
    assert reader.get(LIST, follow=True).status_code == 200
    assert reader.post(PAGE, form()).status_code == 403
    assert not Shop.objects.exists()


def test_who_may_change_the_shop_may_change_its_hours(client: Client, flowers: Shop) -> None:
    editor = viewer(client, "view_shop", "change_shop")
    tuesday, saturday = flowers.hours.all()
    posted = form(
        row(1, "09:00", "18:00", id=tuesday.pk, DELETE="on"),
        row(5, "21:00", "02:00", id=saturday.pk),
        row(6, "10:00", "12:00"),
    )
    assert editor.post(PAGE, posted).status_code == 302
    assert kept() == ["Saturday, 21:00 to 02:00", "Sunday, 10:00 to 12:00"]


def test_others_see_no_shop(client: Client, flowers: Shop) -> None:
    other = viewer(client, "view_responserule")
    assert other.get(LIST).status_code == 403
    assert other.get(PAGE).status_code == 403
    assert LIST not in other.get("/admin/").content.decode()


def test_first_page_says_whether_the_shop_is_open(staff: Client) -> None:
    assert "no hours set: always open" in staff.get("/admin/").content.decode()
    open_always(describe(name="Flowers"))
    assert "open now" in staff.get("/admin/").content.decode()


def open_always(shop: Shop) -> None:
    for day in range(7):
        shop.hours.create(weekday=day, opens=time(), closes=time())
    Snapshot.forget_everything()


def test_first_page_says_it_of_each_shop_that_somebody_hears_of(staff: Client) -> None:
    first = Account.objects.ours()
    second = Account.objects.create(instagram_id="2", username="second")
    describe(name="Flowers")
    open_always(describe(second))
    shown = " ".join(staff.get("/admin/").content.decode().split())
    assert "Shop of @second" in shown
    assert "no hours set: always open" in shown
    open_always(describe(first))
    assert "no hours set: always open" not in staff.get("/admin/").content.decode()


def test_the_page_takes_as_many_queries_for_a_week_as_for_a_day(
    staff: Client, flowers: Shop
) -> None:
    few = queries(lambda: staff.get(PAGE))
    for day in (0, 2, 3, 4, 6):
        flowers.hours.create(weekday=day, opens=time(9), closes=time(18))
    assert queries(lambda: staff.get(PAGE)) == few
