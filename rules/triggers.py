"""What a rule can be for, and which kinds of messages that is."""

from collections.abc import Collection
from enum import StrEnum


class Trigger(StrEnum):
    """What a customer does that a rule can answer."""

    MESSAGE = "message"
    STORY_REPLY = "story_reply"
    STORY_MENTION = "story_mention"
    BUTTON = "button"
    COMMENT = "comment"
    PHOTO = "photo"
    VIDEO = "video"
    VOICE_NOTE = "voice_note"
    FILE = "file"
    SHARED_POST = "shared_post"
    STICKER = "sticker"


# Many of them, in the middle of a sentence.
TRIGGER_NAMES = {
    Trigger.MESSAGE: "messages",
    Trigger.STORY_REPLY: "story replies",
    Trigger.STORY_MENTION: "story mentions",
    Trigger.BUTTON: "taps",
    Trigger.COMMENT: "comments",
    Trigger.PHOTO: "photos",
    Trigger.VIDEO: "videos",
    Trigger.VOICE_NOTE: "voice notes",
    Trigger.FILE: "files",
    Trigger.SHARED_POST: "shared posts",
    Trigger.STICKER: "stickers",
}
# The kinds of messages by what triggers them. The first is what a trial takes; every kind that is
# not listed is a message.
KINDS = {
    Trigger.MESSAGE: ("text",),
    Trigger.STORY_REPLY: ("story_reply",),
    Trigger.STORY_MENTION: ("story_mention",),
    Trigger.BUTTON: ("quick_reply", "postback"),
    Trigger.COMMENT: ("comment",),
    Trigger.PHOTO: ("image", "ephemeral"),
    Trigger.VIDEO: ("video",),
    Trigger.VOICE_NOTE: ("audio",),
    Trigger.FILE: ("file",),
    Trigger.SHARED_POST: ("share", "ig_post", "media", "ig_reel", "reel", "ig_story", "story"),
    Trigger.STICKER: ("sticker", "like_heart"),
}
# Messages without a text: a rule that is for one of them needs no words for it, and a rule that
# matches anything answers them with the other messages.
WORDLESS = frozenset(
    (
        Trigger.PHOTO, Trigger.VIDEO, Trigger.VOICE_NOTE, Trigger.FILE, Trigger.SHARED_POST,
        Trigger.STICKER,
    )
)  # fmt: skip
_BY_KIND = {kind: trigger for trigger, kinds in KINDS.items() for kind in kinds}


def trigger_of(kind: str) -> Trigger:
    """Return what a message of this kind is to a rule."""
    return _BY_KIND.get(kind, Trigger.MESSAGE)


def includes(triggers: Collection[Trigger], trigger: Trigger) -> bool:
    """Tell whether a rule for these may answer this one: a photo is a message, too."""
    return trigger in triggers or (trigger in WORDLESS and Trigger.MESSAGE in triggers)


def kind_of(trigger: Trigger) -> str:
    """Return the kind that a message of this trigger has in a trial."""
    return KINDS[trigger][0]
