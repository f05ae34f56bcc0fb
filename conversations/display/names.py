"""What kinds of messages are called when staff read them."""

import re
from collections.abc import Mapping
from typing import Any

from backoffice import people
from conversations.models import COMMENT, PRIVATE_REPLY, PUBLIC_REPLY, Message, Origin
from instagram.apps import META_INBOX, is_the_app
from instagram.events import ANNOUNCED, EDIT

# Whatever Meta adds later is shown by its raw name.
NAMES = {
    "image": "photo",
    "video": "video",
    "audio": "voice note",
    "file": "file",
    "share": "shared post",
    "ig_post": "shared post",
    "media": "shared media",
    "ig_reel": "shared reel",
    "reel": "shared reel",
    "ig_story": "shared story",
    "story": "shared story",
    "story_mention": "mentioned you in their story",
    "story_reply": "replied to your story",
    "sticker": "sticker",
    "like_heart": "heart",
    "template": "message with buttons",
    "ephemeral": "view-once photo or video (not shared by Instagram)",
    "unsupported": "message type that Instagram does not share",
    "unsupported_type": "message type that Instagram does not share",
    "quick_reply": "tapped a quick reply",
    "postback": "tapped a button",
    "empty message": "empty message",
    ANNOUNCED: "message that Instagram announced but did not pass on",
    "replied_to": "what the message replies to",
    COMMENT: "comment on your post",
    PRIVATE_REPLY: "private reply to the comment",
    PUBLIC_REPLY: "public reply to the comment",
}
# Kinds that say something about the conversation, not in it: a line, not a bubble.
EVENTS = {
    "optin": "signed up for notifications",
    "request_thread_control": "another app asked to take over this conversation",
    "edit without text": "edited a message whose text Instagram did not share",
}
ICONS = {
    Origin.CUSTOMER: "person",
    Origin.BOT: "smart_toy",
    Origin.STAFF: "support_agent",
    Origin.APP: "smartphone",
}
EXCERPT = 80  # characters of a message in a list


def name(kind: str) -> str:
    """Return what to call a kind; nothing for a plain text."""
    return "" if kind in ("text", EDIT, "unsent") else NAMES.get(kind, kind)


def title(kind: str) -> str:
    """Return what to call a kind where it stands alone."""
    called = name(kind)
    return called[:1].upper() + called[1:]


def is_bubble(message: Message) -> bool:
    """Tell whether it was said in the conversation; anything else is a line between."""
    said = message.text or message.attachments or message.unsent_at
    return bool(said) or message.kind in NAMES or message.kind == "text"


def excerpt(message: Message, length: int = EXCERPT) -> str:
    """Return the beginning of a message on one line, or what it is where it has no text."""
    if message.unsent_at:
        return "[unsent]"
    text = " ".join(message.text[: length * 4].split())
    text = text or f"[{EVENTS.get(message.kind) or name(message.kind) or message.kind}]"
    return text if len(text) <= length else f"{text[:length].rstrip()}…"


# What a comment stands under, by Meta's media_product_type.
_POSTS = {"REELS": "reel", "STORY": "story", "AD": "ad"}


def comment(about: Mapping[str, Any]) -> str:
    """Return what a comment is on."""
    media = about.get("media")
    media = media if isinstance(media, Mapping) else {}
    post = _POSTS.get(str(media.get("media_product_type")), "post")
    title = str(media.get("ad_title") or "")
    on = f"your {post} “{title}”" if title else f"your {post}"
    return f"Reply to a comment on {on}" if about.get("parent") else f"Comment on {on}"


def arrival(referral: Mapping[str, Any], ref: str) -> str:
    """Return how a customer came into the chat."""
    ad, product = referral.get("ads_context_data"), referral.get("product")
    if isinstance(product, Mapping):
        return f"Opened the chat from product {product.get('id') or ref}"
    if isinstance(ad, Mapping) or referral.get("ad_id"):
        title = ad.get("ad_title") if isinstance(ad, Mapping) else ""
        return f"Opened the chat from the ad “{title or ref}”"
    return f"Opened the chat through the link “{ref}”" if ref else "Opened the chat through a link"


# Where the sentences that are kept with messages (conversations.outbox, .models) have user names.
_KEPT_NAME = re.compile(
    r"(\bby |^Cancelled: |^Not confirmed; |^Not resent \()([\w.@+-]*\w)"
    r"(?=\.(?: |$)|\)| replied | chose )"
)


def sentence(kept: str) -> str:
    """Return a sentence that is kept with a message, with colleagues by their names."""
    return _KEPT_NAME.sub(lambda found: found[1] + people.called(found[2]), kept)


def initials(called: str) -> str:
    """Return one or two letters that stand for a name."""
    words = [letters for word in called.split() if (letters := _letters(word))]
    return "".join(word[0] for word in words[:2]).upper() or "?"


def _letters(word: str) -> str:
    return "".join(letter for letter in word if letter.isalnum())


def origin(message: Message) -> str:
    """Return who wrote it, as far as Meta tells: what came from our account may be a tool's."""
    app = _read_app(message)
    if app == META_INBOX:
        return "Meta's inbox"
    return f"Another tool (app {app})" if app else str(message.get_origin_display())


def icon(message: Message) -> str:
    is_tool = _read_app(message) not in ("", META_INBOX)
    return "extension" if is_tool else ICONS[Origin(message.origin)]


def _read_app(message: Message) -> str:
    """Return the app that sent it, if that is not the one in which people of the shop write."""
    app = str(message.about.get("app") or "") if message.origin == Origin.APP else ""
    return "" if is_the_app(app) else app
