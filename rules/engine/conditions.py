"""When a rule whose words fit may answer: for what, when, to whom."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from conversations.engine import Past
from rules.triggers import TRIGGER_NAMES, Trigger
from shop.current import ShopNow

if TYPE_CHECKING:
    from rules.models import ResponseRule


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is so at the moment of a question."""

    trigger: Trigger
    at: datetime
    referral: str
    past: Past
    shop: ShopNow


def why_not(rule: "ResponseRule", now: Circumstances) -> str:
    """Return the sentence that tells why the rule may not answer now; empty: it may.

    What the customer got before is asked last: it is read from the database.
    """
    return (
        _wrong_event(rule, now)
        or _wrong_referral(rule, now)
        or _wrong_day(rule, now)
        or _wrong_hours(rule, now)
        or _known_customer(rule, now)
        or _too_often(rule, now)
    )


def _wrong_event(rule: "ResponseRule", now: Circumstances) -> str:
    return "" if now.trigger in rule.triggers() else f"It is not for {TRIGGER_NAMES[now.trigger]}."


def _wrong_referral(rule: "ResponseRule", now: Circumstances) -> str:
    wanted = rule.referral.strip()
    if not wanted or wanted.casefold() == now.referral.strip().casefold():
        return ""
    return f"It is only for customers who came from '{wanted}'."


def _wrong_day(rule: "ResponseRule", now: Circumstances) -> str:
    if not (rule.first_day or rule.last_day):
        return ""
    today = now.shop.today(now.at)
    if rule.first_day and today < rule.first_day:
        return f"It begins on {rule.first_day:%-d %B %Y}."
    if rule.last_day and today > rule.last_day:
        return f"It ended on {rule.last_day:%-d %B %Y}."
    return ""


def _wrong_hours(rule: "ResponseRule", now: Circumstances) -> str:
    if not rule.hours:
        return ""
    is_open = now.shop.is_open(now.at)
    if is_open == (rule.hours == rule.Hours.INSIDE):
        return ""
    clock = f"it was {now.shop.local(now.at):%A %H:%M}"
    when = "outside business hours" if is_open else "in business hours"
    return f"It answers only {when}, and {clock}."


def _known_customer(rule: "ResponseRule", now: Circumstances) -> str:
    if not rule.only_new or now.past.is_new():
        return ""
    return "It is only for new customers, and this one was written to before."


def _too_often(rule: "ResponseRule", now: Circumstances) -> str:
    hours = rule.once_in_hours
    last = now.past.last(rule.pk) if hours else None
    if last is None or now.at - last.at >= timedelta(hours=hours):
        return ""
    return f"It answers a customer once in {hours} h, and did so {ago(now.at - last.at)} ago."


def ago(time: timedelta) -> str:
    minutes = max(int(time.total_seconds() // 60), 0)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h"  # noqa: PLR2004 - of an hour
