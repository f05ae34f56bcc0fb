"""The one flat form of a rule: what history keeps and files carry.

A record holds every field that says something, in the model's order, as JSON has it: texts, whole
numbers, true and false, days as 2026-01-31 or null. Its cards are a list in their order; that is
all that their numbers are for. Line ends are newlines alone: browsers and spreadsheets write other
ones, and no rule means anything by them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.text import capfirst

from instagram.limits import MAX_CARDS
from rules.models import ResponseRule, RuleCard

Record = dict[str, Any]
Problems = dict[str, list[str]]

CARDS = "cards"
BIGGEST = 2**31 - 1  # of whole numbers in a database
TOO_MANY_CARDS = f"One message takes at most {MAX_CARDS} cards."


def _fields(model: type[models.Model], without: set[str]) -> dict[str, "models.Field[Any, Any]"]:
    fields = model._meta.concrete_fields  # noqa: SLF001 - public in Django's documentation
    return {field.name: field for field in fields if field.name not in without}


# From the models: a field that is added to a rule is in its history and its files at once.
FIELDS = _fields(ResponseRule, {"id", "changed_at"})
CARD_FIELDS = _fields(RuleCard, {"id", "rule", "order"})


def to_record(rule: ResponseRule) -> Record:
    """Return all that the rule says."""
    return _record(rule, rule.cards.all() if rule.pk else [])


def _record(rule: ResponseRule, cards: Iterable[RuleCard]) -> Record:
    fields = {name: _plain(getattr(rule, name)) for name in FIELDS}
    return {**fields, CARDS: [_card_record(card) for card in cards]}


def _card_record(card: RuleCard) -> Record:
    return {name: _plain(getattr(card, name)) for name in CARD_FIELDS}


def stored(pk: int) -> Record | None:
    """Return what the database says of the rule now; None: it is not there."""
    rule = ResponseRule.objects.filter(pk=pk).first()
    return to_record(rule) if rule else None


def blank() -> Record:
    """Return what a rule says before anybody has said anything."""
    return to_record(ResponseRule())


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return str(value).replace("\r\n", "\n").replace("\r", "\n")
    return value.isoformat() if isinstance(value, date) else value


@dataclass(frozen=True)
class Draft:
    """A rule and its cards as a record says them, not saved."""

    rule: ResponseRule
    cards: list[RuleCard]

    def record(self) -> Record:
        return _record(self.rule, self.cards)

    def problems(self) -> Problems:
        """Return what is wrong, in sentences under the names of the fields."""
        self.rule.cards_to_come = bool(self.cards)
        found: Problems = {}
        try:
            self.rule.full_clean()
        except ValidationError as error:
            found = error.message_dict
        cards = [f"Card {n}, {said}" for n, card in enumerate(self.cards, 1) for said in _of(card)]
        if len(self.cards) > MAX_CARDS:
            cards.insert(0, TOO_MANY_CARDS)
        return found | ({CARDS: cards} if cards else {})

    @transaction.atomic
    def save(self) -> None:
        """Save a draft without problems; its cards take the place of those that were there."""
        self.rule.cards_to_come = None
        self.rule.save()
        if self.record() != to_record(self.rule):
            self.rule.cards.all().delete()
            for order, card in enumerate(self.cards):
                card.order, card.rule = order, self.rule
            RuleCard.objects.bulk_create(self.cards)


def _of(card: RuleCard) -> list[str]:
    try:
        card.full_clean(exclude=["rule"])
    except ValidationError as error:
        return [
            f"{CARD_FIELDS[name].verbose_name}: {sentence}"
            for name, sentences in error.message_dict.items()
            for sentence in sentences
        ]
    return []


def draft(record: Mapping[str, Any], rule: ResponseRule | None = None) -> Draft:
    """Return the rule as the record says it, ready to be checked and saved.

    What the record does not name stays as it is. Raises ValidationError, under the names of the
    fields, where a value is of another kind, and for a field that no rule has.
    """
    rule = rule or ResponseRule()
    problems: Problems = {}
    for name, value in record.items():
        if name == CARDS:
            continue
        if name not in FIELDS:
            problems[name] = ["No rule has this field."]
        elif sentence := _kind_problem(FIELDS[name], value):
            problems[name] = [sentence]
        else:
            setattr(rule, name, _value(FIELDS[name], value))
    cards = to_record(rule)[CARDS] if CARDS not in record else record[CARDS]
    if sentence := _cards_problem(cards):
        problems[CARDS] = [sentence]
    if problems:
        raise ValidationError(dict(problems))
    return Draft(rule, [RuleCard(**{name: _plain(one[name]) for name in one}) for one in cards])


def _value(field: "models.Field[Any, Any]", value: Any) -> Any:
    if isinstance(field, models.DateField) and value is not None:
        return date.fromisoformat(value)
    return _plain(value)


def _kind_problem(field: "models.Field[Any, Any]", value: Any) -> str:
    """Say what belongs here, if this does not."""
    if field.choices:
        known = [choice for choice, _ in field.flatchoices if choice not in (None, "")]
        is_known = value in known or (field.blank and value == "")
        is_known = is_known and not isinstance(value, bool)  # true would be one letter
        return "" if is_known else f"Write one of these: {', '.join(map(str, known))}."
    if isinstance(field, models.BooleanField):
        return "" if isinstance(value, bool) else "Write yes or no."
    if isinstance(field, models.IntegerField):
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        return "" if is_whole and 0 <= value <= BIGGEST else "Write a whole number."
    if isinstance(field, models.DateField):
        return "" if value is None or _is_day(value) else "Write the day as 2026-01-31."
    return _text_problem(value)


def _text_problem(value: Any) -> str:
    if not isinstance(value, str):
        return "Write a text."
    is_storable = "\0" not in value and value == value.encode(errors="ignore").decode()
    return "" if is_storable else "There is a character in it that no database keeps."


def _is_day(value: Any) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _cards_problem(cards: Any) -> str:
    if not isinstance(cards, list) or not all(isinstance(card, dict) for card in cards):
        return "Write the cards as a list, as they are exported."
    for card in cards:
        for name, value in card.items():
            if name not in CARD_FIELDS:
                return f"No card has the field {name!r}."
            if sentence := _text_problem(value):
                return f"The {CARD_FIELDS[name].verbose_name} of a card: {sentence}"
    return ""


def sentences(problems: Problems) -> list[str]:
    """Return what is wrong under the names of the fields that staff know."""
    return [f"{label(name)}: {sentence}" for name, found in problems.items() for sentence in found]


def label(name: str) -> str:
    if name in FIELDS:
        return capfirst(str(FIELDS[name].verbose_name))
    return capfirst(name)
