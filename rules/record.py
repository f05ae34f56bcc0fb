"""The one flat form of a rule: what history keeps, and what files contain.

A record holds every field of a rule, in the model's order, as JSON values: texts, whole numbers,
true and false, dates as 2026-01-31 or null. The cards are a list in their order, without their
order numbers. Line ends are newlines: what browsers and spreadsheets write instead means the same.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.text import capfirst

from backoffice.reach import may_see, reach
from conversations.account import identity
from instagram.limits import MAX_CARDS
from rules.models import ResponseRule, RuleCard

Record = dict[str, Any]
Problems = dict[str, list[str]]

CARDS = "cards"
ANOTHER = "another account"  # as identity calls one that may not be seen
MAX_INTEGER = 2**31 - 1  # in a database
NOT_STORABLE = "It contains a character that no database can store."
TOO_MANY_CARDS = f"One message takes at most {MAX_CARDS} cards."


def _fields(model: type[models.Model], without: set[str]) -> dict[str, "models.Field[Any, Any]"]:
    fields = model._meta.concrete_fields  # noqa: SLF001 - public in Django's documentation
    return {field.name: field for field in fields if field.name not in without}


# From the models, so that a new field is in the history and in files at once.
FIELDS = _fields(ResponseRule, {"id", "changed_at"})
CARD_FIELDS = _fields(RuleCard, {"id", "rule", "order"})


def to_record(rule: ResponseRule) -> Record:
    """Return the record of a rule."""
    return _make_record(rule, rule.cards.all() if rule.pk else [])


def shown_record(rule: ResponseRule) -> Record:
    """Return the record for whoever asks now: without the IDs of accounts that they may not see."""
    return to_record(rule) | {"accounts": shown_accounts(rule)}


def shown_accounts(rule: ResponseRule) -> str:
    """Return a rule's accounts, a line each; each that may not be seen is "another account".

    Whoever reads so may change no rule, so none is ever saved like that.
    """
    if reach() is None:
        return str(_to_json(rule.accounts))
    ours = identity.accounts().names.items()
    seen = {name for name, account in ours if may_see(account.pk)}
    return "\n".join(one if one in seen else ANOTHER for one in rule.account_list())


def _make_record(rule: ResponseRule, cards: Iterable[RuleCard]) -> Record:
    fields = {name: _to_json(getattr(rule, name)) for name in FIELDS}
    return {**fields, CARDS: [_make_card_record(card) for card in cards]}


def _make_card_record(card: RuleCard) -> Record:
    return {name: _to_json(getattr(card, name)) for name in CARD_FIELDS}


def read_stored(pk: int) -> Record | None:
    """Return the record of the rule with this id as it is saved; None: there is no such rule."""
    rule = ResponseRule.objects.filter(pk=pk).first()
    return to_record(rule) if rule else None


def blank_record() -> Record:
    """Return the record of a new rule."""
    return to_record(ResponseRule())


def _to_json(value: Any) -> Any:
    if isinstance(value, str):
        return str(value).replace("\r\n", "\n").replace("\r", "\n")
    return value.isoformat() if isinstance(value, date) else value


@dataclass(frozen=True)
class Draft:
    """A rule and its cards as a record describes them, not saved."""

    rule: ResponseRule
    cards: list[RuleCard]

    def record(self) -> Record:
        return _make_record(self.rule, self.cards)

    def problems(self) -> Problems:
        """Return what is wrong, in sentences under the names of the fields."""
        self.rule.cards_to_come = bool(self.cards)
        problems: Problems = {}
        try:
            self.rule.full_clean()
        except ValidationError as error:
            problems = error.message_dict
        cards = [
            f"Card {number}, {sentence}"
            for number, card in enumerate(self.cards, 1)
            for sentence in _find_card_problems(card)
        ]
        if len(self.cards) > MAX_CARDS:
            cards.insert(0, TOO_MANY_CARDS)
        return problems | ({CARDS: cards} if cards else {})

    @transaction.atomic
    def save(self) -> None:
        """Save a draft without problems; its cards replace the saved ones."""
        self.rule.cards_to_come = None
        self.rule.save()
        if self.record() != to_record(self.rule):
            self.rule.cards.all().delete()
            for order, card in enumerate(self.cards):
                card.order, card.rule = order, self.rule
            RuleCard.objects.bulk_create(self.cards)


def _find_card_problems(card: RuleCard) -> list[str]:
    try:
        card.full_clean(exclude=["rule"])
    except ValidationError as error:
        return [
            f"{CARD_FIELDS[name].verbose_name}: {sentence}"
            for name, sentences in error.message_dict.items()
            for sentence in sentences
        ]
    return []


def make_draft(record: Mapping[str, Any], rule: ResponseRule | None = None) -> Draft:
    """Return the rule as the record describes it, ready to be checked and saved.

    Fields that are not in the record stay as they are. Raises ValidationError, under the names of
    the fields, for a value of the wrong type and for a field that rules do not have.
    """
    rule = rule or ResponseRule()
    problems: Problems = {}
    for name, value in record.items():
        if name == CARDS:
            continue
        if name not in FIELDS:
            problems[name] = ["Rules have no such field."]
        elif sentence := _find_problem(FIELDS[name], value):
            problems[name] = [sentence]
        else:
            setattr(rule, name, _read_value(FIELDS[name], value))
    cards = to_record(rule)[CARDS] if CARDS not in record else record[CARDS]
    if sentence := _find_cards_problem(cards):
        problems[CARDS] = [sentence]
    if problems:
        raise ValidationError(dict(problems))
    return Draft(
        rule, [RuleCard(**{name: _to_json(card[name]) for name in card}) for card in cards]
    )


def _read_value(field: "models.Field[Any, Any]", value: Any) -> Any:
    if isinstance(field, models.DateField) and value is not None:
        return date.fromisoformat(value)
    return _to_json(value)


def _find_problem(field: "models.Field[Any, Any]", value: Any) -> str:
    """Say what belongs here, if this does not."""
    if field.choices:
        known = [choice for choice, _ in field.flatchoices if choice not in (None, "")]
        is_known = value in known or (field.blank and value == "")
        is_known = is_known and not isinstance(value, bool)  # true would be a text
        return "" if is_known else f"Write one of these: {', '.join(map(str, known))}."
    if isinstance(field, models.BooleanField):
        return "" if isinstance(value, bool) else "Write yes or no."
    if isinstance(field, models.IntegerField):
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        return "" if is_whole and 0 <= value <= MAX_INTEGER else "Write a whole number."
    if isinstance(field, models.DateField):
        return "" if value is None or _is_day(value) else "Write the day as 2026-01-31."
    return _find_text_problem(value)


def _find_text_problem(value: Any) -> str:
    if not isinstance(value, str):
        return "Write a text."
    return "" if is_storable(value) else NOT_STORABLE


def is_storable(text: str) -> bool:
    """Tell whether a database can store a text: none stores NUL, or half of a character."""
    return "\0" not in text and text == text.encode(errors="ignore").decode()


def _is_day(value: Any) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _find_cards_problem(cards: Any) -> str:
    if not isinstance(cards, list) or not all(isinstance(card, dict) for card in cards):
        return "Write the cards as a list, as they are exported."
    for card in cards:
        for name, value in card.items():
            if name not in CARD_FIELDS:
                return f"Cards have no field {name!r}."
            if sentence := _find_text_problem(value):
                return f"The {CARD_FIELDS[name].verbose_name} of a card: {sentence}"
    return ""


def list_sentences(problems: Problems) -> list[str]:
    """Return each problem with the name of its field as staff know it."""
    return [
        f"{label_of(name)}: {sentence}"
        for name, sentences in problems.items()
        for sentence in sentences
    ]


def label_of(name: str) -> str:
    """Return the name of a field as staff know it."""
    if name in FIELDS:
        return capfirst(str(FIELDS[name].verbose_name))
    return capfirst(name)
