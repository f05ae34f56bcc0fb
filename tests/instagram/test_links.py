"""Where Meta puts the link to what was sent."""

from datetime import UTC, datetime
from typing import Any

import pytest

from instagram.links import expires_at, find_elements, find_link, find_links

pytestmark = pytest.mark.no_database

A, B = "https://lookaside.fbsbx.com/a", "https://www.instagram.com/b"

LINKS: list[tuple[Any, str]] = [
    ({"type": "image", "payload": {"url": A}}, A),
    ({"type": "image", "url": A}, A),
    ({"type": "ig_story", "payload": {"story_media_id": "1", "story_media_url": A}}, A),
    ({"type": "ig_reel", "payload": {"reel_video_id": "1", "title": "New", "url": A}}, A),
    ({"type": "ig_reel", "payload": {"reel_video_id": "1", "video_url": A}}, A),
    ({"type": "ig_post", "payload": {"ig_post_media_id": "1", "permalink": B}}, B),
    ({"type": "ig_post", "payload": {"preview_url": A, "link": B}}, B),
    ({"type": "share", "payload": {"media": {"media_url": A}, "permalink": B}}, A),
    ({"type": "image", "payload": {"image_data": {"url": A, "preview_url": B}}}, A),
    ({"type": "image", "payload": {"image_data": {"preview_url": B}}}, B),
    ({"type": "video", "payload": {"video_data": {"preview_url": B, "url": A}}}, A),
    ({"type": "sticker", "payload": {"sticker_id": "1", "url": A}}, A),
    ({"id": "1", "link": A}, A),
    ({"mention": {"id": "1", "link": A}}, A),
    ({"data": [{"link": A}, {"link": B}]}, A),
    ({"payload": {"thumbnail_url": A, "image_url": B}}, B),
    ({"type": "video", "payload": {"video": A}}, A),
    ({"type": "video", "payload": {"video": {"src": A}, "image": B}}, A),
    ({"type": "image", "payload": {"urls": [A, B]}}, A),
    ({"type": "image", "payload": {"mediaUrl": A}}, A),
    ({"type": "image", "payload": {"cdn": A, "permalink": B}}, A),
    ({"type": "image", "payload": {"media_cdn": A}}, A),
    ({"sticker": A}, A),
    ({"sticker": {"id": "1", "url": A}}, A),
    ({"image": A}, A),
    ({"image": [A, B]}, A),
    ({"video": A, "image": B}, A),
    ({"mid": "m1", "attachment": {"payload": {"url": A}}}, A),
    ({"payload": {"url": "HTTPS://lookaside.fbsbx.com/A"}}, "HTTPS://lookaside.fbsbx.com/A"),
    ({"payload": {"URL": A}}, A),
    ({"payload": {"title": A}}, ""),
    ({"payload": {"caption": A, "name": B}}, ""),
    ({"payload": {"urls": [A, 5, None, {"x": B}]}}, A),
    ({"payload": {"urls": ["javascript:alert(1)", A]}}, A),
    ({"payload": {"url": "data:text/html,<script>"}}, ""),
    ({"payload": {"url": " https://a.example"}}, ""),
    ({"payload": {"url": "javascript:alert(1)"}}, ""),
    ({"payload": {"url": None}}, ""),
    ({"payload": {"url": 5}}, ""),
    ({"payload": {"reel_video_id": "1"}}, ""),
    ({"payload": {"generic": {"elements": [{"image_url": A, "default_action": {"url": B}}]}}}, ""),
    ({}, ""),
    ([], ""),
    (None, ""),
    ("https://a.example", ""),
    ({"a": {"b": {"c": {"d": {"e": {"f": {"url": A}}}}}}}, ""),
]


@pytest.mark.parametrize(("said", "link"), LINKS)
def test_the_best_link_is_found_in_its_place(said: Any, link: str) -> None:
    assert find_link(said) == link


@pytest.mark.parametrize(
    ("said", "links"),
    [
        ({"payload": {"urls": [A, B]}}, [A, B]),
        ({"payload": {"urls": [A, A]}}, [A]),
        ({"data": [{"link": A}, {"link": B}]}, [A, B]),
        ({"payload": {"url": A, "preview_url": B}}, [A]),
        ({"payload": {"url": A}, "url": B}, [B]),
        ({}, []),
    ],
)
def test_links_that_are_equals_are_all_found(said: Any, links: list[str]) -> None:
    assert find_links(said) == links


ELEMENT = {"id": "1", "retailer_id": "SKU-1", "image_url": A, "title": "Coat", "subtitle": "59 EUR"}


@pytest.mark.parametrize(
    ("attachment", "elements"),
    [
        ({"type": "template", "payload": {"product": {"elements": [ELEMENT]}}}, [ELEMENT]),
        ({"type": "template", "payload": {"generic": {"elements": [ELEMENT]}}}, [ELEMENT]),
        ({"type": "template", "payload": {"elements": [ELEMENT, "x", None]}}, [ELEMENT]),
        ({"type": "template", "elements": [ELEMENT]}, [ELEMENT]),
        ({"type": "template", "payload": {"generic": {"elements": "x"}}}, []),
        ({"type": "template", "payload": [ELEMENT]}, []),
        ({"type": "image", "payload": {"url": A}}, []),
        ({}, []),
    ],
)
def test_cards_and_products_of_a_template_are_found(
    attachment: dict[str, Any], elements: list[Any]
) -> None:
    assert find_elements(attachment) == elements


DIES = datetime(2026, 11, 25, 10, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    ("link", "dies"),
    [
        (f"https://scontent.cdninstagram.com/v/1.jpg?oe={int(DIES.timestamp()):X}&x=1", DIES),
        (f"https://video.xx.fbcdn.net/v/1.mp4?oe={int(DIES.timestamp()):x}", DIES),
        ("https://scontent.cdninstagram.com/v/1.jpg?oe=zz", None),
        ("https://scontent.cdninstagram.com/v/1.jpg?oe=FFFFFFFFFFFFFFFFFFFF", None),
        ("https://scontent.cdninstagram.com/v/1.jpg", None),
        ("https://evil.example/1.jpg?oe=6A8D3C40", None),
        ("https://cdninstagram.com.evil.example/1.jpg?oe=6A8D3C40", None),
        ("https://[broken", None),
        (A, None),
        ("", None),
    ],
)
def test_a_link_that_says_when_it_dies_is_believed(link: str, dies: datetime | None) -> None:
    assert expires_at(link) == dies
