"""The first page: what needs somebody now, today's figures, and whether everything runs."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Min
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from backoffice import ages, parts
from backoffice.counts import counted
from conversations import queries
from conversations.account import access, renewal
from conversations.admin import late_customers, stuck_sends, unseen_mentions
from conversations.display.chips import account_chip
from conversations.models import Account, Conversation, Message
from conversations.queries import Tab
from conversations.statistics.report import Period
from incidents import clocks
from incidents.work import OLDEST_DUE, WORKER_ALIVE, last_seen, oldest_due
from instabot.admin import (
    ACCOUNT,
    CONVERSATIONS,
    DOCTOR,
    EVENTS,
    LATE,
    MENTIONS,
    OUTBOX,
    RULES,
    SHOP,
    UNANSWERED,
    Place,
)
from reports import drawings, figures, tables
from reports.accounts import Chosen
from reports.admin import may_see
from rules import opt_out
from rules.admin import count_unanswered
from rules.models import ResponseRule
from shop.current import current_shop, shops
from shop.hours import DAY
from webhooks.models import WebhookEvent

WEEK = 7 * DAY
MINUTE = timedelta(minutes=1)
TOP_RULES = 5
GOOD, WARN, BAD, PLAIN = "good", "warn", "bad", "plain"


@dataclass(frozen=True, slots=True)
class Fact:
    """What is said of a list, and where it opens; count: 0 where there is nothing to do."""

    text: str
    place: Place
    count: int = 0
    urgent: bool = False
    query: str = ""
    more: str = ""

    @property
    def link(self) -> str:
        return self.place.link() + self.query

    @property
    def icon(self) -> str:
        return self.place.icon


@dataclass(frozen=True, slots=True)
class Sign:
    """Whether a part of the service is well, in a few words."""

    name: str
    text: str
    tone: str
    link: str = ""


def show(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    has_messages = Message.objects.exists()
    chosen = Chosen.read(request)
    asked = _Asked(request, now, chosen)
    facts = list(_facts(asked, has_messages=has_messages))
    context = {
        **admin.site.each_context(request),
        **parts.context(request),
        "title": "Home",
        "now": now,
        "chosen": chosen,
        "has_access": any(place.is_open_to(request) for place in PLACES) or may_see(request),
        "has_messages": has_messages,
        "to_do": sorted((one for one in facts if one.count), key=lambda one: not one.urgent),
        "calm": [one for one in facts if not one.count],
        "signs": list(_signs(request, now)),
    }
    if has_messages and may_see(request):
        lists = _lists_of_today(now, chosen) if CONVERSATIONS.is_open_to(request) else {}
        context |= _numbers(now, chosen, lists)
    return TemplateResponse(request, "instabot/home.html", context)


# What needs somebody


@dataclass(frozen=True, slots=True)
class _Asked:
    """Who asks, when, and of which accounts: what is not said of conversations is of all."""

    request: HttpRequest
    now: datetime
    chosen: Chosen

    @property
    def accounts(self) -> Collection[int] | None:
        return self.chosen.accounts


def _facts(asked: _Asked, *, has_messages: bool) -> Iterator[Fact]:
    """Return what there is to do, and what there is not; of no messages nothing is said."""
    for place, about in PLACES.items():
        if place.is_open_to(asked.request):
            for fact in about(asked):
                if fact.count or has_messages or place in (EVENTS, RULES):
                    yield fact


def _about_conversations(asked: _Asked) -> Iterator[Fact]:
    counts = queries.count_tabs(asked.request.user.pk, asked.now, asked.accounts)

    def fact(tab: Tab, text: str, *, urgent: bool = False, more: str = "") -> Fact:
        query = asked.chosen.narrow(tab=tab)
        return Fact(text, CONVERSATIONS, counts[tab], urgent, query, more)

    waiting, mine, closing = counts[Tab.WAITING], counts[Tab.MINE], counts[Tab.CLOSING]
    yield (
        fact(
            Tab.WAITING, f"{counted(waiting, 'customer')} waiting", urgent=True,
            more=_longest_wait(asked),
        )
        if waiting
        else fact(Tab.WAITING, "No one is waiting.")
    )  # fmt: skip
    if closing:
        yield fact(
            Tab.CLOSING, f"{counted(closing, 'conversation')} closing soon", urgent=True,
            more="Instagram takes no answer after that",
        )  # fmt: skip
    if undelivered := counts[Tab.NOT_DELIVERED]:
        said = f"{counted(undelivered, 'customer')} did not get a message"
        yield fact(Tab.NOT_DELIVERED, said, urgent=True, more="Failed or not confirmed, 7 days")
    else:
        yield fact(Tab.NOT_DELIVERED, "No failed messages in the last 7 days.")
    if mine:
        yield fact(Tab.MINE, f"{counted(mine, 'open conversation')} assigned to you")


def _longest_wait(asked: _Asked) -> str:
    rows = Conversation.objects.all()
    if asked.accounts is not None:
        rows = rows.filter(account__in=asked.accounts)
    waiting = queries.waiting(rows, asked.now)
    since = waiting.order_by().aggregate(since=Min("waiting_since"))["since"]
    return f"The longest for {ages.span(asked.now - since)}" if since else ""


def _about_mentions(asked: _Asked) -> Iterator[Fact]:
    if unseen := unseen_mentions(asked.request):
        yield Fact(f"{counted(unseen, 'note')} for you", MENTIONS, unseen, more="Not read yet")


def _about_late(asked: _Asked) -> Iterator[Fact]:
    late, query = late_customers(asked.accounts), asked.chosen.narrow()
    said = f"{counted(late, 'customer')} wrote too late for the bot, or while it was off"
    yield (
        Fact(said, LATE, late, urgent=True, query=query)
        if late
        else Fact("No missed messages.", LATE, query=query)
    )


def _about_outbox(asked: _Asked) -> Iterator[Fact]:
    stuck, query = stuck_sends(asked.accounts), asked.chosen.narrow()
    said = f"{counted(stuck, 'message')} waiting for more than a minute to be sent"
    yield (
        Fact(said, OUTBOX, stuck, urgent=True, query=query)
        if stuck
        else Fact("Nothing waiting to be sent.", OUTBOX, query=query)
    )


def _about_unanswered(asked: _Asked) -> Iterator[Fact]:
    """The page that it opens is of all accounts."""
    count = count_unanswered()
    of_all = ", all accounts" if asked.accounts is not None else ""
    said = f"{counted(count, 'message')} no rule answered (7 days{of_all})"
    yield (
        Fact(said, UNANSWERED, count, more="Make rules from them")
        if count
        else Fact("No unanswered messages in the last 7 days.", UNANSWERED)
    )


def _about_rules(_: _Asked) -> Iterator[Fact]:
    active = list(ResponseRule.objects.active().only("opt_out"))
    query = "?active__exact=1"
    if not active:
        yield Fact("No rules active", RULES, 1, more="The bot answers nobody")
    elif opt_out.is_missing(active):
        said = f"{counted(len(active), 'rule')} active, none for opting out"
        yield Fact(said, RULES, len(active), more="Add the rules for that on the list")
    else:
        yield Fact(f"{counted(len(active), 'rule')} active.", RULES, query=query)


def _about_events(_: _Asked) -> Iterator[Fact]:
    failed = WebhookEvent.objects.filter(state=WebhookEvent.State.FAILED).count()
    said = f"{counted(failed, 'event')} failed"
    yield (
        Fact(said, EVENTS, failed, urgent=True, query="?state__exact=failed")
        if failed
        else Fact("No failed events.", EVENTS)
    )


PLACES: dict[Place, Callable[[_Asked], Iterator[Fact]]] = {
    CONVERSATIONS: _about_conversations,
    MENTIONS: _about_mentions,
    LATE: _about_late,
    OUTBOX: _about_outbox,
    EVENTS: _about_events,
    UNANSWERED: _about_unanswered,
    RULES: _about_rules,
}


# The day in figures


def _numbers(now: datetime, chosen: Chosen, lists: dict[str, str]) -> dict[str, Any]:
    """Return today beside yesterday, and seven days beside the seven before.

    lists: what a figure of today opens, by its name.
    """
    today = current_shop().today(now)
    both = Period.read(today - 2 * WEEK + DAY, today, now, accounts=chosen.accounts)
    day, yesterday = both.part(today, today), both.part(today - DAY, today - DAY)
    week = both.part(today - WEEK + DAY, today)
    before = both.part(both.first, today - WEEK)
    rules = tables.by_rule(week)
    top = replace(rules, rows=rules.rows[:TOP_RULES], empty="No rule answered in the last 7 days.")
    return {
        "rows": [
            (of_day, of_week, lists.get(of_day.name, ""))
            for of_day, of_week in zip(
                figures.headline(day, yesterday), figures.headline(week, before), strict=True
            )
        ],
        "counted_at": both.counted_at,
        "days": drawings.of_days(both),
        "day_table": tables.by_day(both),
        "hours": drawings.of_hours(week),
        "hour_table": tables.by_hour(week),
        "top_rules": top,
    }


def _lists_of_today(now: datetime, chosen: Chosen) -> dict[str, str]:
    """Return the lists of who is behind a figure of today, by its name, where there is one."""
    since = current_shop().today(now).isoformat()
    wrote = chosen.narrow(tab=Tab.ALL, since=since)
    waiting = chosen.narrow(tab=Tab.WAITING)
    link = CONVERSATIONS.link()
    return {figures.MESSAGES_IN: link + wrote, figures.NOT_ANSWERED: link + waiting}


# Whether everything runs


def _signs(request: HttpRequest, now: datetime) -> Iterator[Sign]:
    if EVENTS.is_open_to(request):
        yield _last_webhook(now)
    yield _worker(clocks.shared_now())  # a sign of life is by the database's clock
    yield _oldest_work(now)
    if ACCOUNT.is_open_to(request):
        yield from _logins(now)
    if SHOP.is_open_to(request):
        yield from _shops(now)
    if DOCTOR.is_open_to(request):
        yield Sign("Doctor", "check everything", PLAIN, DOCTOR.link())


def _shops(now: datetime) -> Iterator[Sign]:
    """Say of each shop that somebody hears of whether it is open."""
    known, accounts = shops(), access.seen()
    own = {f"Shop of {one}": known.own[one.pk] for one in accounts if one.pk in known.own}
    general = {"Shop": known.general} if len(own) < len(accounts) else {}
    for title, shop in {**general, **own}.items():
        hours = "open now" if shop.is_open(now) else "closed now"
        yield Sign(title, hours if shop.hours else "no hours set: always open", PLAIN, SHOP.link())


def _last_webhook(now: datetime) -> Sign:
    newest = WebhookEvent.objects.order_by("-pk").values_list("received_at", flat=True).first()
    if newest is None:
        return Sign("Last webhook", "none yet", PLAIN, EVENTS.link())
    return Sign("Last webhook", f"{_span(now - newest)} ago", PLAIN, EVENTS.link())


def _worker(now: datetime) -> Sign:
    seen = last_seen()
    if seen is None:
        return Sign("Worker", "never seen: nothing is answered", BAD)
    if now - seen > WORKER_ALIVE:
        return Sign("Worker", f"not seen for {ages.span(now - seen)}: nothing is answered", BAD)
    return Sign("Worker", f"last sign {_span(now - seen)} ago", GOOD)


def _oldest_work(now: datetime) -> Sign:
    due = oldest_due(now)
    if due is None:
        return Sign("Work", "nothing waits", GOOD)
    tone = BAD if now - due > OLDEST_DUE else GOOD
    return Sign("Work", f"the oldest waits for {_span(now - due)}", tone)


def _span(length: timedelta) -> str:
    """Say a length of time, a short one in seconds."""
    if length < MINUTE:
        return f"{max(int(length.total_seconds()), 0)} s"
    return ages.span(length)


def _logins(now: datetime) -> Iterator[Sign]:
    accounts = list(Account.objects.seen().order_by("pk"))
    if not accounts:
        yield Sign("Instagram", "not connected yet", WARN, ACCOUNT.link())
    for account in accounts:
        chip = account_chip(account, now)
        said, tone = chip.text, chip.tone
        if account.active and (account.sending_held or account.is_paused(now)):
            said = f"{chip.text}. {chip.title}"
        elif account.active:
            said, tone = _say_login(account, now)
        yield Sign("Instagram", f"{account}: {said}", tone, ACCOUNT.link())


def _say_login(account: Account, now: datetime) -> tuple[str, str]:
    """Say what Meta says of a login that it has not refused, and the tone."""
    if not (account.token and account.instagram_id):
        return "login not used yet", PLAIN
    if account.renewal_problem:
        return f"login accepted, but not renewed: {account.renewal_problem}", WARN
    days = renewal.days_left(account, now)
    if days is None:
        return "login accepted", GOOD
    if days < 0:
        return "the login has ended: nothing is sent", BAD
    tone = WARN if renewal.warn(account, now) else GOOD
    return f"login accepted, ends in {counted(days, 'day')}", tone
