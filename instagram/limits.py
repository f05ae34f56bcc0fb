"""Meta's limits, and how to split a text to keep them."""

from datetime import timedelta

import regex

MAX_TEXT_BYTES = 1000  # of UTF-8, not characters (Send API)
MAX_BODY_BYTES = 10 * 1024 * 1024  # of an event: far more than 1000 updates in one POST
MAX_ITEMS = 5000  # of an event that are read: Meta sends at most 1000
MAX_QUICK_REPLIES = 13  # under one text (Quick Replies)
MAX_TITLE = 20  # characters of a quick reply or a button: Meta cuts longer ones
MAX_PAYLOAD = 1000  # characters that a tap sends back
MAX_BUTTONS = 3  # of a button template, or of one card
MAX_BUTTON_TEXT = 640  # characters above buttons (Button Template)
MAX_CARDS = 10  # of one message (Generic Template)
MAX_CARD_TEXT = 80  # characters of a card's title, and of its subtitle
MAX_ICE_BREAKERS = 4
MAX_QUESTION = 80  # characters of an ice breaker
MAX_MENU_ITEMS = 20  # of a persistent menu; a phone shows the first few
MAX_MENU_TITLE = 30  # characters of one of them
MAX_URL = 2000  # characters: our own limit, so that a link fits everywhere
MAX_ID = 255  # characters of ids and mids; Meta's have up to 200

SENDS_A_SECOND = 100  # of an account (Instagram Platform, "Overview")
SLOW_PERCENT, STOP_PERCENT = 80, 95  # of what the usage headers say is allowed

WINDOW = timedelta(hours=24)  # after the customer's last message, for answers
WINDOW_MARGIN = timedelta(minutes=30)  # we stop earlier: clocks differ, and calls take time
HUMAN_AGENT_WINDOW = timedelta(days=7)  # for a person's own reply, where Meta has approved it
PRIVATE_REPLY_WINDOW = timedelta(days=7)  # after a comment, for its one private reply

# Where a long text may be split, best first. A match ends where the next part begins.
_PARAGRAPH = regex.compile(r"\n\s*")
_SENTENCE = regex.compile(r"[.!?…。！？]+[\"'”’»)\]]*\s+|[。！？]+")  # noqa: RUF001 - full-width marks end Chinese and Japanese sentences
_WORD = regex.compile(r"\s+")
CHARACTER = regex.compile(r"\X")  # as people see it: a letter with its accents, an emoji


def split_text(text: str, limit: int = MAX_TEXT_BYTES) -> list[str]:
    """Split a text into parts of at most `limit` UTF-8 bytes; joined, they are the text again.

    It splits after a paragraph, otherwise after a sentence, a word, or a character as people see
    it. A single character that is longer than the limit is split between its code points.
    """
    parts = []
    while len(text.encode()) > limit:
        room = len(text.encode()[:limit].decode(errors="ignore"))
        cut = _find_best_cut(text, room)
        parts.append(text[:cut])
        text = text[cut:]
    return [*parts, text]


def _find_best_cut(text: str, room: int) -> int:
    """Return where to split so that the first part has at most `room` code points, at least one."""
    for boundary in (_PARAGRAPH, _SENTENCE, _WORD, CHARACTER):
        cut = 0
        for match in boundary.finditer(text):
            if match.end() > room:
                break
            cut = match.end()
        # Meta would refuse a first part of white space alone.
        if cut and text[:cut].strip():
            return cut
    return room
