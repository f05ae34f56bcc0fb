"""A few words on a coloured ground."""

from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString


@dataclass(frozen=True, slots=True)
class Chip:
    """A few words on a coloured ground. tone: good, info, warn, bad, calm, label."""

    text: str
    tone: str
    title: str = ""

    @property
    def html(self) -> SafeString:
        return format_html(
            '<span class="chip chip-{}" title="{}">{}</span>', self.tone, self.title, self.text
        )
