"""Where staff write the answers."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminTextareaWidget

from rules.models import Event, ResponseRule

WORDS_SHOWN = 3
REPLY_SHOWN = 80  # characters
DEFAULT_EVENTS = [Event.MESSAGE, Event.STORY_REPLY, Event.BUTTON]
EVENT_NAMES = {
    Event.MESSAGE: "messages",
    Event.STORY_REPLY: "story replies",
    Event.STORY_MENTION: "story mentions",
    Event.BUTTON: "taps",
    Event.COMMENT: "comments",
}
PLACEHOLDERS = {
    "keywords": "delivery\nshipping\nhow long does it take",
    "reply": "We deliver in 2 to 4 working days.",
}


@admin.register(ResponseRule)
class ResponseRuleAdmin(ModelAdmin):  # type: ignore[misc]  # unfold carries no types
    """Each way to change a rule here goes through the model, which tells every process."""

    list_display = ("name", "order", "active", "words", "match", "events", "reply_start")
    list_editable = ("order", "active")
    list_filter = ("active", "match", "for_comments", "for_story_mentions")
    search_fields = ("name", "keywords", "reply")
    list_per_page = 100
    warn_unsaved_form = True
    fieldsets = (
        (None, {"fields": ("name", "active")}),
        (
            "When the customer writes",
            {"fields": ("match", "keywords", "order")},
        ),
        (
            "The rule is for",
            {
                "fields": (
                    ("for_messages", "for_story_replies", "for_story_mentions"),
                    ("for_buttons", "for_comments"),
                    "referral",
                ),
                "description": "Messages are texts, photos, voice notes and what is shared. Taps"
                " are quick replies, ice breakers, menus and buttons. A comment is answered by one"
                " private message to its writer.",
            },
        ),
        ("Then the bot answers", {"fields": ("reply", "public_reply")}),
    )

    class Media:
        css = {"all": ["conversations/thread.css"]}
        js = ["conversations/bytes.js"]

    def formfield_for_dbfield(
        self, db_field: Any, request: HttpRequest, **options: Any
    ) -> forms.Field | None:
        if db_field.name in ("keywords", "reply"):
            options["widget"] = UnfoldAdminTextareaWidget(
                attrs={"rows": 6, "placeholder": PLACEHOLDERS[db_field.name]}
            )
        formfield: forms.Field | None = super().formfield_for_dbfield(db_field, request, **options)
        return formfield

    @admin.display(description="Words")
    def words(self, rule: ResponseRule) -> str:
        if rule.match == ResponseRule.Match.EVERYTHING:
            return "everything"
        listed = rule.keyword_list()
        more = len(listed) - WORDS_SHOWN
        said = ", ".join(listed[:WORDS_SHOWN])
        return f"{said} and {more} more" if more > 0 else said

    @admin.display(description="For")
    def events(self, rule: ResponseRule) -> str:
        events = rule.events()
        if events == DEFAULT_EVENTS and not rule.referral:
            return "messages, taps"
        came = f" from {rule.referral}" if rule.referral else ""
        return ", ".join(EVENT_NAMES[event] for event in events) + came

    @admin.display(description="Answer")
    def reply_start(self, rule: ResponseRule) -> str:
        said = " ".join(rule.reply.split())
        return said if len(said) <= REPLY_SHOWN else f"{said[:REPLY_SHOWN].rstrip()}…"
