"""What came beside a text, and what a page can do with it."""

from datetime import UTC, datetime, timedelta

import pytest

from conversations.display.media import Media, is_expired, link

pytestmark = pytest.mark.no_database

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
FILE = "https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=1"
POST = "https://www.instagram.com/p/abc/"


@pytest.mark.parametrize(
    ("kind", "url", "shape"),
    [
        ("image", FILE, "photo"),
        ("image", "https://media4.giphy.com/a.gif", "photo"),
        ("image", "https://shop.example/a.jpg", "photo"),
        ("sticker", FILE, "photo"),
        ("video", FILE, "video"),
        ("audio", FILE, "audio"),
        ("file", FILE, "file"),
        ("ig_reel", FILE, "video"),
        ("ig_reel", "https://www.instagram.com/reel/abc/", "page"),
        ("ig_post", FILE, "photo"),
        ("ig_post", POST, "page"),
        ("share", FILE, "photo"),
        ("share", POST, "page"),
        ("share", "https://blog.example/", "page"),
        ("share", "https://instagram.com.evil.example/", "page"),
        ("share", "https://evilfbsbx.com/", "page"),
        ("story_mention", FILE, "photo"),
        ("story_reply", FILE, "photo"),
        ("video_url", FILE, "video"),
        ("hologram", FILE, "photo"),
        ("hologram", "https://a.example", "page"),
        ("image", "http://127.0.0.1:8000/static/sandbox/photo.svg", "photo"),
        ("image", "http://a.example/a.jpg", "page"),  # a page with TLS shows no picture without
        ("image", "HTTPS://lookaside.fbsbx.com/a", "photo"),
        ("image", "https://[broken", "photo"),
        ("image", "", ""),
        ("ephemeral", "", ""),
    ],
)
def test_each_is_shown_as_what_it_is(kind: str, url: str, shape: str) -> None:
    assert Media(kind, url).shape == shape


@pytest.mark.parametrize(
    ("media", "caption"),
    [
        (Media("image", FILE), ""),
        (Media("audio", FILE), ""),
        (Media("image", ""), "Photo"),
        (Media("image", FILE, expired=True), "Photo · expired"),
        (Media("story_mention", FILE), "Mentioned you in their story"),
        (Media("story_reply", FILE, expired=True), "Replied to your story · expired"),
        (Media("ig_post", POST), ""),  # the link is called so
        (Media("ephemeral"), "View-once photo or video (not shared by Instagram)"),
    ],
)
def test_what_cannot_be_seen_is_said(media: Media, caption: str) -> None:
    assert media.caption == caption


DIES = f"https://scontent.cdninstagram.com/v/1.jpg?oe={int(NOW.timestamp()):X}"
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("kind", "url", "age", "gone"),
    [
        ("story_mention", FILE, 23 * HOUR, False),
        ("story_mention", FILE, 24 * HOUR, True),
        ("story_reply", FILE, 25 * HOUR, True),
        ("ig_story", FILE, 25 * HOUR, True),
        ("image", FILE, 24 * 365 * HOUR, False),  # of these nobody says when; the browser finds out
        ("image", DIES, HOUR, True),
        ("ig_post", POST, 24 * 365 * HOUR, False),
    ],
)
def test_what_is_surely_gone_is_not_asked_for(
    kind: str, url: str, age: timedelta, gone: bool
) -> None:
    assert is_expired(kind, url, NOW - age, NOW) == gone


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (FILE, FILE),
        ("HTTP://a.example", "HTTP://a.example"),
        ("javascript:alert(1)//https://", ""),
        ("//a.example", ""),
        (" https://a.example", ""),
        ("", ""),
        (None, ""),
        (5, ""),
        ({"url": FILE}, ""),
    ],
)
def test_only_addresses_of_the_web_are_links(url: object, shown: str) -> None:
    assert link(url) == shown
