"""Rules for all accounts, or for some: what answers, what staff choose, and what files say."""

import re
from datetime import time

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from conversations.models import Account
from rules import history, recent
from rules.checks.replay import SavedRules, ask_again, replay, with_change
from rules.checks.shadows import find_winners
from rules.checks.trial import Trial, run_trial
from rules.engine.decision import Rules
from rules.models import ResponseRule
from rules.record import make_draft, to_record
from tests.rules.admin.forms import form
from tests.support.accounts import SECOND, batch, describe, item, text
from tests.support.graph import ACCOUNT
from tests.support.shop import Shop
from workqueue.snapshot import Snapshot

URL = "/admin/rules/responserule/"


def ask_both(shop: Shop, said: str = "price?") -> dict[str, str]:
    """Ask both accounts; return what each has answered."""
    shop.receives(
        batch(
            (ACCOUNT, item(ACCOUNT, "870001", message=text("m_a", said))),
            (SECOND, item(SECOND, "870002", message=text("m_b", said))),
        )
    )
    shop.works()
    return {sent.recipient: sent.text for sent in shop.graph.sent}


@pytest.mark.parametrize(
    ("accounts", "first_says", "second_says"),
    [
        ("", "Ten euros.", "Ten euros."),
        (ACCOUNT, "Ten euros.", "Pardon?"),
        (SECOND, "Pardon?", "Ten euros."),
        (f"{ACCOUNT}\n{SECOND}", "Ten euros.", "Ten euros."),
    ],
    ids=["all", "first", "second", "both"],
)
def test_a_rule_answers_at_its_accounts(
    shop: Shop, second: Account, accounts: str, first_says: str, second_says: str
) -> None:
    ResponseRule.objects.filter(name="Price").update(accounts=accounts)
    assert ask_both(shop) == {"870001": first_says, "870002": second_says}


def test_each_account_may_have_a_rule_of_its_own_for_the_same_words(
    shop: Shop, second: Account
) -> None:
    ResponseRule.objects.filter(name="Price").update(accounts=ACCOUNT)
    ResponseRule.objects.create(
        name="Price there", order=20, keywords="price", reply="Twenty.", accounts=SECOND
    )
    assert ask_both(shop) == {"870001": "Ten euros.", "870002": "Twenty."}


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("@second", SECOND),
        ("Second\n", SECOND),
        (SECOND, SECOND),
        (f"@shop\n{SECOND}\nsecond", f"{ACCOUNT}\n{SECOND}"),
        ("", ""),
    ],
)
def test_accounts_are_kept_by_their_ids_whatever_they_are_called(
    shop: Shop, second: Account, written: str, kept: str
) -> None:
    rule = ResponseRule(name="x", keywords="x", reply="x", accounts=written)
    rule.full_clean()
    assert rule.accounts == kept


def test_an_account_that_is_none_of_ours_is_named(shop: Shop, second: Account) -> None:
    with pytest.raises(ValidationError) as caught:
        ResponseRule(name="x", keywords="x", reply="x", accounts="@secnod").full_clean()
    assert "'@secnod'. Connected: @shop, @second." in caught.value.message_dict["accounts"][0]


def test_an_opt_out_is_for_all_accounts(shop: Shop, second: Account) -> None:
    rule = ResponseRule(
        name="x", match="exact", keywords="x", reply="x", opt_out="stop", accounts=SECOND
    )
    with pytest.raises(ValidationError) as caught:
        rule.full_clean()
    assert "accounts" in caught.value.message_dict


@pytest.mark.parametrize(
    ("before", "after", "hides"),
    [
        ("", "", True),
        ("", SECOND, True),
        (ACCOUNT, SECOND, False),
        (ACCOUNT, "", False),
        (SECOND, SECOND, True),
        (f"{ACCOUNT}\n{SECOND}", SECOND, True),
        (SECOND, f"{ACCOUNT}\n{SECOND}", False),
    ],
)
def test_a_rule_hides_another_only_where_it_is_for_all_of_its_accounts(
    db: None, before: str, after: str, hides: bool
) -> None:
    first = ResponseRule.objects.create(
        name="1", order=1, keywords="price", reply="x", accounts=before
    )
    later = ResponseRule.objects.create(
        name="2", order=2, keywords="price", reply="y", accounts=after
    )
    found = find_winners(later, Rules.of([first, later]))
    assert found == {"price": first if hides else None}


def test_history_and_files_have_the_accounts(shop: Shop, second: Account) -> None:
    rule = ResponseRule.objects.get(name="Price")
    before = to_record(rule)
    draft = make_draft({"accounts": "@second"}, rule)
    assert draft.problems() == {}
    assert draft.record()["accounts"] == SECOND
    shown = history.compare(before, draft.record())
    assert [(one.label, [line.text for line in one.lines]) for one in shown] == [
        ("Only for these accounts", ["@second"])
    ]


# In the admin


def test_a_shop_with_one_account_is_not_asked(staff: Client, shop: Shop) -> None:
    page = staff.get(f"{URL}add/").content.decode()
    assert "Only for these accounts" not in page
    assert "Written to" not in page


def test_an_account_that_is_not_ours_any_more_is_not_lost_unsaid(
    staff: Client, shop: Shop, second: Account
) -> None:
    rule = ResponseRule.objects.get(name="Price")
    ResponseRule.objects.filter(pk=rule.pk).update(accounts=f"{ACCOUNT}\n178499")
    url = f"{URL}{rule.pk}/change/"
    shown = staff.get(url).content.decode()
    assert re.search(r'value="178499"[^>]*checked', shown)
    fields = form(name="Price", accounts=[ACCOUNT, "178499"])
    assert "No account is called" in staff.post(url, fields).content.decode()
    rule.refresh_from_db()
    assert rule.account_list() == [ACCOUNT, "178499"]
    assert staff.post(url, fields | {"accounts": [ACCOUNT]}).status_code == 302
    rule.refresh_from_db()
    assert rule.accounts == ACCOUNT


def test_staff_choose_the_accounts(staff: Client, shop: Shop, second: Account) -> None:
    rule = ResponseRule.objects.get(name="Price")
    url = f"{URL}{rule.pk}/change/"
    assert "Only for these accounts" in staff.get(url).content.decode()
    fields = form(name="Price")
    assert staff.post(url, fields | {"accounts": [SECOND]}).status_code == 302
    rule.refresh_from_db()
    assert rule.accounts == SECOND
    assert "for @second" in staff.get(URL).content.decode()
    assert staff.post(url, fields | {"accounts": []}).status_code == 302
    rule.refresh_from_db()
    assert rule.accounts == ""


@pytest.mark.parametrize(
    ("account", "says"), [("", "Ten euros."), (SECOND, "Ten euros."), (ACCOUNT, "Pardon?")]
)
def test_a_message_is_tried_at_an_account(
    staff: Client, shop: Shop, second: Account, account: str, says: str
) -> None:
    ResponseRule.objects.filter(name="Price").update(accounts=SECOND)
    fields = {
        "try-text": "price?", "try-trigger": "message", "try-customer": "known",
        "try-account": account,
    }  # fmt: skip
    page = staff.post(f"{URL}try/", fields)
    assert says in page.content.decode()


@pytest.mark.parametrize(
    ("account", "says"),
    [
        ("", ["A robot.", "At Flowers."]),
        (ACCOUNT, ["A robot.", "At Flowers."]),
        (SECOND, ["A machine.", "At Cakes."]),
        ("17841499999999999", ["A robot.", "At Flowers."]),
    ],
    ids=["any", "first", "second", "none of ours"],
)
def test_a_trial_plays_the_shop_of_the_account_that_is_written_to(
    shop: Shop, second: Account, account: str, says: list[str]
) -> None:
    ResponseRule.objects.filter(name="Price").update(reply="At {shop_name}.")
    describe(name="Flowers", disclosure="A robot.")
    describe(second, name="Cakes", disclosure="A machine.")
    found = run_trial(Trial("price?", timezone.now(), account=account), Rules.saved())
    assert [found.first_words, *(bubble.text for bubble in found.bubbles)] == says


def test_the_command_and_the_page_try_at_an_account_as_its_customers_hear_it(
    staff: Client, shop: Shop, second: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    ResponseRule.objects.filter(name="Price").update(hours="outside", reply="{shop_name} sleeps.")
    describe(name="Flowers")
    cakes = describe(second, name="Cakes", time_zone="Europe/Kyiv")
    for weekday in range(7):
        cakes.hours.create(weekday=weekday, opens=time(9), closes=time(18))
    Snapshot.forget_everything()
    call_command("try_rule", "price?", account=SECOND, at="2026-11-24T16:30:00+00:00")
    assert "> Cakes sleeps." in capsys.readouterr().out
    call_command("try_rule", "price?", account=SECOND, at="2026-11-24T15:30:00+00:00")
    assert "it was Tuesday 17:30" in capsys.readouterr().out
    fields = {
        "try-text": "price?", "try-trigger": "message", "try-customer": "known",
        "try-account": SECOND, "try-at": "2026-11-24T16:30",
    }  # fmt: skip
    assert "Cakes sleeps." in staff.post(f"{URL}try/", fields).content.decode()
    fields["try-account"] = ""
    assert "sleeps" not in staff.post(f"{URL}try/", fields).content.decode()


def test_what_a_change_would_have_done_is_played_by_the_hours_of_each_account(
    shop: Shop, second: Account
) -> None:
    describe(name="Flowers")  # always open
    later = (timezone.now().weekday() + 3) % 7
    describe(second).hours.create(weekday=later, opens=time(9), closes=time(18))
    ask_both(shop)
    rule, before = ResponseRule.objects.get(name="Price"), Rules.saved()
    rule.hours = "inside"
    after = Rules.of(with_change(before.by_id.values(), rule))
    Snapshot.forget_everything()
    asked = ask_again(recent.read_questions(timezone.now()).messages)
    found = replay(SavedRules(before), after, rule.pk, asked)
    [changed] = found.swapped
    assert changed.message.conversation.account_id == second.pk
