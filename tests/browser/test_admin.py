from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from conversations.models import Account, Conversation, Message, Origin, State, Verdict
from rules.models import ResponseRule, RulesVersion
from tests.browser import page
from tests.browser.conftest import Wait
from tests.browser.page import until

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.once]


@pytest.fixture
def rule(transactional_db: None) -> ResponseRule:
    return ResponseRule.objects.create(
        name="Delivery", order=40, keywords="delivery\nshipping", reply="In 2 days."
    )


@pytest.fixture
def talk(rule: ResponseRule) -> Conversation:
    now = timezone.now()
    talk = Conversation.objects.create(
        account=Account.objects.ours(),
        customer_id="17890001234",
        username="maria",
        last_inbound_at=now,
        needs_person=True,
        bot_paused_until=now + timedelta(hours=1),
        bot_paused_by="a person in the Instagram app",
    )
    for number in range(30):  # more than fits on the screen
        Message.objects.create(
            conversation=talk,
            origin=Origin.CUSTOMER,
            text=f"earlier {number}",
            verdict=Verdict.NO_ANSWER,
            reason="No rule matched.",
        )
    question = Message.objects.create(
        conversation=talk,
        origin=Origin.CUSTOMER,
        text="delivery? <script>document.title = 'taken over'</script>",
        verdict=Verdict.ANSWERED,
        reason="matched 'delivery' in rule Delivery",
    )
    Message.objects.create(
        conversation=talk,
        origin=Origin.BOT,
        text="In 2 days.",
        state=State.SENT,
        in_reply_to=question,
        rule=rule.pk,
    )
    return talk


def test_staff_change_an_answer(
    logged_in: Chrome, live_server: LiveServer, rule: ResponseRule, until_shown: Wait
) -> None:
    before = RulesVersion.read()
    logged_in.get(f"{live_server.url}/admin/")
    sidebar(logged_in, "/admin/rules/responserule/")
    until_shown("In 2 days.")
    logged_in.find_element(By.LINK_TEXT, "Delivery").click()
    until_shown("10 of 1000 bytes")
    reply = logged_in.find_element(By.NAME, "reply")
    reply.clear()
    reply.send_keys("Завтра.")
    until_shown("13 of 1000 bytes")
    logged_in.find_element(By.NAME, "_save").click()
    until_shown("was changed successfully")
    until_shown("Завтра.")
    rule.refresh_from_db()
    assert rule.reply == "Завтра."
    assert RulesVersion.read() > before


def test_every_variant_says_how_long_it_is(
    logged_in: Chrome, live_server: LiveServer, rule: ResponseRule, until_shown: Wait
) -> None:
    logged_in.get(f"{live_server.url}/admin/rules/responserule/{rule.pk}/change/")
    until_shown("10 of 1000 bytes")
    others = logged_in.find_element(By.NAME, "other_replies")
    others.send_keys("Завтра.\n===\nIn two days.")
    until_shown("variant 2: 13 of 1000 bytes · variant 3: 12 of 1000 bytes")
    public = logged_in.find_element(By.NAME, "public_reply")
    public.send_keys("Look at your messages.")
    until_shown("22 of 300 characters")
    public.send_keys("\n===\nWe wrote.")
    until_shown("variant 1: 22 of 300 characters · variant 2: 9 of 300 characters")
    logged_in.execute_script(
        "const buttons = document.getElementById('id_buttons'); buttons.value = 'Buy';"
        "buttons.dispatchEvent(new Event('input'));"
    )
    until_shown("variant 2: 7 of 640 characters above buttons")


def test_staff_change_the_order_in_the_list(
    logged_in: Chrome, live_server: LiveServer, rule: ResponseRule, until_shown: Wait
) -> None:
    logged_in.get(f"{live_server.url}/admin/rules/responserule/")
    order = logged_in.find_element(By.NAME, "form-0-order")
    order.clear()
    order.send_keys("7")
    logged_in.find_element(By.NAME, "_save").click()
    until_shown("1 rule was changed successfully")
    rule.refresh_from_db()
    assert rule.order == 7


def test_staff_read_why_the_bot_said_it(
    logged_in: Chrome, live_server: LiveServer, talk: Conversation, until_shown: Wait
) -> None:
    Conversation.objects.update(waiting_since=timezone.now())
    logged_in.get(f"{live_server.url}/admin/")
    sidebar(logged_in, "/admin/conversations/conversation/")
    until_shown("needs a person")
    page.until_ready(logged_in)
    page.click(logged_in, "#result_list a")
    until_shown("matched 'delivery' in rule Delivery")
    assert "taken over" not in logged_in.title
    until(logged_in, lambda: in_view(logged_in, "In 2 days."), "one begins at the end")
    assert not in_view(logged_in, "earlier 0")
    page.click(logged_in, "[data-thread] a", "Open rule")
    until_shown("Then the bot answers")


def in_view(browser: Chrome, text: str) -> bool:
    """Tell whether a bubble can be seen without scrolling."""
    script = """
        const said = [...document.querySelectorAll(".msg-text")];
        const bubble = said.find((one) => one.textContent === arguments[0]);
        if (!bubble) return false;
        const box = bubble.getBoundingClientRect();
        const seen = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
        return bubble.contains(seen);
    """
    return bool(browser.execute_script(script, text))


def test_staff_finish_a_conversation(
    logged_in: Chrome, live_server: LiveServer, talk: Conversation, until_shown: Wait
) -> None:
    logged_in.get(f"{live_server.url}/admin/conversations/conversation/{talk.pk}/change/")
    button(logged_in, "Resume now")
    until_shown("Bot resumed.")
    button(logged_in, "Done")
    until_shown("Marked as done.")
    talk.refresh_from_db()
    assert talk.bot_paused_until is None
    assert not talk.needs_person
    until_shown("bot answers")


def sidebar(browser: Chrome, path: str) -> None:
    page.click(browser, f"#nav-sidebar-apps a[href='{path}']")


def button(browser: Chrome, label: str) -> None:
    page.until_ready(browser)
    page.click(browser, "button", label)


def test_staff_see_what_a_change_would_have_done(
    logged_in: Chrome, live_server: LiveServer, talk: Conversation, until_shown: Wait
) -> None:
    logged_in.get(f"{live_server.url}/admin/rules/responserule/")
    until_shown("no fallback")
    logged_in.find_element(By.LINK_TEXT, "Delivery").click()
    panel = logged_in.find_element(By.CSS_SELECTOR, ".before:not(.trial)")
    # The bar with the buttons to save lies over the foot of the window.
    logged_in.execute_script("arguments[0].scrollIntoView({block: 'center'})", panel)
    button(logged_in, "Check now")
    until_shown("it would have answered 1 message, as now.")
    until_shown("No problems found.")
    keywords = logged_in.find_element(By.NAME, "keywords")
    keywords.clear()
    until_shown("Write at least one word")
    keywords.send_keys("earlier\nx")  # looked at when typing rests
    until_shown("it would have answered 30 messages (now 1).")
    until_shown("'x' is a single letter")
    logged_in.execute_script("arguments[0].scrollIntoView({block: 'center'})", panel)
    panel.find_element(By.XPATH, ".//summary[contains(., 'newly answered')]").click()
    until_shown("earlier 29")
    until_shown("@maria: no answer → Delivery")
    keywords.send_keys(" y")
    until_shown("No problems found.")
    until_shown("earlier 29")  # what was opened stays open


def test_staff_try_a_message_while_they_write_a_rule(
    logged_in: Chrome, live_server: LiveServer, talk: Conversation, until_shown: Wait
) -> None:
    logged_in.get(f"{live_server.url}/admin/rules/responserule/")
    logged_in.find_element(By.CSS_SELECTOR, "a[href$='/responserule/try/']").click()
    logged_in.find_element(By.NAME, "try-text").send_keys("What about delivery?")
    until_shown("matched 'delivery' in rule Delivery")
    logged_in.get(f"{live_server.url}/admin/rules/responserule/")
    logged_in.find_element(By.LINK_TEXT, "Delivery").click()
    text = logged_in.find_element(By.NAME, "try-text")
    logged_in.execute_script("arguments[0].scrollIntoView({block: 'center'})", text)
    text.send_keys("postage?")
    until_shown("No rule matched.")
    logged_in.find_element(By.NAME, "keywords").send_keys("\npostage")
    until_shown("matched 'postage' in rule Delivery")
    assert "postage" not in ResponseRule.objects.get(name="Delivery").keywords


def test_a_typed_reply_outlives_whatever_is_clicked_beside_it(
    logged_in: Chrome, live_server: LiveServer, talk: Conversation, until_shown: Wait
) -> None:
    Conversation.objects.update(bot_paused_until=None, bot_paused_by="")
    address = f"{live_server.url}/admin/conversations/conversation/{talk.pk}/change/"
    logged_in.get(address)

    def field() -> WebElement:
        return logged_in.find_element(By.ID, "reply-text")

    def until_typed(words: str) -> None:
        until(logged_in, lambda: page.value(logged_in, "#reply-text") == words, f"never: {words}")

    field().send_keys("Your parcel is with the courier")
    page.click(logged_in, "details:has(#pause_form) summary")
    page.click(logged_in, "#pause_form button")
    until_shown("Bot paused ")
    until_typed("Your parcel is with the courier")
    field().send_keys(" since noon")
    page.click(logged_in, "[data-done]")
    until_shown("Marked as done.")
    logged_in.get(f"{live_server.url}/admin/")
    logged_in.get(address)
    until_typed("Your parcel is with the courier since noon")
    field().submit()
    until_shown("Reply queued.")
    until_typed("")  # what was sent is no draft
    logged_in.get(address)
    until(logged_in, lambda: page.has_focus(logged_in, "#reply-text"), "one can type at once")
    until_typed("")


def test_a_key_marks_as_done_but_not_while_one_types(
    logged_in: Chrome, live_server: LiveServer, talk: Conversation, until_shown: Wait
) -> None:
    logged_in.get(f"{live_server.url}/admin/conversations/conversation/{talk.pk}/change/")
    logged_in.find_element(By.ID, "reply-text").send_keys("e")
    assert Conversation.objects.get().needs_person
    logged_in.execute_script("document.activeElement.blur()")
    page.press(logged_in, "e")
    until_shown("Marked as done.")
    assert not Conversation.objects.get().needs_person


def test_the_menu_shows_where_one_is_however_long_it_is(
    logged_in: Chrome, live_server: LiveServer
) -> None:
    logged_in.get(f"{live_server.url}/admin/audit/entry/")
    until(logged_in, lambda: is_seen_in_menu(logged_in, "Audit log"), "it is below the fold")


def is_seen_in_menu(browser: Chrome, title: str) -> bool:
    """Tell whether the mark of the menu is at this page, and above the menu's foot."""
    here = browser.find_element(By.CSS_SELECTOR, ".sidebar [aria-current=page]")
    foot = browser.find_element(By.CSS_SELECTOR, ".sidebar-user")
    top = browser.execute_script("return arguments[0].getBoundingClientRect().bottom", here)
    end = browser.execute_script("return arguments[0].getBoundingClientRect().top", foot)
    return title in str(here.get_attribute("textContent")) and top <= end + 1
