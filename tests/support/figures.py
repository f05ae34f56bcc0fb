"""The figures of days, counted once more and slowly: in plain Python, over every message."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from conversations.models import Account, AccountDay, Message
from conversations.statistics import times
from conversations.statistics.day import Figures, Person, RuleFigures
from conversations.statistics.report import Period
from shop.current import current_shop
from tests.support.waiting import NEEDS_ONE, TO_COMMENTS

Rows = Sequence[Message]


def slowly(*accounts: int) -> dict[date, dict[str, Any]]:
    """Return the figures of each day that has messages with these accounts, as they are stored."""
    talked = Message.objects.select_related("conversation").order_by("at", "pk")
    rows = [row for row in talked if row.conversation.account_id in accounts]
    zone = ZoneInfo(current_shop().time_zone)
    by_day: dict[date, list[Message]] = {}
    for row in rows:
        by_day.setdefault(row.at.astimezone(zone).date(), []).append(row)
    return {day: _count(here, rows, zone).as_json() for day, here in by_day.items()}


def check_figures() -> None:
    """Compare what is stored of each day with the slow count: of each account, and of all."""
    assert not AccountDay.objects.filter(dirty=True).exists(), "a day is still to be counted"
    every = list(Account.objects.values_list("pk", flat=True))
    for account in every:
        rows = AccountDay.objects.filter(account=account)
        check_same({row.day: row.figures for row in rows}, slowly(account))
        check_period([account], slowly(account))
    check_period(None, slowly(*every))


def check_period(accounts: Collection[int] | None, slow: dict[date, dict[str, Any]]) -> None:
    today = timezone.localdate()
    first, last = min(slow, default=today), max(slow, default=today)
    period = Period.read(first, last, accounts=accounts)
    check_same({day: found.as_json() for day, found in period.days.items()}, slow)


def check_same(counted: dict[date, dict[str, Any]], slow: dict[date, dict[str, Any]]) -> None:
    found = {day: row for day, stored in counted.items() if (row := _without_zeros(stored))}
    there = {day: row for day, figures in slow.items() if (row := _without_zeros(figures))}
    assert found == there, f"\n{found}\nis counted, and there is\n{there}"


def _without_zeros(figures: Any) -> Any:
    """Return the same as JSON has it, without what is nothing."""
    if isinstance(figures, dict):
        kept = {str(name): _without_zeros(value) for name, value in figures.items()}
        return {name: value for name, value in kept.items() if value}
    if isinstance(figures, list):
        return figures if any(figures) else None
    return figures


def _count(here: Rows, rows: Rows, zone: ZoneInfo) -> Figures:
    figures = Figures()
    received = [row for row in here if _is_received(row)]
    figures.messages = Counter(
        received=len(received),
        customers=len({row.conversation_id for row in received}),
        answered=sum(row.verdict in ("answered", "together") for row in here),
        unanswered=sum(row.verdict in ("no_answer", "fallback") for row in here),
        left_to_person=sum(
            row.verdict in ("paused", "off", "too_old", "standby", "failed") or _is_left(row)
            for row in here
        ),
        bot_messages=sum(row.origin == "bot" and row.state == "sent" for row in here),
        staff_messages=sum(_is_persons(row) and row.state == "sent" for row in here),
        failed=sum(row.origin in ("bot", "staff") and row.state == "failed" for row in here),
    )
    for row in received:
        figures.hours[row.at.astimezone(zone).hour] += 1
        figures.starts[row.at.astimezone(zone).hour] += _is_start(row, rows)
        for label in row.conversation.labels.all():
            figures.labels[label.pk] = figures.labels.get(label.pk, 0) + 1
        _count_question(
            row, [one for one in rows if one.conversation_id == row.conversation_id], figures
        )
    for row in here:
        if _is_persons(row) and row.state == "sent":
            figures.people.setdefault(_name(row), Person()).messages += 1
    for rule in {row.rule for row in here if row.rule is not None}:
        given = [row for row in here if row.rule == rule]
        failed = {row.in_reply_to_id for row in given if row.state == "failed"} - {None}
        figures.rules[rule] = RuleFigures(len({row.at for row in given}), len(failed))
    return figures


def _count_question(row: Message, talk: Rows, figures: Figures) -> None:
    needs = _needs(row, talk)
    person = _first(row, talk, _is_persons, after=False) if needs else None
    if needs:
        figures.fates["by_staff" if person else "closed" if row.done_at else "not_answered"] += 1
    elif _is_left(row) and row.unsent_at is None:
        figures.fates["closed"] += 1
    else:
        figures.fates["by_bot" if row.verdict in ("answered", "together") else "other"] += 1
    if _is_asked(row) and not _another_waits(row, talk, _is_asked, _is_ours):
        answer = _first(row, talk, _is_ours, after=True)
        if answer and answer.origin == "bot":
            figures.bot_times[_bucket(row, answer)] += 1
    if person and not _another_waits(row, talk, lambda one: _needs(one, talk), _is_persons):
        figures.staff_times[_bucket(row, person)] += 1
        figures.people.setdefault(_name(person), Person()).times[_bucket(row, person)] += 1


def _bucket(row: Message, answer: Message) -> int:
    return times.bucket(((answer.sent_at or answer.at) - row.at).total_seconds())


def _another_waits(row: Message, talk: Rows, asks: Any, answers: Any) -> bool:
    """Walk from the beginning to this message: is one open that came before it?"""
    if row.kind == "comment":
        return False
    waits = False
    for one in sorted(talk, key=lambda one: (one.at, one.pk)):
        if one.pk == row.pk:
            return waits
        if one.kind == "comment" or one.kind in TO_COMMENTS:
            continue
        if asks(one):
            waits = True
        elif _is_delivered(one) and answers(one):
            waits = False
    raise AssertionError("it is in its conversation")


def _first(row: Message, talk: Rows, answers: Any, *, after: bool) -> Message | None:
    """Return the first delivered answer; after: of the same moment counts what came later."""
    said = [one for one in talk if _is_delivered(one) and answers(one)]
    if row.kind == "comment":
        fits = [one for one in said if one.in_reply_to_id == row.pk and one.kind in TO_COMMENTS]
    else:
        later = [
            one
            for one in said
            if one.at > row.at or (after and one.at == row.at and one.pk > row.pk)
        ]
        fits = [one for one in later if one.kind not in TO_COMMENTS]
    return min(fits, key=lambda one: (one.at, one.pk), default=None)


def _needs(row: Message, talk: Rows) -> bool:
    if row.origin != "customer" or row.unsent_at is not None or row.verdict == "undecided":
        return False
    if row.verdict in NEEDS_ONE or row.flagged:
        return True
    with_its_answer = {row.pk}
    if row.verdict == "together":
        with_its_answer.add(row.why.get("answered_with"))
    return any(
        one.origin == "bot"
        and one.in_reply_to_id in with_its_answer
        and one.state in ("failed", "cancelled")
        for one in talk
    )


def _is_left(row: Message) -> bool:
    return row.verdict == "kept" and row.reason.startswith("Left without an answer by ")


def _is_received(row: Message) -> bool:
    return row.origin == "customer" and (row.verdict != "kept" or _is_left(row))


def _is_start(row: Message, rows: Rows) -> bool:
    wrote = [
        one
        for one in rows
        if one.conversation_id == row.conversation_id
        and _is_received(one)
        and one.kind != "comment"
        and (one.at, one.pk) < (row.at, row.pk)
        and row.at - one.at < timedelta(days=1)
    ]
    return row.kind != "comment" and not wrote


def _is_asked(row: Message) -> bool:
    kept = row.verdict in ("kept", "standby")
    return row.origin == "customer" and row.unsent_at is None and not kept


def _is_persons(row: Message) -> bool:
    return row.origin == "staff" or (row.origin == "app" and not row.reason)


def _is_ours(row: Message) -> bool:
    return row.origin == "bot" or _is_persons(row)


def _is_delivered(row: Message) -> bool:
    return row.state == "sent" and row.unsent_at is None


def _name(row: Message) -> str:
    return row.staff if row.origin == "staff" else ""
