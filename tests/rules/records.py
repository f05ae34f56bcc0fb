"""Rules for tests of history and files: one with every field set, and texts that files maim."""

from typing import Any

from rules.models import ResponseRule
from rules.record import Record, make_draft

CARDS = [
    {
        "title": "Coat, red",
        "subtitle": "=Wool",
        "image_url": "https://shop.example/coat.jpg",
        "url": "https://shop.example/coat",
        "buttons": "Buy = BUY_COAT\nOpen = https://shop.example",
    },
    {"title": "Scarf", "subtitle": "'Silk'", "image_url": "", "url": "", "buttons": ""},
]
FULL: Record = {
    "name": "Delivery, \"fast\"; 'free'",
    "active": False,
    "order": 40,
    "match": "all",
    "keywords": "+delivery\n=ship\n@home\n-x\n007",
    "never": "wholesale\nB2B",
    "typos": 1,
    "for_messages": True,
    "for_story_replies": False,
    "for_story_mentions": True,
    "for_buttons": False,
    "for_comments": False,
    "for_photos": True,
    "for_videos": False,
    "for_voice_notes": True,
    "for_files": False,
    "for_shared_posts": True,
    "for_stickers": False,
    "referral": "autumn",
    "accounts": "",
    "hours": "inside",
    "first_day": "2026-02-01",
    "last_day": "2026-02-28",
    "only_new": True,
    "once_in_hours": 6,
    "reply": '=HYPERLINK("https://evil.example")\n---\n  "Two", days; ✓\t\n',
    "other_replies": "Zwei Tage.\n===\n两天",
    "quick_replies": "Sizes = MENU_SIZES\nDelivery",
    "buttons": "",
    "media_kind": "image",
    "media_url": "https://shop.example/a.jpg",
    "public_reply": "",
    "needs_person": True,
    "pause_hours": 2,
    "label": "1-2",
    "opt_out": "",
    "cards": CARDS,
}


def full() -> ResponseRule:
    """Save a rule that has something in every field that can stand together."""
    one = make_draft(FULL)
    assert one.problems() == {}
    one.save()
    return one.rule


def simple(name: str = "Price", **fields: Any) -> ResponseRule:
    return ResponseRule.objects.create(
        **{"name": name, "keywords": "price", "reply": "Ten euros."} | fields
    )
