"""What customers of an account can tap without typing: ice breakers and the menu."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from drf_spectacular.utils import (
    OpenApiExample,
    extend_schema_field,
    extend_schema_serializer,
)
from rest_framework import serializers

from api.serializers import fields
from api.serializers.account import AccountInAddress
from api.serializers.base import Query, Strict
from conversations.models import Menu
from instagram.limits import MAX_PAYLOAD
from instagram.menu import MOST, Option, Part
from rules import taps
from rules.models import ResponseRule
from rules.record import MAX_INTEGER

PARTS = {"ice_breakers": Part.ICE_BREAKERS, "menu": Part.MENU}
MAX_TEXT, MAX_LINK = 200, 2000  # characters; what Instagram takes is said part by part
ONE_WAY = "Give only one of rule, payload and url."

ASKS = {"text": "How long does it take?", "rule": 12, "payload": "", "url": ""}
OFFERS = {"text": "Our shop", "rule": None, "payload": "", "url": "https://shop.example"}
MENU = {
    "account": "17841400000000001",
    "digest": "5d3f0c9a7b21e846",
    "ice_breakers": [ASKS],
    "menu": [OFFERS],
    "changed_at": "2026-11-25T10:14:31.204000Z",
    "changed_by": "anna",
    "at_instagram": {
        "ice_breakers": [ASKS],
        "menu": [],
        "read_at": "2026-11-25T10:14:33.310000Z",
        "is_same": False,
        "problem": "",
    },
}
WANTED = {
    "ice_breakers": [{"text": "How long does it take?", "rule": 12}],
    "menu": [{"text": "Our shop", "url": "https://shop.example"}],
    "if_digest": "5d3f0c9a7b21e846",
}


class MenuQuery(Query):
    account = AccountInAddress("The Instagram ID or username of one account. Several: required.")


class OptionIn(Strict):
    """Something to tap. It leads to a rule, sends a payload, or opens a page (menu only)."""

    text = fields.Text(max_length=MAX_TEXT, help_text="The question, or the title in the menu.")
    rule = fields.Whole(
        required=False, allow_null=True, min_value=1, max_value=MAX_INTEGER,
        help_text="The rule that answers a tap.",
    )  # fmt: skip
    payload = fields.Text(
        required=False, allow_blank=True, max_length=MAX_PAYLOAD,
        help_text="A word or code: whichever rule has it answers a tap.",
    )  # fmt: skip
    url = fields.Text(
        required=False, allow_blank=True, max_length=MAX_LINK,
        help_text="The page that a tap opens, in the menu only.",
    )  # fmt: skip

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if sum(bool(attrs.get(way)) for way in ("rule", "payload", "url")) > 1:
            raise serializers.ValidationError(ONE_WAY)
        return attrs


@extend_schema_serializer(examples=[OpenApiExample("What is wanted", WANTED)])
class MenuIn(Strict):
    """What customers can tap, in this order."""

    ice_breakers = OptionIn(
        many=True,
        required=False,
        max_length=MOST[Part.ICE_BREAKERS],  # type: ignore[call-arg]  # of the list
    )
    menu = OptionIn(
        many=True,
        required=False,
        max_length=MOST[Part.MENU],  # type: ignore[call-arg]  # of the list
    )
    if_digest = fields.Text(
        required=False, max_length=100,
        help_text="The digest that you read. If it is another one by now, nothing is changed.",
    )  # fmt: skip

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse what Meta would."""
        wrong = {
            name: [_make_option(one).problems(part) for one in attrs.get(name, ())]
            for name, part in PARTS.items()
        }
        if any(map(any, wrong.values())):
            raise serializers.ValidationError(wrong)
        return attrs

    @property
    def rules(self) -> dict[str, list[int | None]]:
        """Return the rules that are named, part by part, in the order of its options."""
        return {
            name: [one.get("rule") for one in self.validated_data.get(name, ())] for name in PARTS
        }

    def wanted(self, *, whole: bool) -> dict[Part, list[Option]]:
        """Return what is wanted of the parts that are named; whole: of all of them."""
        given = self.validated_data
        return {
            part: [_make_option(one) for one in given.get(name, ())]
            for name, part in PARTS.items()
            if whole or name in given
        }


def _make_option(given: Mapping[str, Any]) -> Option:
    rule = given.get("rule")
    payload = taps.payload_of(rule) if rule else given.get("payload", "")
    return Option(given["text"], payload, given.get("url", ""))


def unknown_rules(row: Menu, named: Mapping[str, Sequence[int | None]]) -> dict[str, Any]:
    """Return what to say of rules that there are not.

    One that was deleted may stay where it is: whoever changes something else need not clear it up.
    """
    asked = {pk for rules in named.values() for pk in rules if pk}
    kept = {taps.rule_of(option.payload) for part in Part for option in row.wants(part)}
    there = set(ResponseRule.objects.filter(pk__in=asked).values_list("pk", flat=True))
    unknown = asked - there - kept
    return {part: [_say_unknown(pk, unknown) for pk in rules] for part, rules in named.items()
            if unknown & {*rules}}  # fmt: skip


def _say_unknown(pk: int | None, unknown: Collection[int]) -> dict[str, list[str]]:
    return {"rule": [f"There is no rule with the ID {pk}."]} if pk in unknown else {}


class OptionOut(serializers.Serializer[Any]):
    """Something to tap."""

    text = serializers.CharField()
    rule = serializers.SerializerMethodField(
        help_text="The rule that answers a tap; it may be deleted. Null: the payload or url says."
    )
    payload = serializers.SerializerMethodField(help_text="What a tap sends; empty with a rule.")
    url = serializers.CharField(help_text="What a tap opens, or empty.")

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_rule(self, option: Option) -> int | None:
        return taps.rule_of(option.payload)

    def get_payload(self, option: Option) -> str:
        return "" if taps.rule_of(option.payload) else option.payload


class AtInstagramOut(serializers.Serializer[Menu]):
    """What Instagram had when it was last read."""

    ice_breakers = serializers.SerializerMethodField()
    menu = serializers.SerializerMethodField()
    read_at = serializers.DateTimeField(source="found_at", allow_null=True)
    is_same = serializers.SerializerMethodField(
        help_text="Whether that is what is saved here. A part that was never saved does not count."
    )
    problem = serializers.CharField(help_text="Why it could not be read since, or empty.")

    @extend_schema_field(OptionOut(many=True))
    def get_ice_breakers(self, row: Menu) -> Any:
        return OptionOut(row.has(Part.ICE_BREAKERS), many=True).data

    @extend_schema_field(OptionOut(many=True))
    def get_menu(self, row: Menu) -> Any:
        return OptionOut(row.has(Part.MENU), many=True).data

    def get_is_same(self, row: Menu) -> bool:
        return row.found_at is not None and all(map(row.is_same, row.saved))


@extend_schema_serializer(examples=[OpenApiExample("Saved, and half of it published", MENU)])
class MenuOut(serializers.Serializer[Menu]):
    """What customers of an account can tap: what is saved here, and what Instagram has."""

    account = serializers.CharField(
        source="account.instagram_id", help_text="Its Instagram ID; empty while that is unknown."
    )
    digest = serializers.CharField(help_text="Tells what is saved here from anything else.")
    ice_breakers = serializers.SerializerMethodField()
    menu = serializers.SerializerMethodField()
    changed_at = serializers.DateTimeField(
        allow_null=True, help_text="Null: nobody has saved anything yet."
    )
    changed_by = serializers.CharField()
    at_instagram = AtInstagramOut(source="*")

    @extend_schema_field(OptionOut(many=True))
    def get_ice_breakers(self, row: Menu) -> Any:
        return OptionOut(row.wants(Part.ICE_BREAKERS), many=True).data

    @extend_schema_field(OptionOut(many=True))
    def get_menu(self, row: Menu) -> Any:
        return OptionOut(row.wants(Part.MENU), many=True).data
