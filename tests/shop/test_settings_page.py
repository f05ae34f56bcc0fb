"""The settings as a page: seen, changed, refused, reset, and on record."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

from shop import tuning
from shop.models import Tuning, TuningChange
from tests.support.talks import queries, viewer
from workqueue.snapshot import Snapshot

pytestmark = pytest.mark.django_db

PAGE = "/admin/shop/tuning/"


def form(**changes: str) -> dict[str, str]:
    """What the page posts that shows the values of now, with these typed over them."""
    Snapshot.forget_everything()
    shown = {name: f"{tuning.get(name):.10g}" for name in tuning.KNOBS}
    posted = {f"shown-{name}": value for name, value in shown.items()}
    switches = {name for name, knob in tuning.KNOBS.items() if knob.is_switch}
    return posted | {k: v for k, v in shown.items() if k not in switches or v == "1"} | changes


def save(staff: Client, **changes: str) -> Any:
    return staff.post(PAGE, form(**changes), follow=True)


def changes() -> list[tuple[str, str, str, str]]:
    return list(TuningChange.objects.order_by("pk").values_list("name", "before", "after", "by"))


def test_each_setting_stands_with_unit_range_meaning_and_default(staff: Client) -> None:
    html = " ".join(staff.get(PAGE).content.decode().split())
    for knob in tuning.KNOBS.values():
        assert knob.title in html
        assert knob.meaning[1:].replace("'", "&#x27;") in html
        assert f"<code>{knob.name}</code>" in html
    assert "0 to 720 hours · default 12" in html
    assert "default off" in html
    assert "unsafe" not in staff.get(PAGE)["Content-Security-Policy"]


def test_every_setting_belongs_to_a_group_and_has_a_title_of_its_own() -> None:
    titles = [knob.title for knob in tuning.KNOBS.values()]
    assert len(set(titles)) == len(titles)
    assert all(knob.group for knob in tuning.KNOBS.values())


def test_a_change_is_in_force_and_on_record(staff: Client) -> None:
    User.objects.filter(username="anna").update(first_name="Anna", last_name="Kovalenko")
    html = save(staff, pause_hours="6", show_typing="1").content.decode()
    assert (tuning.get("pause_hours"), tuning.get("show_typing")) == (6, 1)
    assert sorted(changes()) == [("pause_hours", "", "6", "anna"), ("show_typing", "", "1", "anna")]
    assert "“Pause after a person replied”, “Show typing dots” changed." in html
    assert "Anna Kovalenko" in html
    assert "default (12) → 6" in html
    assert "default (off) → on" in html


def test_what_tune_changes_is_on_record_too(staff: Client) -> None:
    call_command("tune", "pause_hours=6")
    assert changes() == [("pause_hours", "", "6", "manage.py tune")]
    assert "manage.py tune" in staff.get(PAGE).content.decode()


def test_what_is_the_same_is_no_change(staff: Client) -> None:
    assert "Nothing was changed." in save(staff).content.decode()
    call_command("tune", "pause_hours=6")
    call_command("tune", "pause_hours=6.0")
    assert len(changes()) == 1


def test_a_switch_is_turned_off_by_leaving_it_out(staff: Client) -> None:
    tuning.put("show_seen", "1")
    posted = form()
    del posted["show_seen"]
    staff.post(PAGE, posted)
    assert tuning.get("show_seen") == 0


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("soon", "Enter a number from 0 to 720 (hours)."),
        ("721", "Enter a number from 0 to 720 (hours)."),
        ("-1", "Enter a number from 0 to 720 (hours)."),
        ("nan", "Enter a number from 0 to 720 (hours)."),
        ("", "Enter a number from 0 to 720 (hours)."),
        ("9" * 400, "Enter a number from 0 to 720 (hours)."),
    ],
)
def test_nonsense_is_refused_at_its_field_and_nothing_is_lost(
    staff: Client, typed: str, said: str
) -> None:
    response = save(staff, pause_hours=typed, send_rate="20")
    fields = {one.name: one for _, group in response.context["groups"] for one in group}
    assert said in fields["pause_hours"].error
    assert (fields["pause_hours"].value, fields["send_rate"].value) == (typed, "20")
    assert not fields["send_rate"].error
    html = response.content.decode()
    assert '<a href="#pause_hours">' in html
    assert 'aria-invalid="true"' in html
    assert not Tuning.objects.exists()
    assert not TuningChange.objects.exists()


def test_a_comma_is_a_decimal_point(staff: Client) -> None:
    save(staff, throttle_pause_minutes="0,5")
    assert tuning.get("throttle_pause_minutes") == 0.5


def test_it_goes_back_to_the_default_and_keeps_what_was_typed_beside(staff: Client) -> None:
    tuning.put("pause_hours", "6")
    assert "Reset to 12" in staff.get(PAGE).content.decode()
    save(staff, reset="pause_hours", send_rate="20")
    assert (tuning.get("pause_hours"), tuning.get("send_rate")) == (12, 20)
    assert not Tuning.objects.filter(name="pause_hours").exists()
    assert ("pause_hours", "6", "", "anna") in changes()


def test_what_a_colleague_has_set_meanwhile_is_shown_first(staff: Client) -> None:
    posted = form(pause_hours="3")
    tuning.put("pause_hours", "24", "olga")
    response = staff.post(PAGE, posted)
    assert "A colleague has set this to 24 meanwhile." in response.content.decode()
    assert tuning.get("pause_hours") == 24
    staff.post(PAGE, posted | {"shown-pause_hours": "24"})
    assert tuning.get("pause_hours") == 3


def test_who_may_only_look_changes_nothing(client: Client) -> None:
    reader = viewer(client, "view_tuning")
    html = reader.get(PAGE).content.decode()
    assert "readonly" in html
    assert "Save" not in html
    assert reader.post(PAGE, form(pause_hours="3")).status_code == 403
    assert not Tuning.objects.exists()


def test_what_is_typed_is_escaped(staff: Client) -> None:
    html = save(staff, pause_hours="<script>alert(1)</script>").content.decode()
    assert "<script>alert(1)" not in html


def test_older_changes_are_on_a_page_of_their_own(staff: Client) -> None:
    for number in range(1, 36):
        tuning.put("pause_hours", str(number), "olga")
    first = staff.get(PAGE)
    assert len(first.context["changes"]) == 30
    second = staff.get(f"{PAGE}?before={first.context['older']}")
    assert [one.after for one in second.context["changes"]] == ["5", "4", "3", "2", "1"]
    assert staff.get(f"{PAGE}?before=nonsense").status_code == 200


def test_the_page_takes_as_many_queries_for_many_changes_as_for_few(staff: Client) -> None:
    tuning.put("pause_hours", "1", "olga")
    few = queries(lambda: staff.get(PAGE))
    for number in range(2, 12):
        tuning.put("pause_hours", str(number), f"person{number}")
        tuning.put("send_rate", str(number), f"person{number}")
    assert queries(lambda: staff.get(PAGE)) == few
