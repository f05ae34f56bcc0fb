"""What a form and a list of the admin look like: lines, fields, buttons, rows on a phone."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import Chrome

from conversations.models import Origin, State
from people import roles
from rules.models import ResponseRule
from tests.browser import page
from tests.browser.conftest import Wait, log_in
from tests.browser.page import PHONE
from tests.support.talks import make_conversation, say

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.once]

WORDS = "delivery\nshipping\nhow long does it take"
RULE = "/admin/rules/responserule/{}/change/"


@pytest.fixture
def rule(transactional_db: None) -> ResponseRule:
    return ResponseRule.objects.create(name="Delivery", keywords=WORDS, reply="In 2 days.")


@pytest.fixture
def phone(logged_in: Chrome) -> Iterator[Chrome]:
    logged_in.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    yield logged_in
    logged_in.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_who_only_reads_a_rule_reads_its_words_line_by_line(
    browser: Chrome, live_server: LiveServer, rule: ResponseRule
) -> None:
    roles.create(apps)
    user = User.objects.create_user("olena", is_staff=True)
    user.groups.add(Group.objects.get(name="Reviewer"))
    log_in(browser, live_server, user)
    browser.get(f"{live_server.url}{RULE.format(rule.pk)}")
    assert WORDS in page.texts(browser, ".readonly")


@pytest.mark.parametrize(("words", "lines"), [(3, 6), (14, 14)])
def test_a_field_is_as_high_as_the_words_in_it(
    logged_in: Chrome, live_server: LiveServer, rule: ResponseRule, words: int, lines: int
) -> None:
    rule.keywords = "\n".join(f"word {number}" for number in range(words))
    rule.save()
    logged_in.get(f"{live_server.url}{RULE.format(rule.pk)}")
    height, inside, line = logged_in.execute_script(
        "const one = document.querySelector('#id_keywords');"
        "return [one.clientHeight, one.scrollHeight, parseFloat(getComputedStyle(one).lineHeight)]"
    )
    assert inside <= height, "one has to scroll in it"
    assert lines <= height / line < lines + 2


def test_a_field_of_very_many_words_leaves_room_for_the_form(
    logged_in: Chrome, live_server: LiveServer, rule: ResponseRule
) -> None:
    rule.keywords = "\n".join(f"word {number}" for number in range(200))
    rule.save()
    logged_in.get(f"{live_server.url}{RULE.format(rule.pk)}")
    height = logged_in.execute_script("return document.querySelector('#id_keywords').clientHeight")
    assert 200 < height < 500


def test_save_is_the_loud_button_and_comes_first_on_a_phone(
    phone: Chrome, live_server: LiveServer, rule: ResponseRule
) -> None:
    phone.get(f"{live_server.url}{RULE.format(rule.pk)}")
    (save, over), (delete, under) = phone.execute_script(
        "return ['[name=_save]', 'a[href*=delete]'].map((one) => {"
        " const there = document.querySelector(`#submit-row ${one}`);"
        " return [getComputedStyle(there).backgroundColor, there.getBoundingClientRect().top]; })"
    )
    assert delete == "rgba(0, 0, 0, 0)" != save
    assert over < under


@pytest.mark.parametrize("path", ["conversations/outboxmessage", "auth/user"])
def test_a_row_of_a_list_is_a_card_on_a_phone(
    phone: Chrome, live_server: LiveServer, until_shown: Wait, path: str
) -> None:
    talk = make_conversation("maria", last_inbound_at=timezone.now() - timedelta(hours=1))
    say(talk, "Your parcel comes on Friday.", origin=Origin.STAFF, state=State.FAILED, error="No.")
    phone.get(f"{live_server.url}/admin/{path}/")
    until_shown("maria" if "outbox" in path else "anna")
    heights, labels = phone.execute_script(
        "const rows = [...document.querySelectorAll('.data-row')];"
        "const label = (one) => getComputedStyle(one, '::before').content;"
        "const cells = [...rows[0].querySelectorAll('td, th')].map(label);"
        "return [rows.map((one) => one.offsetHeight), cells.filter((one) => one !== 'none')]"
    )
    assert max(heights) < 120
    assert labels == ([] if "outbox" in path else ['"Second factor: "', '"Last login: "'])
