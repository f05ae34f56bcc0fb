"""What a rule can be for, and which kinds of messages that is."""

from enum import StrEnum


class Trigger(StrEnum):
    """What a customer does that a rule can answer."""

    MESSAGE = "message"
    STORY_REPLY = "story_reply"
    STORY_MENTION = "story_mention"
    BUTTON = "button"
    COMMENT = "comment"


# Many of them, in the middle of a sentence.
TRIGGER_NAMES = {
    Trigger.MESSAGE: "messages",
    Trigger.STORY_REPLY: "story replies",
    Trigger.STORY_MENTION: "story mentions",
    Trigger.BUTTON: "taps",
    Trigger.COMMENT: "comments",
}
# The kinds of messages by what triggers them. The first is what a trial takes; every kind that is
# not listed is a message.
KINDS = {
    Trigger.MESSAGE: ("text",),
    Trigger.STORY_REPLY: ("story_reply",),
    Trigger.STORY_MENTION: ("story_mention",),
    Trigger.BUTTON: ("quick_reply", "postback"),
    Trigger.COMMENT: ("comment",),
}
_BY_KIND = {kind: trigger for trigger, kinds in KINDS.items() for kind in kinds}


def trigger_of(kind: str) -> Trigger:
    """Return what a message of this kind is to a rule."""
    return _BY_KIND.get(kind, Trigger.MESSAGE)


def kind_of(trigger: Trigger) -> str:
    """Return the kind that a message of this trigger has in a trial."""
    return KINDS[trigger][0]
