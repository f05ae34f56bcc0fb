"""Whether a rule that matches may answer: for this trigger, at this time, to this customer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from backoffice.ages import time_since
from conversations.engine import Past
from rules.triggers import TRIGGER_NAMES, Trigger, includes
from shop.current import ShopNow

if TYPE_CHECKING:
    from rules.models import ResponseRule


@dataclass(frozen=True, slots=True)
class Circumstances:
    """When, where and to whom a question is answered."""

    trigger: Trigger
    at: datetime
    referral: str
    past: Past
    shop: ShopNow
    opted_out: bool = False
    account: str = ""


def explain_refusal(rule: "ResponseRule", here: Circumstances) -> str:
    """Return a sentence that says why the rule may not answer here; empty if it may.

    What the customer got before is checked last: it is read from the database.
    """
    return (
        _check_account(rule, here)
        or _check_trigger(rule, here)
        or _check_opt_out(rule, here)
        or _check_referral(rule, here)
        or _check_day(rule, here)
        or _check_hours(rule, here)
        or _check_new_customer(rule, here)
        or _check_limit(rule, here)
    )


def _check_account(rule: "ResponseRule", here: Circumstances) -> str:
    wanted = rule.account_list()
    if not wanted or not here.account or here.account in wanted:
        return ""
    return "It is not for this Instagram account."


def _check_trigger(rule: "ResponseRule", here: Circumstances) -> str:
    if includes(rule.triggers(), here.trigger):
        return ""
    return f"It is not for {TRIGGER_NAMES[here.trigger]}."


def _check_opt_out(rule: "ResponseRule", here: Circumstances) -> str:
    starts = rule.opt_out == rule.OptOut.START
    if starts == here.opted_out:
        return ""
    return "The customer has not opted out." if starts else "The customer has opted out."


def _check_referral(rule: "ResponseRule", here: Circumstances) -> str:
    wanted = rule.referral.strip()
    if not wanted or wanted.casefold() == here.referral.strip().casefold():
        return ""
    return f"It is only for customers who came from '{wanted}'."


def _check_day(rule: "ResponseRule", here: Circumstances) -> str:
    if not (rule.first_day or rule.last_day):
        return ""
    today = here.shop.today(here.at)
    if rule.first_day and today < rule.first_day:
        return f"It begins on {rule.first_day:%-d %B %Y}."
    if rule.last_day and today > rule.last_day:
        return f"It ended on {rule.last_day:%-d %B %Y}."
    return ""


def _check_hours(rule: "ResponseRule", here: Circumstances) -> str:
    if not rule.hours:
        return ""
    is_open = here.shop.is_open(here.at)
    if is_open == (rule.hours == rule.Hours.INSIDE):
        return ""
    clock = f"it was {here.shop.local(here.at):%A %H:%M}"
    when = "outside business hours" if is_open else "in business hours"
    return f"It answers only {when}, and {clock}."


def _check_new_customer(rule: "ResponseRule", here: Circumstances) -> str:
    if not rule.only_new or here.past.is_new():
        return ""
    return "It is only for new customers, and this one was written to before."


def _check_limit(rule: "ResponseRule", here: Circumstances) -> str:
    hours = rule.once_in_hours
    last = here.past.last(rule.pk) if hours else None
    if last is None or here.at - last.at >= timedelta(hours=hours):
        return ""
    answered = time_since(here.at - last.at)
    return f"It already answered this customer {answered} (limit: once per {hours} h)."
