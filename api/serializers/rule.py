"""A rule as files and the history have it, with its number."""

from collections.abc import Iterable
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from api.serializers import fields
from api.serializers.base import Query, Strict
from instagram.limits import MAX_CARDS
from rules.models import ResponseRule, RuleCard
from rules.record import CARD_FIELDS, CARDS, FIELDS, MAX_INTEGER, shown_accounts

MOST_AT_ONCE = 1000

RULE = {
    "id": 12,
    "name": "Returns",
    "active": True,
    "order": 20,
    "match": "words",
    "keywords": "return\nsend back",
    "never": "",
    "typos": 1,
    "for_messages": True,
    "for_story_replies": True,
    "for_story_mentions": False,
    "for_buttons": True,
    "for_comments": False,
    "for_photos": False,
    "for_videos": False,
    "for_voice_notes": False,
    "for_files": False,
    "for_shared_posts": False,
    "for_stickers": False,
    "referral": "",
    "accounts": "",
    "hours": "",
    "first_day": None,
    "last_day": None,
    "only_new": False,
    "once_in_hours": 0,
    "reply": "Within 30 days, and we pay for the return.",
    "other_replies": "",
    "quick_replies": "Send me a label",
    "buttons": "",
    "media_kind": "",
    "media_url": "",
    "public_reply": "",
    "needs_person": False,
    "pause_hours": 0,
    "label": "returns",
    "opt_out": "",
    "cards": [],
    "changed_at": "2026-11-25T09:00:00Z",
}
NEW = {"name": "Returns", "keywords": "return\nsend back", "reply": "Within 30 days."}


def _list_choices(choices: Iterable[Any]) -> list[tuple[Any, str]]:
    """Return the choices without the empty one, whose value is not a text."""
    return [(choice.value, str(choice.label)) for choice in choices]


class RuleCardData(serializers.ModelSerializer[RuleCard]):
    class Meta:
        model = RuleCard
        fields = tuple(CARD_FIELDS)


@extend_schema_serializer(
    examples=[
        OpenApiExample("A rule", RULE, response_only=True),
        OpenApiExample("A new rule", NEW, request_only=True),
    ],
)
class RuleData(serializers.ModelSerializer[ResponseRule]):
    """When a customer writes this, reply with that.

    Lists (keywords, quick_replies, buttons …) are texts with one item per line, as in the admin
    and in exported files.
    """

    cards = RuleCardData(
        many=True,
        required=False,
        max_length=MAX_CARDS,  # type: ignore[call-arg]  # of the list
    )
    hours = serializers.ChoiceField(
        _list_choices(ResponseRule.Hours), allow_blank=True, required=False
    )
    media_kind = serializers.ChoiceField(
        _list_choices(ResponseRule.Media), allow_blank=True, required=False
    )

    opt_out = serializers.ChoiceField(
        _list_choices(ResponseRule.OptOut), allow_blank=True, required=False,
        help_text="What this message means for automatic messages to the customer.",
    )  # fmt: skip

    class Meta:
        model = ResponseRule
        fields = ("id", *FIELDS, CARDS, "changed_at")
        # Databases differ in what a whole number may be.
        extra_kwargs: dict[str, dict[str, Any]] = {
            "order": {"min_value": 0, "max_value": MAX_INTEGER},
            "typos": {"validators": []},
            "name": {"validators": []},  # rules.record says what is wrong
            "accounts": {
                "help_text": "The Instagram IDs or usernames of accounts, one per line; empty: all."
                " Each one that you may not see is the words “another account”.",
            },
        }

    def to_representation(self, instance: ResponseRule) -> dict[str, Any]:
        shown: dict[str, Any] = super().to_representation(instance)
        return shown | {"accounts": shown_accounts(instance)}


class RuleQuery(Query):
    search = serializers.CharField(
        required=False, max_length=200, help_text="Searches names, words and replies."
    )
    active = fields.FlagInAddress(required=False)


class Place(Strict):
    """A rule and its new order number."""

    id = fields.Whole(min_value=1, max_value=MAX_INTEGER)
    order = fields.Whole(
        min_value=0, max_value=MAX_INTEGER, help_text="The lowest number comes first."
    )


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Returns before Delivery", {"rules": [{"id": 12, "order": 10}, {"id": 3, "order": 20}]}
        )
    ]
)
class Places(Strict):
    """New order numbers. Rules that are not listed keep theirs."""

    rules = serializers.ListField(
        child=Place(), allow_empty=False, min_length=1, max_length=MOST_AT_ONCE
    )

    def validate_rules(self, rules: list[dict[str, int]]) -> list[dict[str, int]]:
        if len({place["id"] for place in rules}) < len(rules):
            raise serializers.ValidationError("A rule is listed more than once.")
        return rules
