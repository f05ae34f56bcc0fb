"""The history of rules: writes each change, compares records, and goes back to one."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone
from django.utils.formats import date_format

from audit import trail
from audit.trail import Kind
from conversations.account import identity
from rules.models import ResponseRule, RuleChange, RulesVersion
from rules.record import (
    CARD_FIELDS,
    CARDS,
    FIELDS,
    Draft,
    Problems,
    Record,
    blank_record,
    label_of,
    make_draft,
    read_stored,
    to_record,
)
from rules.wording import syntax

What = RuleChange.What
CONTEXT_LINES = 2  # unchanged lines that are shown around changed ones


def write(
    rule: int, before: Record | None, after: Record | None, *, by: str, what: str
) -> RuleChange | None:
    """Write the change of the rule with this id, if there is any."""
    if before == after:
        return None
    change = _make_change(rule, before, after, by=by, what=what)
    change.save()
    _record_opt_out(rule, before or {}, after or {})
    return change


def _record_opt_out(rule: int, before: Record, after: Record) -> None:
    """The words by which customers opt out are a setting that the shop answers for."""
    if not (before.get("opt_out") or after.get("opt_out")):
        return
    did = "changed" if before and after else "added" if after else "deleted"
    trail.record(Kind.SETTING, f"{did} rule {rule}, which opts customers out or in")


def _make_change(
    rule: int, before: Record | None, after: Record | None, *, by: str, what: str
) -> RuleChange:
    name = (after or before or {})["name"]
    return RuleChange(rule=rule, name=name, before=before, after=after, by=by, what=what)


@transaction.atomic
def save(draft: Draft, before: Record | None, *, by: str, what: str) -> int:
    """Save a draft without problems, and write the change; return the rule's id."""
    draft.save()
    pk: int = draft.rule.pk
    write(pk, before, read_stored(pk), by=by, what=what)
    return pk


@transaction.atomic
def delete(rules: Iterable[ResponseRule], *, by: str) -> None:
    """Delete rules, and write the changes."""
    records = {rule.pk: to_record(rule) for rule in rules}
    ResponseRule.objects.filter(pk__in=records).delete()
    for pk, before in records.items():
        write(pk, before, None, by=by, what=What.DELETED)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a difference. tone: gone, new, same, or cut in the place of lines left out."""

    tone: str
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed in one field. label: its name as staff know it."""

    label: str
    lines: list[Line]


def compare(before: Record | None, after: Record | None) -> list[Difference]:
    """Return the differences, field by field; None counts as a new rule."""
    # A field that a record does not have is younger than the record.
    before, after = blank_record() | (before or {}), blank_record() | (after or {})
    return [
        Difference(
            label_of(name), list(_compare_lines(_show_value(name, old), _show_value(name, new)))
        )
        for name in blank_record()
        if (old := before.get(name)) != (new := after.get(name))
    ]


def _show_value(name: str, value: Any) -> str:
    """Return the value as staff read it."""
    if name == CARDS:
        return "\n".join(line for card in value or [] for line in _show_card(card))
    if name == "accounts":
        known = identity.accounts()
        return "\n".join(known.called(one) for one in syntax.read_lines(value or ""))
    field = FIELDS[name]
    if isinstance(value, bool):
        return "yes" if value else "no"
    if field.choices:
        return str(dict(field.flatchoices).get(value or None if value == "" else value, value))
    if isinstance(field, models.DateField) and value:
        return date_format(field.to_python(value))
    return "" if value is None else str(value)


def _show_card(card: Record) -> Iterator[str]:
    yield card.get("title", "")
    for name, field in CARD_FIELDS.items():
        for line in card.get(name, "").splitlines() if name != "title" else ():
            yield f"· {field.verbose_name}: {line}"


def _compare_lines(old: str, new: str) -> Iterator[Line]:
    olds, news = old.split("\n") if old else [], new.split("\n") if new else []
    matcher = difflib.SequenceMatcher(None, olds, news, autojunk=False)
    end = 0
    for group in matcher.get_grouped_opcodes(CONTEXT_LINES):
        if start := group[0][1] - end:
            yield Line("cut", f"{start} more the same")
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                yield from (Line("same", line) for line in olds[i1:i2])
            else:
                yield from (Line("gone", line) for line in olds[i1:i2])
                yield from (Line("new", line) for line in news[j1:j2])
        end = group[-1][2]
    if end < len(olds):
        yield Line("cut", f"{len(olds) - end} more the same")


@transaction.atomic
def reorder(places: Mapping[int, int], *, by: str) -> list[int]:
    """Set the order numbers of rules by their ids, all or none; return the unknown ids."""
    RulesVersion.hold()
    rows = ResponseRule.objects.filter(pk__in=places).prefetch_related("cards")
    rules = {rule.pk: rule for rule in rows.order_by("pk")}
    if unknown := [pk for pk in places if pk not in rules]:
        return unknown
    moved = [rule for rule in rules.values() if rule.order != places[rule.pk]]
    changes, now = [], timezone.now()
    for rule in moved:
        before = to_record(rule)
        rule.order, rule.changed_at = places[rule.pk], now
        changes.append(_make_change(rule.pk, before, to_record(rule), by=by, what=What.CHANGED))
    ResponseRule.objects.bulk_update(moved, ["order", "changed_at"])
    RuleChange.objects.bulk_create(changes)
    return []


@transaction.atomic
def go_back(rule: int, record: Record, *, by: str) -> Problems:
    """Restore a rule to this record, even if it was deleted; return the problems, if there are any.

    Fields that rules did not have then are as in a new rule.
    """
    before = read_stored(rule)
    known = {name: value for name, value in record.items() if name in blank_record()}
    instance = ResponseRule.objects.filter(pk=rule).first() or ResponseRule(pk=rule)
    try:
        draft = make_draft(blank_record() | known, instance)
    except ValidationError as error:
        return error.message_dict
    if problems := draft.problems():
        return problems
    save(draft, before, by=by, what=What.REVERTED)
    return {}


def list_deleted() -> models.QuerySet[RuleChange]:
    """Return the last change of each rule that no longer exists."""
    last = RuleChange.objects.values("rule").annotate(last=models.Max("pk")).values("last")
    return RuleChange.objects.filter(pk__in=last).exclude(
        rule__in=ResponseRule.objects.values("pk")
    )
