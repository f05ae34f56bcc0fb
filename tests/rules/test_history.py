"""Every change of a rule is kept: who, when, what; and there is a way back."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.management import call_command
from django.test import Client

from rules import history
from rules.models import ResponseRule, RuleChange, RulesVersion
from rules.record import read_stored
from tests.rules.admin.forms import COAT, LIST, cards, form, rows
from tests.rules.records import FULL, full, simple

pytestmark = pytest.mark.django_db


def kept() -> list[tuple[str, str, str]]:
    return [(one.what, one.name, one.by) for one in RuleChange.objects.order_by("pk")]


def told(before: dict[str, Any] | None, after: dict[str, Any] | None) -> dict[str, list[str]]:
    marks = {"gone": "- ", "new": "+ ", "same": "  ", "cut": "… "}
    return {
        one.label: [marks[line.tone] + line.text for line in one.lines]
        for one in history.compare(before, after)
    }


def log_in(client: Client, *names: str) -> None:
    user = User.objects.create_user("-".join(names), is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(user)


# What is kept.


def test_adding_changing_and_deleting_in_the_admin_is_kept(staff: Client) -> None:
    staff.post(f"{LIST}add/", form())
    pk = ResponseRule.objects.get().pk
    staff.post(f"{LIST}{pk}/change/", form(reply="Tomorrow."))
    staff.post(f"{LIST}{pk}/delete/", {"post": "yes"})
    assert kept() == [
        ("created", "Delivery", "anna"),
        ("changed", "Delivery", "anna"),
        ("deleted", "Delivery", "anna"),
    ]
    created, changed, deleted = RuleChange.objects.order_by("pk")
    assert created.before is None
    assert created.after == changed.before
    assert changed.after == deleted.before
    assert deleted.after is None
    assert told(changed.before, changed.after) == {"Reply": ["- In 3 days.", "+ Tomorrow."]}


def test_cards_are_a_part_of_the_rule_s_change(staff: Client) -> None:
    rule = simple("Delivery", order=40, keywords="delivery\nshipping", reply="In 3 days.")
    staff.post(f"{LIST}{rule.pk}/change/", form(**cards(COAT)))
    [change] = RuleChange.objects.all()
    assert "Cards" in told(change.before, change.after)
    assert change.after
    assert change.after["cards"][0]["title"] == "Coat"


def test_saving_without_a_difference_is_not_kept(staff: Client) -> None:
    staff.post(f"{LIST}add/", form())
    rule = ResponseRule.objects.get()
    assert staff.post(f"{LIST}{rule.pk}/change/", form()).status_code == 302
    assert kept() == [("created", "Delivery", "anna")]


def test_a_form_with_mistakes_is_not_kept(staff: Client) -> None:
    assert staff.post(f"{LIST}add/", form(reply="")).status_code == 200
    assert kept() == []


def test_changes_in_the_list_are_kept_for_the_rows_that_changed(staff: Client) -> None:
    one, two = simple("One", order=5), simple("Two", order=6)
    posted = rows(one, two) | {"form-1-order": 9}
    assert staff.post(LIST, posted).status_code == 302
    [change] = RuleChange.objects.all()
    assert (change.rule, change.what) == (two.pk, "changed")
    assert told(change.before, change.after) == {"Order": ["- 6", "+ 9"]}


def test_rules_deleted_together_are_kept_each(staff: Client) -> None:
    one, two = simple("One"), full()
    chosen = {"action": "delete_selected", "_selected_action": [one.pk, two.pk], "post": "yes"}
    staff.post(LIST, chosen)
    assert not ResponseRule.objects.exists()
    assert sorted(kept()) == [("deleted", two.name, "anna"), ("deleted", "One", "anna")]
    assert RuleChange.objects.get(rule=two.pk).before == FULL


def test_the_examples_are_kept_as_created() -> None:
    call_command("seed_rules", verbosity=0)
    assert RuleChange.objects.count() == ResponseRule.objects.count()
    assert {(what, by) for what, _, by in kept()} == {("created", "seed_rules")}


def test_keeping_a_change_is_not_a_change_of_the_rules(staff: Client) -> None:
    rule = simple()
    before = RulesVersion.read()
    history.write(rule.pk, None, read_stored(rule.pk), by="anna", what=history.What.CREATED)
    RuleChange.objects.all().delete()
    assert RulesVersion.read() == before


# What differs.


def test_lists_differ_line_by_line_and_long_rests_are_left_out() -> None:
    words = [f"word {number}" for number in range(20)]
    before = FULL | {"keywords": "\n".join(words)}
    after = FULL | {"keywords": "\n".join([*words[:10], "new word", *words[11:]])}
    assert told(before, after) == {
        "Words": [
            "… 8 more the same",
            "  word 8",
            "  word 9",
            "- word 10",
            "+ new word",
            "  word 11",
            "  word 12",
            "… 7 more the same",
        ]
    }


def test_values_are_shown_as_staff_know_them() -> None:
    after = FULL | {
        "active": True,
        "match": "words",
        "hours": "",
        "first_day": None,
        "label": "",
        "cards": FULL["cards"][:1],
    }
    assert told(FULL, after) == {
        "Active": ["- no", "+ yes"],
        "The message": [
            "- has all of these words and phrases",
            "+ has any of these words or phrases",
        ],
        "Answers": ["- in business hours", "+ at any time"],
        "From": ["- 1 Feb 2026"],
        "Add a label": ["- 1-2"],
        "Cards": [
            "… 4 more the same",
            "  · buttons: Buy = BUY_COAT",
            "  · buttons: Open = https://shop.example",
            "- Scarf",
            "- · line below: 'Silk'",
        ],
    }


def test_a_new_rule_differs_in_what_it_says() -> None:
    rule = simple()
    assert told(None, read_stored(rule.pk)) == {
        "Name": ["+ Price"],
        "Words": ["+ price"],
        "Reply": ["+ Ten euros."],
    }


# The page, and the way back.


def test_the_page_shows_each_change_with_who_and_the_difference(staff: Client) -> None:
    staff.post(f"{LIST}add/", form(name="<b>Delivery</b>"))
    rule = ResponseRule.objects.get()
    staff.post(f"{LIST}{rule.pk}/change/", form(name="<b>Delivery</b>", reply="<i>New</i>"))
    shown = staff.get(f"{LIST}{rule.pk}/change/").content.decode()
    assert f"{LIST}{rule.pk}/history/" in shown
    page = staff.get(f"{LIST}{rule.pk}/history/").content.decode()
    assert page.index("Changed") < page.index("Created")
    assert '<del class="diff-line">In 3 days.</del>' in page
    assert '<ins class="diff-line">&lt;i&gt;New&lt;/i&gt;</ins>' in page
    assert "<b>Delivery" not in page
    assert page.count("Go back to this") == 1
    assert page.count("current version") == 1


def test_one_goes_back_after_a_look_at_what_that_changes(staff: Client) -> None:
    rule = full()
    history.write(rule.pk, None, FULL, by="anna", what=history.What.CREATED)
    ResponseRule.objects.update(reply="Something else.", order=1)
    rule.cards.all().delete()
    url = f"{LIST}{rule.pk}/history/{RuleChange.objects.get().pk}/after/"
    before = RulesVersion.read()
    assert "Something else." in staff.get(url).content.decode()
    assert RulesVersion.read() == before
    assert staff.post(url).status_code == 302
    assert read_stored(rule.pk) == FULL
    assert RulesVersion.read() > before
    newest = RuleChange.objects.first()
    assert newest
    assert (newest.what, newest.by, newest.after) == ("reverted", "anna", FULL)


def test_one_goes_back_to_the_time_before_history_began(staff: Client) -> None:
    rule = simple("Delivery", reply="The old one.")
    staff.post(f"{LIST}{rule.pk}/change/", form())
    page = staff.get(f"{LIST}{rule.pk}/history/").content.decode()
    url = f"{LIST}{rule.pk}/history/{RuleChange.objects.get().pk}/before/"
    assert url in page
    staff.post(url)
    assert ResponseRule.objects.get().reply == "The old one."


def test_what_cannot_be_saved_any_more_is_said_and_nothing_is_saved(staff: Client) -> None:
    rule = simple("Old name")
    staff.post(f"{LIST}{rule.pk}/change/", form(name="New name"))
    simple("Old name", keywords="another")
    url = f"{LIST}{rule.pk}/history/{RuleChange.objects.get().pk}/before/"
    page = staff.post(url)
    assert page.status_code == 200
    assert "Name: Rule with this Name already exists." in page.content.decode()
    assert ResponseRule.objects.get(pk=rule.pk).name == "New name"
    assert RuleChange.objects.count() == 1


def test_a_record_of_other_times_is_read_as_far_as_rules_have_its_fields(staff: Client) -> None:
    rule = full()
    old = {"name": "Old", "keywords": "old", "reply": "Old.", "gone_since": 5}
    change = history.write(rule.pk, old, FULL, by="anna", what=history.What.CHANGED)
    assert change
    assert staff.get(f"{LIST}{rule.pk}/history/").status_code == 200
    assert staff.post(f"{LIST}{rule.pk}/history/{change.pk}/before/").status_code == 302
    rule.refresh_from_db()
    assert (rule.name, rule.reply, rule.label, rule.cards.count()) == ("Old", "Old.", "", 0)


def test_a_deleted_rule_is_found_and_restored_as_the_same_rule(staff: Client) -> None:
    rule = full()
    pk = rule.pk
    staff.post(f"{LIST}{pk}/delete/", {"post": "yes"})
    assert f"{LIST}deleted/" in staff.get(LIST).content.decode()
    assert f"{LIST}{pk}/history/" in staff.get(f"{LIST}deleted/").content.decode()
    page = staff.get(f"{LIST}{pk}/history/").content.decode()
    url = f"{LIST}{pk}/history/{RuleChange.objects.get().pk}/before/"
    assert url in page
    assert "The rule will be restored" in staff.get(url).content.decode()
    assert staff.post(url).status_code == 302
    assert read_stored(pk) == FULL
    assert "No rule has been deleted." in staff.get(f"{LIST}deleted/").content.decode()
    assert "Restored" in staff.get(f"{LIST}{pk}/history/").content.decode()


def test_a_rule_whose_name_is_taken_is_not_restored(staff: Client) -> None:
    rule = simple()
    staff.post(f"{LIST}{rule.pk}/delete/", {"post": "yes"})
    simple()
    page = staff.post(f"{LIST}{rule.pk}/history/{RuleChange.objects.get().pk}/before/")
    assert "Rule with this Name already exists." in page.content.decode()
    assert ResponseRule.objects.count() == 1


def test_long_histories_have_pages(staff: Client) -> None:
    rule = simple()
    for number in range(31):
        history.write(rule.pk, FULL | {"order": number}, FULL, by="anna", what=history.What.CHANGED)
    first = staff.get(f"{LIST}{rule.pk}/history/").content.decode()
    assert "Older" in first
    assert "Before that" not in first
    assert "Before that" in staff.get(f"{LIST}{rule.pk}/history/?page=2").content.decode()


@pytest.mark.parametrize("path", ["999/history/", "999/history/1/after/"])
def test_what_never_was_has_no_history(staff: Client, path: str) -> None:
    assert staff.get(f"{LIST}{path}").status_code == 404


def test_the_state_after_a_deletion_is_none(staff: Client) -> None:
    rule = simple()
    staff.post(f"{LIST}{rule.pk}/delete/", {"post": "yes"})
    pk = RuleChange.objects.get().pk
    assert staff.post(f"{LIST}{rule.pk}/history/{pk}/after/").status_code == 404
    assert staff.post(f"{LIST}{rule.pk}/history/{pk}/differences/").status_code == 404


def test_who_may_only_see_rules_sees_their_history_and_goes_nowhere(client: Client) -> None:
    rule = full()
    change = history.write(rule.pk, None, FULL, by="anna", what=history.What.CREATED)
    assert change
    ResponseRule.objects.update(order=1)
    log_in(client, "view_responserule")
    page = client.get(f"{LIST}{rule.pk}/history/")
    assert page.status_code == 200
    assert "Go back" not in page.content.decode()
    assert client.get(f"{LIST}deleted/").status_code == 200
    assert client.post(f"{LIST}{rule.pk}/history/{change.pk}/after/").status_code == 403
    assert ResponseRule.objects.get().order == 1


def test_restoring_takes_the_permission_to_add(client: Client) -> None:
    rule = full()
    rule.delete()
    change = history.write(rule.pk or 1, FULL, None, by="anna", what=history.What.DELETED)
    assert change
    url = f"{LIST}{change.rule}/history/{change.pk}/before/"
    log_in(client, "view_responserule", "change_responserule")
    assert client.post(url).status_code == 403
    log_in(client, "view_responserule", "add_responserule")
    assert client.post(url).status_code == 302
    assert ResponseRule.objects.exists()


def test_strangers_to_rules_see_no_history(client: Client) -> None:
    rule = simple()
    log_in(client, "view_conversation")
    assert client.get(f"{LIST}{rule.pk}/history/").status_code == 403
    assert client.get(f"{LIST}deleted/").status_code == 403
