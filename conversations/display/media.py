"""Pictures, sound, videos and files beside a text, and what a page can do with each."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from conversations.display import names
from instagram.links import THIS_MACHINE, expires_at, is_link, source

STORY_LASTS = timedelta(hours=24)
STORIES = ("story_mention", "story_reply", "ig_story", "story")
# What is played or shown by its kind; of anything else the link tells.
_SHAPES = {
    "image": "photo",
    "sticker": "photo",
    "video": "video",
    "ig_reel": "video",
    "reel": "video",
    "audio": "audio",
    "file": "file",
}
_WORDS = (("video", "video"), ("audio", "audio"), ("voice", "audio"), ("reel", "video"))
_FILE_HOSTS = ("fbsbx.com", "fbcdn.net", "cdninstagram.com", "giphy.com")
_PAGES = "instagram.com"


@dataclass(frozen=True, slots=True)
class Media:
    """Something beside the text; url is empty where there is nothing to open.

    expired: Meta's link is known to be dead.
    """

    kind: str
    url: str = ""
    expired: bool = False

    @property
    def name(self) -> str:
        return names.name(self.kind)

    @property
    def title(self) -> str:
        return names.title(self.kind)

    @property
    def caption(self) -> str:
        """Return what is said above it: a photo needs no words, but what is not there does."""
        if self.expired:
            return f"{self.title} · expired"
        return "" if self.shape in ("page", "file") or self._speaks else self.title

    @property
    def is_story(self) -> bool:
        return self.kind in STORIES

    @property
    def may_be_film(self) -> bool:
        """Tell whether what is shown as a photo may turn out to be a video: Meta does not say."""
        return self.kind not in ("image", "sticker")

    @property
    def _speaks(self) -> bool:
        return bool(self.shape) and self.kind in ("image", "video", "audio", "sticker")

    @property
    def shape(self) -> str:
        """Return what it is shown as: photo, video, audio, file or page; empty: its name."""
        if self.expired or not self.url:
            return ""
        host = _host(self.url)
        if not source(self.url) or _is_of(host, (_PAGES,)):
            return "page"
        shape = _SHAPES.get(self.kind) or _by_words(self.kind)
        if not shape:
            shape = "photo" if _is_of(host, _FILE_HOSTS) or host in THIS_MACHINE else "page"
        return shape


def link(url: Any) -> str:
    """Return an address that a page may show; empty: it is none."""
    return url if is_link(url) else ""


def is_expired(kind: str, url: str, at: datetime, now: datetime) -> bool:
    """Tell whether what came at that time is surely gone: a story, or a link that says its end."""
    ends = expires_at(url)
    return bool(ends and ends <= now) or (kind in STORIES and at + STORY_LASTS <= now)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _is_of(host: str, domains: tuple[str, ...]) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)


def _by_words(kind: str) -> str:
    return next((shape for word, shape in _WORDS if word in kind.lower()), "")
