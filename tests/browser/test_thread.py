"""Staff read a conversation: pictures, sound, long threads, and what is folded away."""

import json
import wave
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.utils import timezone
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from conversations.models import Account, Attempt, Conversation, Message, Origin, State, Verdict
from tests.browser import page
from tests.browser.conftest import Wait
from tests.browser.page import press
from tests.browser.page import until_true as until

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.once]

PHOTO = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"/>'
MINUTE = timedelta(minutes=1)


@pytest.fixture
def files(settings: Settings, tmp_path: Path, live_server: LiveServer) -> Iterator[str]:
    """Where Meta's files would be: three photos and a voice note, and nothing else."""
    for number in range(3):
        (tmp_path / f"{number}.svg").write_text(PHOTO)
    with wave.open(str(tmp_path / "voice.wav"), "wb") as voice:
        voice.setparams((1, 1, 8000, 0, "NONE", ""))
        voice.writeframes(b"\x80" * 8000 * 20)
    forget: Callable[[], None] = getattr(finders.get_finder, "cache_clear")  # noqa: B009 - untyped
    settings.STATICFILES_DIRS = [("meta", tmp_path)]
    forget()
    yield f"{live_server.url}/static/meta"
    forget()


@pytest.fixture
def talk(transactional_db: None) -> Conversation:
    return Conversation.objects.create(
        account=Account.objects.ours(), customer_id="17890001", username="maria",
        last_inbound_at=timezone.now(),
    )  # fmt: skip


def came(talk: Conversation, kind: str, *urls: str, **fields: Any) -> Message:
    attachments = [{"type": kind, "payload": {"url": url}} for url in urls]
    return Message.objects.create(
        conversation=talk, origin=Origin.CUSTOMER, kind=kind, attachments=attachments,
        verdict=Verdict.NO_ANSWER, reason="No rule matched.", **fields,
    )  # fmt: skip


@pytest.fixture
def long_talk(talk: Conversation) -> Conversation:
    # A day begins among what is loaded second above the first page.
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    began = midnight - 2 * 24 * 60 * MINUTE - 47 * MINUTE
    Message.objects.bulk_create(
        Message(
            conversation=talk, origin=Origin.CUSTOMER, text=f"message {number}",
            at=began + number * MINUTE, mid=f"m{number}", verdict=Verdict.ANSWERED,
        )
        for number in range(200)
    )  # fmt: skip
    return talk


def address(live_server: LiveServer, talk: Conversation, place: str = "") -> str:
    return f"{live_server.url}/admin/conversations/conversation/{talk.pk}/change/{place}"


def find(browser: Chrome, selector: str) -> WebElement:
    return browser.find_element(By.CSS_SELECTOR, selector)


def words_on(browser: Chrome) -> str:
    """The words of the page, those too to which one would have to scroll."""
    return str(browser.execute_script("return document.querySelector('#main').innerText"))


def until_said(browser: Chrome, words: str) -> None:
    until(browser, f"document.querySelector('#main').innerText.includes({json.dumps(words)})")


def top_of(browser: Chrome, message: Message) -> int:
    script = "return document.getElementById(arguments[0]).getBoundingClientRect().top"
    return int(browser.execute_script(script, f"message-{message.pk}"))


def test_photos_open_large_and_are_turned_over_by_keys(
    logged_in: Chrome, live_server: LiveServer, talk: Conversation, files: str, until_shown: Wait
) -> None:
    Conversation.objects.update(waiting_since=timezone.now())
    came(talk, "image", f"{files}/0.svg", f"{files}/1.svg")
    came(talk, "image", f"{files}/2.svg")
    logged_in.get(address(live_server, talk))
    until_shown("@maria")
    photo = "document.querySelectorAll('a[data-photo]')"
    assert logged_in.execute_script(f"return {photo}[0].querySelector('img').alt") == "Photo"
    logged_in.execute_script(f"{photo}[0].focus()")
    press(logged_in, Keys.ENTER)
    until(logged_in, "document.querySelector('dialog.lightbox')?.open")
    for keys, number in (
        ((), 0),
        ((Keys.ARROW_RIGHT,), 1),
        ((Keys.ARROW_RIGHT, Keys.ARROW_RIGHT), 2),  # the last one stays
        ((Keys.ARROW_LEFT,), 1),
    ):
        press(logged_in, *keys, "e")  # no key of the page
        until(logged_in, f"document.querySelector('.lightbox img').src.endsWith('/{number}.svg')")
    press(logged_in, Keys.ESCAPE)
    until(logged_in, "!document.querySelector('dialog.lightbox').open")
    until(logged_in, f"document.activeElement === {photo}[1]")
    assert len(logged_in.window_handles) == 1
    assert Conversation.objects.get().waiting_since


def test_a_link_that_has_died_is_said_to_be_expired(
    logged_in: Chrome, live_server: LiveServer, talk: Conversation, files: str, until_shown: Wait
) -> None:
    for kind in ("image", "audio", "video", "ig_post", "story_mention"):
        came(talk, kind, f"{files}/gone")
    came(talk, "image", f"{files}/0.svg")
    came(talk, "story_mention", f"{files}/0.svg", at=timezone.now() - timedelta(hours=25))
    logged_in.get(address(live_server, talk))
    until_shown("@maria")
    names = ("Mentioned you in their story", "Photo", "Voice note", "Video", "Shared post")
    media = "document.querySelectorAll('.msg-medium')"
    for number, name in enumerate(names):
        logged_in.execute_script(f"{media}[{number}].scrollIntoView()")  # photos load when seen
        until_said(logged_in, f"{name} · expired")
    logged_in.execute_script(f"[...{media}].at(-1).scrollIntoView()")
    until(logged_in, "document.querySelector('.msg-medium img').naturalWidth")
    until(logged_in, "document.querySelectorAll('.msg-medium img').length === 1")
    assert words_on(logged_in).count("expired") == 6, "the last photo is there"


def test_a_voice_note_can_be_played_and_plays_on_while_the_thread_is_drawn_anew(
    logged_in: Chrome, live_server: LiveServer, talk: Conversation, files: str, until_shown: Wait
) -> None:
    came(talk, "audio", f"{files}/voice.wav")
    logged_in.get(address(live_server, talk))
    until(logged_in, "document.querySelector('audio[controls]')?.readyState > 0")
    logged_in.execute_script("document.querySelector('audio').focus()")
    press(logged_in, Keys.SPACE)
    until(logged_in, "document.querySelector('audio').currentTime > 0.1")
    came(talk, "text", text="Did you hear it?")
    logged_in.execute_script("document.dispatchEvent(new CustomEvent('instabot:refresh'))")
    until_said(logged_in, "Did you hear it?")
    assert not logged_in.execute_script("return document.querySelector('audio').paused")
    assert logged_in.execute_script("return document.querySelector('audio').currentTime > 0.1")


@pytest.mark.parametrize("place", ["#message-{pk}", "?at={pk}", "?at={pk}#message-{pk}"])
def test_a_long_thread_opens_at_the_message_that_is_looked_for(
    logged_in: Chrome,
    live_server: LiveServer,
    long_talk: Conversation,
    place: str,
    until_shown: Wait,
) -> None:
    found = Message.objects.get(mid="m50")
    logged_in.get(address(live_server, long_talk, place.format(pk=found.pk)))
    until_shown("message 50")
    until(logged_in, "document.querySelector('.msg-marked')")
    scroll = find(logged_in, ".msg-scroll").rect
    assert scroll["y"] <= top_of(logged_in, found) <= scroll["y"] + scroll["height"]


def test_earlier_and_later_messages_come_without_losing_the_place(
    logged_in: Chrome, live_server: LiveServer, long_talk: Conversation, until_shown: Wait
) -> None:
    found = Message.objects.get(mid="m100")
    logged_in.get(address(live_server, long_talk, f"?at={found.pk}"))
    until_shown("message 100")
    for link, mid in (("earlier", "m70"), ("later", "m130"), ("earlier", "m45")):
        before = top_of(logged_in, found)
        there = Message.objects.get(mid=mid)
        logged_in.execute_script(f"document.querySelector('[data-more={link}]').click()")
        until(logged_in, f"document.getElementById('message-{there.pk}')")
        assert abs(top_of(logged_in, found) - before) <= 1
    before = top_of(logged_in, found)
    came(long_talk, "text", text="news", at=found.at + MINUTE / 2)
    logged_in.execute_script("document.dispatchEvent(new CustomEvent('instabot:refresh'))")
    until_said(logged_in, "news")
    assert abs(top_of(logged_in, found) - before) <= 1
    ids = logged_in.execute_script(
        "return [...document.querySelectorAll('[data-message]')].map((one) => one.dataset.message)"
    )
    expected = Message.objects.order_by("at").values_list("pk", flat=True)[: len(ids)]
    start = list(Message.objects.order_by("at").values_list("pk", flat=True)).index(int(ids[0]))
    expected = Message.objects.order_by("at").values_list("pk", flat=True)[start : start + len(ids)]
    assert ids == [str(pk) for pk in expected], "each once, in order"
    days = logged_in.execute_script(
        "return [...document.querySelectorAll('.msg-day')].filter((one) => one.checkVisibility())"
        ".map((one) => one.textContent.trim())"
    )
    assert len(days) == len(set(days)) > 0
    page.click(logged_in, ".msg-newest")
    until(logged_in, "!document.querySelector('[data-more=later]')")


def test_who_scrolls_up_has_earlier_messages_brought_and_keeps_the_place(
    logged_in: Chrome, live_server: LiveServer, long_talk: Conversation, until_shown: Wait
) -> None:
    logged_in.get(address(live_server, long_talk))
    until_shown("message 199")
    box = logged_in.find_element(By.CSS_SELECTOR, ".composer textarea")
    box.send_keys("Dear")
    read = long_talk.messages.get(mid="m176")
    before = logged_in.execute_script(
        "document.querySelector('.msg-scroll').scrollTop = -1e6;"
        f"return document.getElementById('message-{read.pk}').getBoundingClientRect().top"
    )
    first = long_talk.messages.get(mid="m152")
    until(logged_in, f"document.getElementById('message-{first.pk}')")
    assert abs(top_of(logged_in, read) - before) <= 1
    assert logged_in.execute_script("return document.activeElement.value") == "Dear"


def test_reasons_and_engineers_details_are_folded(
    logged_in: Chrome, live_server: LiveServer, talk: Conversation, until_shown: Wait
) -> None:
    now = timezone.now()
    came(
        talk,
        "text",
        text="delivrey?",
        mid="mid-of-it",
        why={"typo": ["delivrey", "delivery"], "rules": 9},
    )
    reply = Message.objects.create(
        conversation=talk, origin=Origin.STAFF, staff="anna", text="Here.", state=State.FAILED,
        error="This customer is gone.",
    )  # fmt: skip
    for number in range(40):
        Attempt.objects.create(message=reply, started_at=now + number * MINUTE, outcome="NotSent")
    logged_in.get(address(live_server, talk))
    until_shown("This customer is gone.")
    for folded in ("was read as", "mid-of-it", "NotSent", "calls to Instagram"):
        assert folded not in words_on(logged_in)
    page.click(logged_in, "summary", "Why")
    until_said(logged_in, "“delivrey” was read as “delivery”.")
    logged_in.execute_script(
        "for (const one of document.querySelectorAll('.msg-details summary')) one.click()"
    )
    for words in ("mid-of-it", "40 calls to Instagram", "… 36 more …"):
        until_said(logged_in, words)
    assert words_on(logged_in).count("NotSent") == 4
