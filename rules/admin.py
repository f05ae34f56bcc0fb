"""Where staff write the answers."""

# ruff: noqa: ARG002 - the signatures are Django's
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from unfold.admin import ModelAdmin, StackedInline
from unfold.forms import PaginationInlineFormSet
from unfold.widgets import UnfoldAdminTextareaWidget

from instagram.limits import MAX_CARDS
from rules.models import Event, ResponseRule, RuleCard

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
# Of fields with several lines: how many are shown, and an example.
AREAS = {
    "keywords": (6, "delivery\nshipping\nhow long does it take"),
    "reply": (6, "We deliver in 2 to 4 working days."),
    "quick_replies": (4, "Sizes\nDelivery\nTalk to a person"),
    "buttons": (3, "Our shop = https://shop.example\nTalk to a person"),
}
MORE = ("quick_replies", "buttons", "media_kind", "media_url")
SIMPLE = ["collapse"]  # closed until there is something in it


def _area(db_field: Any, options: dict[str, Any]) -> None:
    if db_field.name in AREAS:
        rows, example = AREAS[db_field.name]
        attributes = {"rows": rows, "placeholder": example}
        options["widget"] = UnfoldAdminTextareaWidget(attrs=attributes)


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs alone
    def clean(self) -> dict[str, Any] | None:
        """Tell the rule whether cards come with it: they are saved after it is checked."""
        if total := self.data.get("cards-TOTAL_FORMS", ""):
            self.instance.cards_to_come = any(
                self.data.get(f"cards-{number}-title", "").strip()
                and not self.data.get(f"cards-{number}-DELETE")
                for number in range(min(int(total), MAX_CARDS + 1) if total.isdecimal() else 0)
            )
        return super().clean()


class RowForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs alone
    """A row of the list: what is wrong with fields that it does not show is said above it."""

    def add_error(self, field: str | None, error: Any) -> None:
        by_field = getattr(error, "error_dict", {})
        if isinstance(error, ValidationError) and not by_field.keys() <= self.fields.keys():
            error = ValidationError(error.messages)
        super().add_error(field, error)


class CardFormSet(PaginationInlineFormSet):  # type: ignore[misc]  # unfold carries no types
    default_error_messages = {
        "too_many_forms": f"One message takes at most {MAX_CARDS} cards.",
    }


class RuleCardInline(StackedInline):  # type: ignore[misc]  # unfold carries no types
    """Who may change a rule may change its cards: they are a part of it."""

    model = RuleCard
    formset = CardFormSet
    extra = 0
    max_num = MAX_CARDS
    verbose_name_plural = "Cards, side by side after the text"
    fields = ("title", "subtitle", "image_url", "url", "buttons", "order")

    def get_formset(self, request: HttpRequest, obj: Any = None, **options: Any) -> Any:
        return super().get_formset(request, obj, validate_max=True, **options)

    def formfield_for_dbfield(
        self, db_field: Any, request: HttpRequest, **options: Any
    ) -> forms.Field | None:
        _area(db_field, options)
        formfield: forms.Field | None = super().formfield_for_dbfield(db_field, request, **options)
        return formfield

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("rules.view_responserule")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        verb = "change" if obj else "add"
        return request.user.has_perm(f"rules.{verb}_responserule")

    has_add_permission = has_delete_permission = has_change_permission


@admin.register(ResponseRule)
class ResponseRuleAdmin(ModelAdmin):  # type: ignore[misc]  # unfold carries no types
    """Each way to change a rule here goes through the model, which tells every process."""

    form = RuleForm
    inlines = (RuleCardInline,)
    list_display = ("name", "order", "active", "words", "match", "events", "reply_start")
    list_editable = ("order", "active")
    list_filter = ("active", "match", "for_comments", "for_story_mentions")
    search_fields = ("name", "keywords", "reply", "quick_replies", "buttons")
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
                " private message to its writer, the text.",
            },
        ),
        ("Then the bot answers", {"fields": ("reply", "public_reply")}),
        ("Quick replies, buttons, an attachment", {"fields": MORE, "classes": SIMPLE}),
    )

    class Media:
        css = {"all": ["conversations/thread.css"]}
        js = ["conversations/bytes.js"]

    def formfield_for_dbfield(
        self, db_field: Any, request: HttpRequest, **options: Any
    ) -> forms.Field | None:
        _area(db_field, options)
        formfield: forms.Field | None = super().formfield_for_dbfield(db_field, request, **options)
        return formfield

    def get_changelist_form(self, request: HttpRequest, **options: Any) -> Any:
        return super().get_changelist_form(request, form=RowForm, **options)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        *simple, (name, options) = super().get_fieldsets(request, obj)
        has_more = obj and any(getattr(obj, field) for field in MORE)
        return [*simple, (name, {**options, "classes": [] if has_more else SIMPLE})]

    def get_inline_instances(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        inlines: list[Any] = super().get_inline_instances(request, obj)
        for inline in inlines:
            inline.classes = [] if obj and obj.has_cards() else SIMPLE
        return inlines

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
        beside = rule.media_kind or "cards"
        said = " ".join(rule.reply.split()) or f"[{beside}]"
        return said if len(said) <= REPLY_SHOWN else f"{said[:REPLY_SHOWN].rstrip()}…"
