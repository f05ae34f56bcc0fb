"""The inbox stays as it is now without being loaded again."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By

from conversations import bot_pause, outbox, waiting
from conversations.composer import notes
from conversations.models import Conversation, Draft, Mention, Message, State, Verdict
from conversations.outbox import states
from people.models import Session
from tests.browser import page
from tests.browser.conftest import Wait
from tests.browser.page import until
from tests.support.talks import LIST, ask, make_conversation, say
from workqueue import snapshot

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.once]

HOUR = timedelta(hours=1)
FILLER = "It is a long story, and it takes a few lines. " * 4


def writes(talk: Conversation, text: str) -> Message:
    """As a customer's message is recorded, and not answered."""
    now = timezone.now()
    Conversation.objects.hear(talk.account_id, talk.customer_id, now, now)
    message = ask(talk, text, at=now, verdict=Verdict.NO_ANSWER)
    waiting.recount(talk.pk)
    return message


def done(talk: Conversation) -> None:
    waiting.done(talk.pk, Message.objects.latest("pk").pk, timezone.now())


@pytest.fixture
def maria(transactional_db: None) -> Conversation:
    talk = make_conversation("maria", last_inbound_at=timezone.now())
    writes(talk, "Where is my parcel?")
    return talk


@pytest.fixture
def thread(
    maria: Conversation, logged_in: Chrome, live_server: LiveServer, until_shown: Wait
) -> Iterator[Chrome]:
    """Her conversation is open, and the page is marked so that one sees if it was loaded anew."""
    logged_in.get(f"{live_server.url}{LIST}{maria.pk}/change/")
    until_shown("Where is my parcel?")
    logged_in.execute_script("window.marked = true")
    yield logged_in
    assert logged_in.execute_script("return window.marked"), "the page was loaded anew"
    connected(logged_in, yes=True)


def connected(browser: Chrome, *, yes: bool) -> None:
    conditions = {
        "offline": not yes,
        "latency": 0,
        "downloadThroughput": -1,
        "uploadThroughput": -1,
    }
    browser.execute_cdp_cmd("Network.enable", {})  # or it would change nothing
    browser.execute_cdp_cmd("Network.emulateNetworkConditions", conditions)


def text_of(browser: Chrome, part: str) -> str:
    return page.text(browser, f"[data-part={part}]")


def test_what_a_customer_writes_comes_into_thread_list_badge_and_title(
    thread: Chrome, maria: Conversation, until_shown: Wait
) -> None:
    until(thread, lambda: thread.title.startswith("(1) "), "the title counts one")
    writes(maria, "Hello? Anybody?")
    until(thread, lambda: "Hello? Anybody?" in text_of(thread, "thread"), "in the thread")
    until(thread, lambda: "Hello? Anybody?" in text_of(thread, "list"), "in the list")
    joe = make_conversation("joe", last_inbound_at=timezone.now())
    writes(joe, "Do you ship?")
    until(thread, lambda: "@joe" in text_of(thread, "list"), "another customer in the list")
    until(thread, lambda: thread.title.startswith("(2) "), "the title counts two")
    assert page.text(thread, '.queue-tab[data-tab="waiting"] .queue-count') == "2"
    until(thread, lambda: page.text(thread, ".menu-badge") == "2", "the badge counts two")
    done(joe)
    until(thread, lambda: "@joe" not in text_of(thread, "list"), "gone from the list")
    until(thread, lambda: thread.title.startswith("(1) "), "the title counts one again")


# When the page will ask again, each time; the longest that chance makes of it.
WAITS = """
    window.waits = [];
    Math.random = () => 1;
    const later = window.setTimeout;
    window.setTimeout = (call, time, ...more) => {
      if (call.name === "look") window.waits.push(time);
      return later(call, time, ...more);
    };
"""


def test_in_front_it_asks_so_often_that_all_is_there_within_two_seconds(thread: Chrome) -> None:
    """By what it plans, and not by a clock, which tells how slow this machine is."""
    until(thread, lambda: thread.title.startswith("(1) "), "it has asked, and drawn what it heard")
    thread.execute_script(WAITS)
    page.until_true(thread, "window.waits.length >= 3")
    *_, before, last = thread.execute_script("return window.waits")
    assert 0 < before == last <= 1500
    assert last / 1000 + snapshot.MAX_AGE <= 2  # and so late may be what the server says
    thread.execute_script(f"{HIDE} window.waits = []")
    page.until_true(thread, "window.waits.some((time) => time > 5000)")


def badges(browser: Chrome) -> dict[str, str]:
    """Return the numbers in the sidebar by the names of the links that have one."""
    found: dict[str, str] = browser.execute_script(
        "return Object.fromEntries([...document.querySelectorAll('.menu-badge')].map((one) =>"
        " [one.parentElement.title, one.textContent]))"
    )
    return found


def mention(talk: Conversation, writer: User) -> None:
    notes.write(talk.pk, writer, "@anna, could you look?", "", timezone.now())


def test_each_number_in_the_sidebar_comes_and_goes(thread: Chrome) -> None:
    until(thread, lambda: badges(thread) == {"Inbox": "1"}, "one waits")
    joe = make_conversation("joe")
    failed = say(joe, state=State.FAILED)
    late = ask(joe, verdict=Verdict.TOO_OLD)
    mention(joe, User.objects.create_superuser("ben"))
    shown = {"Inbox": "1", "Mentions": "1", "Outbox": "1", "Late messages": "1"}
    until(thread, lambda: badges(thread) == shown, "one of each")
    Message.objects.filter(pk__in=[failed.pk, late.pk]).delete()
    notes.see(joe, User.objects.get(username="anna").pk, timezone.now())
    until(thread, lambda: badges(thread) == {"Inbox": "1"}, "they are gone")


def test_what_mentions_one_is_seen_once_somebody_is_there(
    thread: Chrome, maria: Conversation
) -> None:
    mention(maria, User.objects.create_superuser("ben"))
    until(thread, lambda: "could you look?" in text_of(thread, "thread"), "it is shown")
    until(thread, lambda: badges(thread).get("Mentions") == "1", "it is told of")
    thread.execute_script("document.querySelector('.queue-open').focus()")  # as a script may
    thread.execute_async_script("setTimeout(arguments[0], 300)")
    assert Mention.objects.get().seen_at is None
    page.press(thread, Keys.SHIFT)
    until(thread, lambda: Mention.objects.exclude(seen_at=None).exists(), "somebody is there")
    until(thread, lambda: "Mentions" not in badges(thread), "it is told of no more")


def test_what_mentions_one_is_seen_when_the_tab_comes_to_the_front(
    thread: Chrome, maria: Conversation
) -> None:
    thread.execute_script(HIDE)
    mention(maria, User.objects.create_superuser("ben"))
    thread.execute_script("dispatchEvent(new Event('online'))")  # it looks now
    until(thread, lambda: "could you look?" in text_of(thread, "thread"), "it is there")
    assert Mention.objects.get().seen_at is None
    thread.execute_script(WAKE)
    until(thread, lambda: Mention.objects.exclude(seen_at=None).exists(), "it is seen")


def test_a_search_is_done_anew_when_one_says_so_and_each_minute(
    maria: Conversation, logged_in: Chrome, live_server: LiveServer, until_shown: Wait
) -> None:
    logged_in.get(f"{live_server.url}{LIST}?q=parcel")
    until_shown("This list looks for new conversations once a minute.")
    writes(make_conversation("joe", last_inbound_at=timezone.now()), "And my parcel?")
    until(logged_in, lambda: logged_in.title.startswith("(2) "), "it has asked")
    assert "@joe" not in text_of(logged_in, "list")
    page.click(logged_in, "[data-refresh]")
    until(logged_in, lambda: "@joe" in text_of(logged_in, "list"), "it looked")
    writes(make_conversation("ann", last_inbound_at=timezone.now()), "What parcel?")
    until(logged_in, lambda: logged_in.title.startswith("(3) "), "it has asked")
    assert "@ann" not in text_of(logged_in, "list")
    logged_in.execute_script(AN_HOUR_LATER)
    until(logged_in, lambda: "@ann" in text_of(logged_in, "list"), "a minute is over")


def fetched(browser: Chrome) -> list[str]:
    """Return what the page has fetched since it was loaded, beside its questions."""
    names: list[str] = browser.execute_script(
        "return performance.getEntriesByType('resource')"
        ".filter(({ initiatorType }) => initiatorType === 'fetch').map(({ name }) => name)"
    )
    return [name.partition("/conversation/")[2] for name in names if "/live/?" not in name]


def test_of_a_list_only_the_rows_that_changed_are_fetched(
    maria: Conversation, logged_in: Chrome, live_server: LiveServer, until_shown: Wait
) -> None:
    joe = make_conversation("joe", last_inbound_at=timezone.now())
    writes(joe, "Do you ship?")
    logged_in.get(f"{live_server.url}{LIST}?tab=waiting")
    until_shown("Do you ship?")
    until(logged_in, lambda: logged_in.title.startswith("(2) "), "it has asked")
    logged_in.execute_script(
        "for (const row of document.querySelectorAll('.queue-row')) row.marked = true;"
        "document.querySelector('.queue-tick').checked = true"
    )
    writes(joe, "To Norway?")
    until(logged_in, lambda: "To Norway?" in text_of(logged_in, "list"), "joe's row")
    writes(make_conversation("ann", last_inbound_at=timezone.now()), "Hi!")
    until(logged_in, lambda: "@ann" in text_of(logged_in, "list"), "a new row")
    ann = Conversation.objects.get(username="ann")
    done(joe)
    until(logged_in, lambda: "@joe" not in text_of(logged_in, "list"), "a row goes")
    assert [one for one in fetched(logged_in) if not one.startswith("live/rows/")] == []
    assert {one.partition("ids=")[2] for one in fetched(logged_in)} == {str(joe.pk), str(ann.pk)}
    kept = "return [...document.querySelectorAll('.queue-row')].map((row) => row.marked ?? null)"
    assert logged_in.execute_script(kept) == [True, None]
    assert logged_in.execute_script("return document.querySelector('.queue-tick').checked")


def test_a_list_that_was_empty_fills_and_empties(
    logged_in: Chrome, live_server: LiveServer, until_shown: Wait, transactional_db: None
) -> None:
    logged_in.get(f"{live_server.url}{LIST}?tab=waiting")
    until_shown("No conversations yet.")
    joe = make_conversation("joe", last_inbound_at=timezone.now())
    writes(joe, "Do you ship?")
    until_shown("Do you ship?")
    waiting.done(joe.pk, Message.objects.latest("pk").pk, timezone.now())
    until_shown("No one is waiting.")


def test_what_one_did_oneself_is_not_undone_by_an_older_answer(
    maria: Conversation, logged_in: Chrome, live_server: LiveServer, until_shown: Wait
) -> None:
    """An answer may be half a second old; what it says then is not shown."""
    logged_in.get(f"{live_server.url}{LIST}{maria.pk}/change/?_changelist_filters=tab%3Dwaiting")
    until(logged_in, lambda: logged_in.title.startswith("(1) "), "it has asked")
    logged_in.execute_script(
        "window.seen = [];"
        "const list = document.querySelector('[data-part=list]');"
        "new MutationObserver(() => window.seen.push(list.textContent.includes('@maria')))"
        ".observe(list, { childList: true, subtree: true });"
    )
    logged_in.find_element(By.CSS_SELECTOR, "[data-done]").click()
    until(logged_in, lambda: "@maria" not in text_of(logged_in, "list"), "she is gone")
    until(logged_in, lambda: not logged_in.title.startswith("("), "nobody waits")
    seen = logged_in.execute_script("return window.seen")
    assert seen
    assert not any(seen)


def test_what_becomes_of_a_reply_is_seen(thread: Chrome, maria: Conversation) -> None:
    (pk,) = outbox.reply(maria.pk, "It left yesterday.", "anna", "token")
    until(thread, lambda: "Sending…" in text_of(thread, "thread"), "it is on its way")
    message = Message.objects.get(pk=pk)
    states.mark_sending(message, timezone.now())
    states.sent(message, "aWdfSent", timezone.now())
    until(thread, lambda: "Sending…" not in text_of(thread, "thread"), "it was sent")
    until(thread, lambda: "maria" not in text_of(thread, "list"), "she waits no more")


def test_what_colleagues_do_is_seen(thread: Chrome, maria: Conversation) -> None:
    bot_pause.pause(maria.pk, "joe")
    until(thread, lambda: "paused until" in thread.page_source, "the pause is seen")
    bot_pause.resume(maria.pk)
    until(thread, lambda: "paused until" not in thread.page_source, "and that it ended")


def test_what_one_types_stays(thread: Chrome, maria: Conversation) -> None:
    box = thread.find_element(By.CSS_SELECTOR, ".composer textarea")
    box.send_keys("Dear Maria")
    writes(maria, "One more thing")
    until(thread, lambda: "One more thing" in text_of(thread, "thread"), "in the thread")
    assert box.get_attribute("value") == "Dear Maria"
    assert thread.execute_script("return document.activeElement.matches('.composer textarea')")


def test_what_one_has_selected_ticked_and_opened_stays(thread: Chrome, maria: Conversation) -> None:
    thread.execute_script(
        "const words = [...document.querySelectorAll('[data-part=thread] article *')]"
        "  .findLast((one) => one.textContent.includes('Where is my parcel?'));"
        "getSelection().selectAllChildren(words);"
        "document.querySelector('.queue-tick').checked = true;"
        "document.querySelector('.queue-menu').open = true;"
    )
    selected = thread.execute_script("return String(getSelection())")
    writes(maria, "One more thing")
    until(thread, lambda: "One more thing" in text_of(thread, "thread"), "in the thread")
    until(thread, lambda: "One more thing" in text_of(thread, "list"), "in the list")
    assert "Where is my parcel?" in selected
    assert thread.execute_script("return String(getSelection())") == selected
    assert thread.execute_script("return document.querySelector('.queue-tick').checked")
    assert thread.execute_script("return document.querySelector('.queue-menu').open")


def test_who_reads_further_up_is_told_of_new_messages(
    maria: Conversation, logged_in: Chrome, live_server: LiveServer, until_shown: Wait
) -> None:
    for number in range(30):
        read = ask(maria, f"{number} {FILLER}", at=timezone.now() - HOUR)
    logged_in.get(f"{live_server.url}{LIST}{maria.pk}/change/")
    until_shown("Where is my parcel?")
    scroller = "document.querySelector('[data-part=thread] :is([data-scroll], .talk-scroll)')"
    logged_in.execute_script(f"{scroller}.scrollTop = -900")
    top = f"return document.getElementById('message-{read.pk}').getBoundingClientRect().top"
    place = logged_in.execute_script(top)
    writes(maria, "Anybody?")
    until_shown("1 new message ↓")
    after = logged_in.execute_script(top)
    assert abs(after - place) < 4, "what is read stays where it is"
    writes(maria, "Please!")
    until_shown("2 new messages ↓")
    page.click(logged_in, "[data-newer]")
    page.until_true(logged_in, f"Math.abs({scroller}.scrollTop) < 4")
    page.until_true(logged_in, "!document.querySelector('[data-newer]')")


def test_a_cut_line_is_said_and_what_came_meanwhile_is_there_afterwards(
    thread: Chrome, maria: Conversation, until_shown: Wait
) -> None:
    connected(thread, yes=False)
    until_shown("Not connected since")
    writes(maria, "Are you there?")
    connected(thread, yes=True)
    thread.execute_script("dispatchEvent(new Event('online'))")
    until(thread, lambda: "Are you there?" in text_of(thread, "thread"), "it is there")
    bar = thread.find_element(By.CSS_SELECTOR, "[data-live-bar]")
    until(thread, lambda: not bar.is_displayed(), "the bar goes away")


# What is shown and played is noted; the window seems to lie behind another.
ALERTS = """
    window.shown = [];
    window.played = 0;
    window.Notification = class extends EventTarget {
      static permission = "granted";
      static requestPermission = async () => "granted";
      constructor(...said) { super(); window.shown.push(JSON.stringify(said)); }
      close() {}
    };
    window.AudioContext = class {
      state = "running";
      currentTime = 0;
      destination = {};
      resume() {}
      createGain() {
        const gain = { setValueAtTime() {}, exponentialRampToValueAtTime() {} };
        return { gain, connect: (to) => to };
      }
      createOscillator() {
        const start = () => (window.played += 1);
        return { frequency: {}, connect: (to) => to, start, stop() {} };
      }
    };
    document.hasFocus = () => false;
"""


@pytest.fixture
def alerted(thread: Chrome) -> Iterator[Chrome]:
    """She wants to be told by a sound and by a notification."""
    thread.execute_script(ALERTS)
    page.click(thread, "[data-alerts] summary")
    for one in ("inbox-notifications", "inbox-sound"):
        page.click(thread, f"[value={one}]")
        page.until_true(thread, f"localStorage['{one}'] === 'on'")
    page.until_true(thread, "window.played === 2")  # how it sounds
    thread.execute_script("window.played = 0")
    yield thread
    thread.execute_script("localStorage.clear()")


def told(browser: Chrome) -> list[str]:
    """Return the notifications, of a page whose sound was played as often."""
    shown, played = browser.execute_script("return [window.shown, window.played]")
    assert played == 2 * len(shown), "two tones each"
    return list(shown)


def test_one_more_customer_who_waits_is_told_of_without_their_words(alerted: Chrome) -> None:
    writes(make_conversation("joe", last_inbound_at=timezone.now()), "Do you ship?")
    until(alerted, lambda: told(alerted), "it is told")
    (shown,) = told(alerted)
    assert "2 customers are waiting" in shown
    assert "joe" not in shown
    assert "ship" not in shown


def test_one_who_comes_as_another_is_done_is_told_of(alerted: Chrome, maria: Conversation) -> None:
    """As many wait as before, whenever one looks."""
    with transaction.atomic():
        done(maria)
        writes(make_conversation("joe", last_inbound_at=timezone.now()), "Do you ship?")
    until(alerted, lambda: told(alerted), "it is told")
    assert "A customer is waiting" in told(alerted)[0]


def test_one_who_goes_and_one_who_writes_on_are_not_told_of(
    alerted: Chrome, maria: Conversation
) -> None:
    joe = make_conversation("joe", last_inbound_at=timezone.now())
    writes(joe, "Do you ship?")
    until(alerted, lambda: told(alerted), "it is told")
    done(joe)
    until(alerted, lambda: alerted.title.startswith("(1) "), "the title counts one")
    writes(maria, "Anybody?")
    until(alerted, lambda: "Anybody?" in text_of(alerted, "thread"), "it is there")
    assert len(told(alerted)) == 1


def test_who_does_not_want_to_be_told_is_not(thread: Chrome) -> None:
    thread.execute_script(ALERTS)
    writes(make_conversation("joe", last_inbound_at=timezone.now()), "Do you ship?")
    until(thread, lambda: thread.title.startswith("(2) "), "the title counts two")
    assert told(thread) == []


def test_two_tabs_of_one_person_tell_it_once(
    alerted: Chrome, maria: Conversation, live_server: LiveServer, until_shown: Wait
) -> None:
    """The one behind looks seconds later, when the other has told it long ago."""
    front = alerted.current_window_handle
    alerted.switch_to.new_window("tab")
    behind = alerted.current_window_handle
    try:
        alerted.get(f"{live_server.url}{LIST}")
        until(alerted, lambda: alerted.title.startswith("(1) "), "the title counts one")
        alerted.execute_script(ALERTS + HIDE)
        alerted.switch_to.window(front)
        writes(make_conversation("joe", last_inbound_at=timezone.now()), "Do you ship?")
        until(alerted, lambda: alerted.title.startswith("(2) "), "the title counts two")
        alerted.execute_async_script("setTimeout(arguments[0], 3500)")
        by_front = told(alerted)
        alerted.switch_to.window(behind)
        alerted.execute_script("dispatchEvent(new Event('online'))")  # it looks now
        until(alerted, lambda: alerted.title.startswith("(2) "), "the title counts two")
        alerted.execute_async_script("setTimeout(arguments[0], 500)")
        by_behind = alerted.execute_script("return window.shown")
        assert len(by_front) + len(by_behind) == 1
    finally:
        alerted.switch_to.window(behind)
        alerted.close()
        alerted.switch_to.window(front)


def test_two_tabs_of_one_person_show_the_same(
    thread: Chrome, maria: Conversation, live_server: LiveServer, until_shown: Wait
) -> None:
    """A draft goes on in the other tab, and what is sent there is seen in the first one."""
    first = thread.current_window_handle
    page.press(thread, "Dear Maria, ")
    until(thread, Draft.objects.exists, "the draft is kept")
    thread.switch_to.new_window("tab")
    try:
        thread.get(f"{live_server.url}{LIST}{maria.pk}/change/")
        until(thread, lambda: page.has_focus(thread, "#reply-text"), "one can type at once")
        page.press(thread, "it left yesterday.")
        page.press_ctrl_enter(thread)
        until_shown("Reply queued.")
    finally:
        thread.close()
        thread.switch_to.window(first)
    until(thread, lambda: "it left yesterday." in text_of(thread, "thread"), "in the other tab")
    (sent,) = Message.objects.filter(origin="staff")
    assert sent.text == "Dear Maria, it left yesterday."
    assert not Draft.objects.exists()


HIDE = """
    Object.defineProperty(document, "hidden", { configurable: true, get: () => true });
    Object.defineProperty(document, "visibilityState", { configurable: true, get: () => "hidden" });
    document.dispatchEvent(new Event("visibilitychange"));
"""
WAKE = """
    delete document.hidden;
    delete document.visibilityState;
    document.dispatchEvent(new Event("visibilitychange"));
"""
# The clock has jumped, and each part of the page that is asked for is counted.
AN_HOUR_LATER = """
    const now = Date.now;
    Date.now = () => now() + 3_600_000;
    const fetch = window.fetch;
    window.asked = 0;
    window.fetch = (address, options) => {
      if (options?.headers?.["X-Parts"]) window.asked += 1;
      return fetch(address, options);
    };
"""


def test_after_an_hour_of_sleep_all_is_as_it_is_now(thread: Chrome, maria: Conversation) -> None:
    """The page was hidden, its timers stood still, and the clock has jumped."""
    bot_pause.pause(maria.pk, "joe", timezone.now() + HOUR / 2)
    until(thread, lambda: "Bot paused for" in text_of(thread, "head"), "the pause is seen")
    page.press(thread, "Dear Maria")
    thread.execute_script(HIDE)
    writes(maria, "Are you there?")
    bot_pause.resume(maria.pk)
    thread.execute_script(AN_HOUR_LATER + WAKE)
    until(thread, lambda: "Are you there?" in text_of(thread, "thread"), "in the thread")
    until(thread, lambda: "Bot paused for" not in text_of(thread, "head"), "the pause is over")
    assert not page.text(thread, "[data-live-bar]")
    assert page.value(thread, "#reply-text") == "Dear Maria"


# What is asked for gets no answer, as on a line that died while the computer slept; each wait for
# one is shorter than it would be.
UNANSWERED = """
    const [fetch, timeout] = [window.fetch, AbortSignal.timeout];
    window.unanswered = 0;
    window.answering = false;
    AbortSignal.timeout = (time) => timeout.call(AbortSignal, time / 5);
    window.fetch = (address, options) => {
      if (window.answering || !options?.headers?.["X-Parts"]) return fetch(address, options);
      window.unanswered += 1;
      return new Promise((_, reject) => {
        options.signal?.addEventListener("abort", () => reject(options.signal.reason));
      });
    };
"""


def test_an_answer_that_never_comes_holds_up_nothing(thread: Chrome, maria: Conversation) -> None:
    thread.execute_script(UNANSWERED)
    writes(maria, "Are you there?")
    page.until_true(thread, "window.unanswered > 0")
    thread.execute_script("window.answering = true")
    until(thread, lambda: "Are you there?" in text_of(thread, "thread"), "it is there")


def test_what_a_customer_unsends_while_one_answers_is_gone(
    thread: Chrome, maria: Conversation
) -> None:
    page.press(thread, "Dear Maria")
    message = Message.objects.get()
    Conversation.objects.raise_version(maria.pk)
    Message.objects.filter(pk=message.pk).update(unsent_at=timezone.now(), text="")
    waiting.recount(maria.pk)
    until(thread, lambda: "Unsent by the customer" in text_of(thread, "thread"), "it is gone")
    until(thread, lambda: "maria" not in text_of(thread, "list"), "she waits no more")
    assert "Where is my parcel?" not in text_of(thread, "thread")
    assert page.value(thread, "#reply-text") == "Dear Maria"


def test_a_clock_that_is_ahead_asks_once_for_what_it_takes_to_be_over(
    thread: Chrome, maria: Conversation
) -> None:
    bot_pause.pause(maria.pk, "joe", timezone.now() + HOUR / 2)
    until(thread, lambda: "Bot paused for" in text_of(thread, "head"), "the pause is seen")
    thread.execute_script(AN_HOUR_LATER)
    until(thread, lambda: "Bot paused for 0 min" in text_of(thread, "head"), "it seems to be over")
    page.until_true(thread, "window.asked > 0")
    thread.execute_async_script("setTimeout(arguments[0], 3000)")
    assert thread.execute_script("return window.asked") <= 3


def test_who_is_logged_out_is_told_so_and_keeps_what_was_typed(
    thread: Chrome, until_shown: Wait
) -> None:
    box = thread.find_element(By.CSS_SELECTOR, ".composer textarea")
    box.send_keys("Dear Maria")
    Session.objects.all().delete()
    until_shown("You have been logged out.")
    link = thread.find_element(By.CSS_SELECTOR, "[data-live-bar] a")
    assert "/admin/login/?next=%2Fadmin%2Fconversations" in str(link.get_attribute("href"))
    assert box.get_attribute("value") == "Dear Maria"
