"""Staff write: what is typed outlives reloads, other machines and a cut line, and is sent once."""

import io
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from PIL import Image
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from conversations.composer.pictures import MAX_PICTURE_BYTES
from conversations.models import (
    Account,
    Conversation,
    Draft,
    Mention,
    Message,
    Note,
    Origin,
    Picture,
    SavedReply,
    State,
    Verdict,
)
from tests.browser import page
from tests.browser.conftest import Wait
from tests.browser.page import press, until
from tests.browser.page import press_ctrl_enter as send
from tests.conversations.composer.forms import colleague

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.once]

OFFLINE = {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
ONLINE = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}


def make_talk(username: str, minutes: int) -> Conversation:
    since = timezone.now() - timedelta(minutes=minutes)
    talk = Conversation.objects.create(
        account=Account.objects.ours(), customer_id=f"id-of-{username}", username=username,
        name="Maria Rossi", last_inbound_at=since, waiting_since=since,
    )  # fmt: skip
    Message.objects.create(
        conversation=talk, origin=Origin.CUSTOMER, text="Where is my parcel?",
        verdict=Verdict.NO_ANSWER, at=since,
    )  # fmt: skip
    return talk


@pytest.fixture
def talk(transactional_db: None) -> Conversation:
    return make_talk("maria", 30)


@pytest.fixture
def thread(
    talk: Conversation, logged_in: Chrome, live_server: LiveServer, until_shown: Wait
) -> Iterator[Chrome]:
    """The conversation with @maria, opened; and how to come back to it."""
    logged_in.get(address(live_server, talk))
    until_shown("Where is my parcel?")
    begin(logged_in)
    yield logged_in
    logged_in.execute_cdp_cmd("Network.emulateNetworkConditions", ONLINE)
    logged_in.execute_script("localStorage.clear()")


def address(live_server: LiveServer, talk: Conversation) -> str:
    return f"{live_server.url}/admin/conversations/conversation/{talk.pk}/change/"


def field(browser: Chrome, name: str = "reply") -> WebElement:
    return browser.find_element(By.ID, f"{name}-text")


def written() -> list[str]:
    rows = Message.objects.filter(origin=Origin.STAFF).order_by("pk")
    return list(rows.values_list("text", flat=True))


def typed(browser: Chrome, name: str = "reply") -> str | None:
    return page.value(browser, f"#{name}-text")


def begin(browser: Chrome) -> None:
    """Wait until one can type, as one can once the page has been loaded."""
    until(browser, lambda: page.has_focus(browser, "#reply-text"), "the field has no focus")


def test_one_types_at_once_and_sends_by_ctrl_enter_and_goes_on(
    thread: Chrome, talk: Conversation, until_shown: Wait
) -> None:
    other = make_talk("zoe", 20)
    press(thread, "It comes", Keys.ENTER, "tomorrow.")
    send(thread)
    until_shown("Reply queued. Bot paused for this customer.")
    assert written() == ["It comes\ntomorrow."]
    assert typed(thread) == ""
    until_shown("It comes\ntomorrow.")  # in the thread, without a load
    assert not Draft.objects.exists()
    page.click(thread, ".composer a", "Next waiting")
    until_shown("Reply to @zoe")
    assert f"/{other.pk}/change/" in thread.current_url
    begin(thread)
    press(thread, "And yours")
    page.click(thread, "#composer-reply [value=done]")
    until_shown("Reply queued and marked as done.")
    page.click(thread, ".composer a", "Next waiting")
    until_shown("No one else is waiting.")


def test_a_draft_outlives_a_reload_a_link_and_a_button(
    thread: Chrome, talk: Conversation, live_server: LiveServer, until_shown: Wait
) -> None:
    other = make_talk("zoe", 20)
    press(thread, "Half a sen")
    thread.refresh()
    until_shown("Where is my parcel?")
    begin(thread)
    assert typed(thread) == "Half a sen"
    press(thread, "tence")
    thread.execute_script(
        "document.querySelector('[data-part=head] form[data-act]').requestSubmit()"
    )
    until(thread, lambda: page.count(thread, ".toast"), "it was not done")
    assert typed(thread) == "Half a sentence"
    thread.get(address(live_server, other))
    until_shown("Reply to @zoe")
    assert typed(thread) == ""
    thread.back()
    until_shown("Reply to @maria")
    until(thread, lambda: typed(thread) == "Half a sentence", "the draft did not come back")
    assert written() == []


def test_a_draft_is_there_in_another_browser(
    thread: Chrome, talk: Conversation, live_server: LiveServer, until_shown: Wait
) -> None:
    press(thread, "From home")
    until(thread, Draft.objects.filter(text="From home").exists, "it was not kept")
    thread.execute_script("localStorage.clear()")  # a browser that has never seen this text
    thread.get("about:blank")
    thread.get(address(live_server, talk))
    until_shown("Where is my parcel?")
    assert typed(thread) == "From home"


def test_the_browser_keeps_only_what_the_server_has_not_and_nothing_of_who_is_gone(
    thread: Chrome, talk: Conversation, live_server: LiveServer, until_shown: Wait
) -> None:
    def kept() -> list[str]:
        keys = thread.execute_script("return Object.keys(localStorage)")
        return sorted(key for key in keys if key.startswith("instabot-draft-"))

    other, gone = make_talk("zoe", 20), make_talk("tom", 10)
    user = User.objects.get(username="anna").pk
    here, others, left = (f"instabot-draft-{user}-{one.pk}-reply" for one in (talk, other, gone))
    press(thread, "On the ")
    until(thread, Draft.objects.filter(text="On the ").exists, "it was not kept")
    until(thread, lambda: kept() == [], "the browser keeps what the server has")
    thread.execute_cdp_cmd("Network.enable", {})
    thread.execute_cdp_cmd("Network.emulateNetworkConditions", OFFLINE)
    press(thread, "way")
    until(thread, lambda: kept() == [here], "it was not kept here")
    Conversation.objects.filter(pk__in=[talk.pk, gone.pk]).delete()
    thread.execute_cdp_cmd("Network.emulateNetworkConditions", ONLINE)
    until(thread, lambda: kept() == [], "it stayed in the browser")
    press(thread, " to you")
    assert kept() == []
    for key in (others, left):
        thread.execute_script('localStorage.setItem(arguments[0], \'{"text": "x"}\')', key)
    make_talk("ida", 5)
    thread.get(address(live_server, Conversation.objects.get(username="ida")))
    until_shown("Reply to @ida")
    until(thread, lambda: kept() == [others], "the text of who is gone stayed")


def test_a_reply_while_the_line_is_cut_is_kept_and_sent_once_it_is_back(
    thread: Chrome, until_shown: Wait
) -> None:
    thread.execute_cdp_cmd("Network.enable", {})
    thread.execute_cdp_cmd("Network.emulateNetworkConditions", OFFLINE)
    press(thread, "Into the void")
    send(thread)
    until_shown("Not sent: instabot could not be reached. Your text is kept.")
    assert typed(thread) == "Into the void"
    until(thread, lambda: page.text(thread, "[data-send]") == "Send", "it can be sent again")
    assert written() == []
    thread.execute_cdp_cmd("Network.emulateNetworkConditions", ONLINE)
    send(thread)
    until_shown("Reply queued.")
    assert written() == ["Into the void"]


def test_an_answer_that_was_lost_on_the_way_is_found_to_be_sent(
    thread: Chrome, talk: Conversation, until_shown: Wait
) -> None:
    """The server has the reply, and the browser went away before it heard of that."""
    thread.execute_script(
        "window.fetch = (address, options) => new Promise(() => {});"  # nobody answers any more
    )
    press(thread, "Sent, was it?")
    token = thread.find_element(By.CSS_SELECTOR, "#composer-reply [name=token]")
    Message.objects.create(
        conversation=talk, origin=Origin.STAFF, text="Sent, was it?", state=State.SENT,
        staff="anna", token=token.get_attribute("value"),
    )  # fmt: skip
    send(thread)
    thread.refresh()
    until_shown("This has already been sent.")
    assert typed(thread) == ""
    assert len(written()) == 1


def test_whoever_is_logged_out_while_typing_comes_back_to_the_text(
    thread: Chrome, talk: Conversation, until_shown: Wait
) -> None:
    press(thread, "A long ans")
    thread.delete_cookie("sessionid")
    press(thread, "wer")
    send(thread)
    until_shown("You are logged out. Your text is kept.")
    page.click(thread, ".composer-status a", "Log in and come back here")
    until(thread, lambda: page.count(thread, "[name=username]"), "there is no log-in")
    thread.find_element(By.NAME, "username").send_keys("anna")
    thread.find_element(By.NAME, "password").send_keys("a-long-password")
    thread.find_element(By.CSS_SELECTOR, "[type=submit]").click()
    until_shown("Where is my parcel?")
    assert f"/{talk.pk}/change/" in thread.current_url
    until(thread, lambda: typed(thread) == "A long answer", "the text did not come back")
    assert written() == []


def test_a_window_that_closes_while_one_types_says_so_and_keeps_the_text(
    thread: Chrome, talk: Conversation, until_shown: Wait
) -> None:
    press(thread, "I have looked, and")
    closed = timezone.now() - timedelta(hours=25)
    Conversation.objects.filter(pk=talk.pk).update(last_inbound_at=closed)
    until_shown("The 24-hour window is closed. It closed on ")
    button = "document.querySelector('[data-send]')"
    assert thread.execute_script(f"return {button}.disabled")
    press(thread, " it is lost")
    send(thread)
    assert typed(thread) == "I have looked, and it is lost"
    assert written() == []
    Conversation.objects.filter(pk=talk.pk).update(last_inbound_at=timezone.now())
    page.until_true(thread, f"!{button}.disabled")
    send(thread)
    until_shown("Reply queued.")
    assert written() == ["I have looked, and it is lost"]
    later = "document.querySelector('#reply-hint').textContent.includes('Open until')"
    page.until_true(thread, later)


def test_a_saved_reply_is_found_by_keys_with_its_variables_filled_in(
    thread: Chrome, until_shown: Wait
) -> None:
    SavedReply.objects.create(title="Delivery", text="Hello {first_name|there}, it takes 2 days.")
    SavedReply.objects.create(title="Returns", text="Send it back, {first_name|dear customer}.")
    press(thread, "/")
    until_shown("Hello Maria, it takes 2 days.")
    press(thread, Keys.ESCAPE)
    assert page.has_focus(thread, "#reply-text")
    press(thread, "back")
    until_shown("Send it back, Maria.")
    until(thread, lambda: page.count(thread, "[role=option]") == 1, "one is found")
    chosen = "document.querySelector('[role=option]')"
    assert thread.execute_script(f"return {chosen}.getAttribute('aria-selected')") == "true"
    active = field(thread).get_attribute("aria-activedescendant")
    assert thread.execute_script(f"return {chosen}.id") == active
    press(thread, Keys.BACKSPACE * 4)
    until_shown("it takes 2 days.")
    press(thread, Keys.ARROW_DOWN, Keys.ARROW_UP, Keys.ARROW_DOWN, Keys.ENTER)
    assert typed(thread) == "Send it back, Maria."
    assert written() == []
    send(thread)
    until_shown("Reply queued.")
    assert written() == ["Send it back, Maria."]


def test_a_sign_inside_a_word_is_only_a_sign(thread: Chrome) -> None:
    SavedReply.objects.create(title="Delivery", text="Two days.")
    press(thread, "and/or https://shop.example/x 24 / 7")
    until(thread, Draft.objects.exists, "it was not kept")
    assert not thread.find_elements(By.CSS_SELECTOR, "[role=option]")


def test_a_note_tells_a_colleague_and_nobody_else(
    thread: Chrome, talk: Conversation, until_shown: Wait
) -> None:
    colleague(first_name="Bob", last_name="Marley")
    thread.find_element(By.ID, "tab-note").click()
    until(thread, lambda: page.has_focus(thread, "#note-text"), "the note has no focus")
    press(thread, "Please look, @mar")
    until_shown("Bob Marley")
    press(thread, Keys.ENTER, "<b>today</b>")
    send(thread)
    until_shown("Note saved. Bob Marley will see it.")
    until_shown("Please look, @Bob Marley <b>today</b>")
    assert page.texts(thread, ".note b") == ["@Bob Marley"]
    assert Note.objects.get().conversation == talk
    assert Mention.objects.get().user == User.objects.get(username="bob")
    assert written() == []
    page.click(thread, ".note button", "Delete note")
    until_shown("Note deleted.")
    until(thread, lambda: not page.count(thread, ".note"), "the note is still there")
    assert not Note.objects.exists()


def test_bytes_are_counted_and_the_split_is_shown_before_sending(
    thread: Chrome, until_shown: Wait
) -> None:
    press(thread, "Привіт!")
    until_shown("13 of 1000 bytes")
    thread.execute_script(
        "const text = document.getElementById('reply-text'); text.value = 'One two. '.repeat(150);"
        "text.dispatchEvent(new Event('input', {bubbles: true}));"
    )
    until_shown("1349 of 1000 bytes, sent as several messages")
    until_shown("Sent as 2 messages")
    shown = thread.execute_script(
        "return [...document.querySelectorAll('.composer-parts li')].map((one) => one.textContent)"
    )
    send(thread)
    until_shown("Reply queued.")
    assert written() == shown


SECRET = "52.5200 N 13.4050 E"


def photograph(path: Path, size: int) -> str:
    """Write a photo of this size that says where it was taken, twice; return its place."""
    exif, written = Image.Exif(), io.BytesIO()
    exif[0x010E] = SECRET  # ImageDescription
    Image.effect_noise((4000, 2600), 90).save(written, "JPEG", quality=90, exif=exif)
    data = written.getvalue()
    assert size - MAX_PICTURE_BYTES / 4 < len(data) < size
    path.write_bytes(data.ljust(size, SECRET.encode()[:1]))
    return str(path)


def attach(browser: Chrome, path: str) -> None:
    browser.find_element(By.CSS_SELECTOR, ".composer-more summary").click()
    browser.find_element(By.NAME, "picture").send_keys(path)


def test_a_photo_of_eight_megabytes_is_uploaded_beside_the_text_and_freed_of_all_else(
    thread: Chrome, until_shown: Wait, tmp_path: Path
) -> None:
    press(thread, "This one?")
    attach(thread, photograph(tmp_path / "coat.jpg", MAX_PICTURE_BYTES))
    until_shown("coat.jpg (8,192 KB)")
    page.click(thread, "[data-send]")
    until_shown("Reply queued.")
    assert typed(thread) == ""
    assert not page.value(thread, "[name=picture]"), "it would go with the next one too"
    image, text = Message.objects.filter(origin=Origin.STAFF).order_by("pk")
    assert (image.kind, text.text) == ("image", "This one?")
    fetched = Client().get(urlsplit(str(image.content["url"])).path)  # as Meta does
    assert Image.open(io.BytesIO(fetched.content)).size == (4000, 2600)
    assert SECRET.encode() not in fetched.content


def test_a_larger_photo_is_refused_at_once_and_the_text_stays_and_goes_without_it(
    thread: Chrome, until_shown: Wait, tmp_path: Path
) -> None:
    press(thread, "This one?")
    attach(thread, photograph(tmp_path / "coat.jpg", MAX_PICTURE_BYTES + 1))
    until_shown("A picture can have at most 8 MB.")
    assert "coat.jpg" not in page.text(thread, ".composer")
    assert typed(thread) == "This one?"
    page.click(thread, "[data-send]")
    until_shown("Reply queued.")
    assert written() == ["This one?"]
    assert not Picture.objects.exists()


def test_what_only_the_server_knows_to_be_no_picture_is_refused_and_the_text_stays(
    thread: Chrome, until_shown: Wait, tmp_path: Path
) -> None:
    file = tmp_path / "coat.jpg"
    file.write_text("<script>alert(1)</script>")
    press(thread, "This one?")
    attach(thread, str(file))
    page.click(thread, "[data-send]")
    until_shown("This file is not a picture: choose a JPEG, PNG, GIF or WebP.")
    assert typed(thread) == "This one?"
    page.click(thread, "[data-detach]")
    page.click(thread, "[data-send]")
    until_shown("Reply queued.")
    assert written() == ["This one?"]


def test_nothing_is_said_to_the_console(thread: Chrome, until_shown: Wait) -> None:
    thread.get_log("browser")  # type: ignore[no-untyped-call] # what others left; Selenium's
    press(thread, "x", Keys.BACKSPACE)
    thread.find_element(By.CSS_SELECTOR, "#composer-reply [data-send]").click()
    until_shown("Write something first.")
    lines = thread.get_log("browser")  # type: ignore[no-untyped-call] # Selenium's
    errors = [line for line in lines if line["level"] == "SEVERE"]
    assert not [line for line in errors if not re.search("favicon", str(line["message"]))]


def test_the_page_works_without_scripts_too(thread: Chrome, talk: Conversation) -> None:
    client = Client()
    client.force_login(User.objects.get(username="anna"))
    shown = client.get(f"/admin/conversations/conversation/{talk.pk}/change/").content.decode()
    assert 'id="composer-note"' in shown
    assert not re.search(r"<[^>]+\s(style|on\w+)=", shown)
