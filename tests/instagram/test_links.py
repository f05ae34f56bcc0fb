"""Where Meta puts the link to what was sent."""

from typing import Any

import pytest

from instagram.links import find_link

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
    ({"payload": {"title": A}}, ""),
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
