"""The pages on which staff write the rules."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from backoffice.read_only import SharedAdmin
from conversations.account import identity
from rules.admin.card import RuleCardInline
from rules.admin.follow_up import FollowUpAdmin
from rules.admin.forms import RowForm, RuleForm, WithAreas
from rules.admin.history import HistoryAdmin
from rules.admin.statistics import COLUMNS, NumbersAdmin, UsedFilter
from rules.admin.transfer import FilesAdmin
from rules.admin.trial import TrialAdmin
from rules.matching import MatchMode
from rules.models import ResponseRule
from rules.triggers import TRIGGER_NAMES, Trigger

MAX_WORDS_SHOWN = 3  # of a rule in the list
MAX_REPLY_SHOWN = 80  # characters
DEFAULT_TRIGGERS = [Trigger.MESSAGE, Trigger.STORY_REPLY, Trigger.BUTTON]
# The fields of sections that are closed until there is something in them.
CONDITIONS = (
    "never",
    "typos",
    "hours",
    "first_day",
    "last_day",
    "only_new",
    "once_in_hours",
    "referral",
    "accounts",
)
EXTRAS = ("quick_replies", "buttons", "media_kind", "media_url")
AFTERWARDS = ("needs_person", "pause_hours", "label", "opt_out")
CLOSED = "collapse"


@admin.register(ResponseRule)
class ResponseRuleAdmin(
    SharedAdmin, WithAreas, FollowUpAdmin, HistoryAdmin, FilesAdmin, NumbersAdmin, TrialAdmin
):
    """Every change of a rule here goes through the model, which tells all processes."""

    form = RuleForm
    inlines = (RuleCardInline,)
    list_display = (
        "name_and_findings", "order", "active", "when", "reply_start", *COLUMNS
    )  # fmt: skip
    list_editable = ("order", "active")
    list_filter = ("active", UsedFilter, "match", "for_comments", "for_story_mentions")
    search_fields = tuple(
        f"{name}__finds" for name in ("name", "keywords", "reply", "quick_replies", "buttons")
    )
    list_per_page = 30
    warn_unsaved_form = True
    fieldsets = (
        (None, {"fields": ("name", "active")}),
        ("When the customer writes", {"fields": ("match", "keywords", "order")}),
        (
            "Only when …",
            {
                "fields": (
                    "never",
                    "typos",
                    "hours",
                    "first_day",
                    "last_day",
                    "only_new",
                    "once_in_hours",
                    "referral",
                    "accounts",
                ),
                "classes": CONDITIONS,
            },
        ),
        (
            "The rule is for",
            {
                "fields": (
                    (
                        "for_messages",
                        "for_story_replies",
                        "for_story_mentions",
                        "for_buttons",
                        "for_comments",
                        "for_photos",
                        "for_videos",
                        "for_voice_notes",
                        "for_files",
                        "for_shared_posts",
                        "for_stickers",
                    ),
                ),
                "description": "Taps are quick replies, ice breakers, menus and buttons. A comment"
                " gets one private message with the reply text. Photos and the like come without a"
                " text: the rule answers each of those that you choose, whatever its words. All"
                " others go to a rule for messages that matches anything.",
            },
        ),
        ("Then the bot answers", {"fields": ("reply", "other_replies", "public_reply")}),
        ("Quick replies, buttons, an attachment", {"fields": EXTRAS, "classes": EXTRAS}),
        ("And afterwards", {"fields": AFTERWARDS, "classes": AFTERWARDS}),
    )

    class Media:
        css = {
            "all": [
                "backoffice/pages.css",
                "rules/before.css",
                "rules/trial.css",
                "rules/numbers.css",
            ]
        }
        js = ["backoffice/bytes.js", "rules/before.js", "rules/trial.js"]

    def get_changelist_form(self, request: HttpRequest, **options: Any) -> Any:
        return super().get_changelist_form(request, form=RowForm, **options)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Close the sections that are empty; accounts are asked for where there are several.

        Whoever only reads the rule reads what its accounts are called.
        """
        asks = identity.accounts().are_several or (obj and obj.accounts)
        accounts = ["accounts"] if asks else []
        if asks and obj and not self.has_change_permission(request, obj):
            accounts = ["only_for"]
        return [
            (
                name,
                {
                    **options,
                    "classes": _choose_classes(options.get("classes", ()), obj),
                    "fields": _put_in_place(options["fields"], "accounts", accounts),
                },
            )
            for name, options in super().get_fieldsets(request, obj)
        ]

    @admin.display(description="Only for these accounts", empty_value="every account")
    def only_for(self, rule: ResponseRule) -> str:
        return ", ".join(map(identity.accounts().called, rule.account_list()))

    def get_inline_instances(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        inlines: list[Any] = super().get_inline_instances(request, obj)
        for inline in inlines:
            inline.classes = [] if obj and obj.has_cards() else [CLOSED]
        return inlines

    @admin.display(description="When the message")
    def when(self, rule: ResponseRule) -> SafeString:
        """Show the words, and below them what is unusual about the rule."""
        words = self._show_words(rule) if rule.listens_to_words() else rule.get_match_display()
        return format_html(
            '<span class="rule-when">{}<span class="quiet">{}</span></span>',
            words,
            _show_scope(rule),
        )

    def _show_words(self, rule: ResponseRule) -> str:
        words = rule.keyword_list()
        more = len(words) - MAX_WORDS_SHOWN
        shown = ", ".join(words[:MAX_WORDS_SHOWN])
        shown = f"{shown} and {more} more" if more > 0 else shown
        if rule.match == MatchMode.WORDS:
            return shown
        return f"{rule.get_match_display()}: {shown}"

    @admin.display(description="Answer")
    def reply_start(self, rule: ResponseRule) -> str:
        without_text = f"[{rule.media_kind or 'cards'}]"
        reply = " ".join(rule.reply.split()) or without_text
        return reply if len(reply) <= MAX_REPLY_SHOWN else f"{reply[:MAX_REPLY_SHOWN].rstrip()}…"


def _show_scope(rule: ResponseRule) -> str:
    """Say what the rule is for, unless it is the usual triggers."""
    triggers = rule.triggers()
    is_usual = triggers == DEFAULT_TRIGGERS
    names = "" if is_usual else ", ".join(TRIGGER_NAMES[trigger] for trigger in triggers)
    source = f"from {rule.referral}" if rule.referral else ""
    here = " and ".join(map(identity.accounts().called, rule.account_list()))
    said = " ".join(filter(None, [names, source, f"for {here}" if here else ""]))
    return f"only {said}" if said else ""


def _put_in_place(fields: Sequence[Any], name: str, others: Sequence[str]) -> list[Any]:
    """Return fields with others in the place of the one of this name."""
    return [one for field in fields for one in (others if field == name else [field])]


def _choose_classes(fields: Sequence[str], rule: ResponseRule | None) -> list[str]:
    """Close a section that names its fields if all of them are empty."""
    is_filled = not fields or (rule and any(getattr(rule, field) for field in fields))
    return [] if is_filled else [CLOSED]
