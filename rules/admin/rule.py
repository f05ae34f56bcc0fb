"""Where staff write the answers."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from rules.admin.card import RuleCardInline
from rules.admin.forms import RowForm, RuleForm, WithAreas
from rules.admin.history import HistoryAdmin
from rules.admin.statistics import COLUMNS, NumbersAdmin, UsedFilter
from rules.admin.transfer import FilesAdmin
from rules.admin.trial import TriedAdmin
from rules.matching import MatchMode
from rules.models import ResponseRule
from rules.triggers import TRIGGER_NAMES, Trigger

WORDS_SHOWN = 3
REPLY_SHOWN = 80  # characters
DEFAULT_TRIGGERS = [Trigger.MESSAGE, Trigger.STORY_REPLY, Trigger.BUTTON]
# Sections that are closed until there is something in them.
WHEN = ("never", "typos", "hours", "first_day", "last_day", "only_new", "once_in_hours", "referral")
MORE = ("quick_replies", "buttons", "media_kind", "media_url")
THEN = ("needs_person", "pause_hours", "label")
CLOSED = "collapse"


@admin.register(ResponseRule)
class ResponseRuleAdmin(WithAreas, HistoryAdmin, FilesAdmin, NumbersAdmin, TriedAdmin):
    """Each way to change a rule here goes through the model, which tells every process."""

    form = RuleForm
    inlines = (RuleCardInline,)
    list_display = (
        "called", "order", "active", "when", "reply_start", *COLUMNS
    )  # fmt: skip
    list_editable = ("order", "active")
    list_filter = ("active", UsedFilter, "match", "for_comments", "for_story_mentions")
    search_fields = ("name", "keywords", "reply", "quick_replies", "buttons")
    list_per_page = 100
    warn_unsaved_form = True
    fieldsets = (
        (None, {"fields": ("name", "active")}),
        ("When the customer writes", {"fields": ("match", "keywords", "order")}),
        (
            "Only when …",
            {
                "fields": (
                    ("never", "typos"),
                    "hours",
                    ("first_day", "last_day"),
                    ("only_new", "once_in_hours"),
                    "referral",
                ),
                "classes": WHEN,
            },
        ),
        (
            "The rule is for",
            {
                "fields": (
                    ("for_messages", "for_story_replies", "for_story_mentions"),
                    ("for_buttons", "for_comments"),
                ),
                "description": "Messages are texts, photos, voice notes and what is shared. Taps"
                " are quick replies, ice breakers, menus and buttons. A comment is answered by one"
                " private message to its writer, the text.",
            },
        ),
        ("Then the bot answers", {"fields": ("reply", "other_replies", "public_reply")}),
        ("Quick replies, buttons, an attachment", {"fields": MORE, "classes": MORE}),
        ("And afterwards", {"fields": (THEN,), "classes": THEN}),
    )

    class Media:
        css = {
            "all": [
                "backoffice/pages.css",
                "rules/before.css",
                "rules/trying.css",
                "rules/numbers.css",
            ]
        }
        js = ["backoffice/bytes.js", "rules/before.js", "rules/trying.js"]

    def get_changelist_form(self, request: HttpRequest, **options: Any) -> Any:
        return super().get_changelist_form(request, form=RowForm, **options)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Close the sections in which nothing is said."""
        return [
            (name, {**options, "classes": _classes(options.get("classes", ()), obj)})
            for name, options in super().get_fieldsets(request, obj)
        ]

    def get_inline_instances(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        inlines: list[Any] = super().get_inline_instances(request, obj)
        for inline in inlines:
            inline.classes = [] if obj and obj.has_cards() else [CLOSED]
        return inlines

    @admin.display(description="When the message")
    def when(self, rule: ResponseRule) -> SafeString:
        """Show its words, and below them what is not so for most rules."""
        said = self._words(rule) if rule.listens_to_words() else rule.get_match_display()
        return format_html(
            '<span class="rule-when">{}<span class="quiet">{}</span></span>', said, _scope(rule)
        )

    def _words(self, rule: ResponseRule) -> str:
        listed = rule.keyword_list()
        more = len(listed) - WORDS_SHOWN
        said = ", ".join(listed[:WORDS_SHOWN])
        said = f"{said} and {more} more" if more > 0 else said
        if rule.match == MatchMode.WORDS:
            return said
        return f"{rule.get_match_display()}: {said}"

    @admin.display(description="Answer")
    def reply_start(self, rule: ResponseRule) -> str:
        beside = rule.media_kind or "cards"
        said = " ".join(rule.reply.split()) or f"[{beside}]"
        return said if len(said) <= REPLY_SHOWN else f"{said[:REPLY_SHOWN].rstrip()}…"


def _scope(rule: ResponseRule) -> str:
    """Say what the rule is for where it is not messages and taps."""
    triggers = rule.triggers()
    is_usual = triggers == DEFAULT_TRIGGERS
    names = "" if is_usual else ", ".join(TRIGGER_NAMES[trigger] for trigger in triggers)
    source = f"from {rule.referral}" if rule.referral else ""
    return f"only {names} {source}".strip() if names or source else ""


def _classes(fields: Sequence[str], rule: ResponseRule | None) -> list[str]:
    """A section that names its fields is closed where none of them says anything."""
    said = not fields or (rule and any(getattr(rule, field) for field in fields))
    return [] if said else [CLOSED]
