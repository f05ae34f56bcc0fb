"""What surrounds the apps' pages: sidebar, first page, and the people who may log in."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone

from api.models import Token
from backoffice import parts
from conversations.admin import (
    failed_sends,
    late_customers,
    may_switch,
    stuck_sends,
    unseen_mentions,
    waiting_customers,
)
from conversations.display.chips import account_chip
from conversations.models import (
    Account,
    AutomaticText,
    Conversation,
    Label,
    LateQuestion,
    Mention,
    OutboxMessage,
    SavedReply,
)
from instabot import people  # noqa: F401 - registers them
from rules import opt_out
from rules.admin import count_unanswered
from rules.models import DismissedGroup, ResponseRule
from shop.current import current_shop
from shop.models import Shop, Tuning
from webhooks.models import WebhookEvent

admin.site.index_template = "instabot/index.html"
admin.site.index_title = "Overview"


@dataclass(frozen=True, slots=True)
class Fact:
    """What the first page says about a list, and the filter that shows just that."""

    text: str
    urgent: bool = False
    query: str = ""


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _about_conversations() -> Fact:
    waiting = waiting_customers()
    if not waiting:
        return Fact("No one is waiting.")
    return Fact(f"{_counted(waiting, 'customer')} waiting", urgent=True, query="?tab=waiting")


def _about_late() -> Fact:
    late = late_customers()
    if not late:
        return Fact("No missed messages.")
    return Fact(
        f"{_counted(late, 'customer')} wrote while instabot or the bot was off", urgent=True
    )


def _about_outbox() -> Fact:
    failed, stuck = failed_sends(), stuck_sends()
    waiting = f"{_counted(stuck, 'message')} waiting for more than a minute" if stuck else ""
    wrong = f"{_counted(failed, 'message')} failed or not confirmed" if failed else ""
    if not (failed or stuck):
        return Fact("Nothing failed, nothing waiting.")
    return Fact(", ".join(filter(None, [waiting, wrong])), urgent=True)


def _about_unanswered() -> Fact:
    count = count_unanswered()
    if not count:
        return Fact("No unanswered messages in the last 7 days.")
    return Fact(f"{_counted(count, 'message')} not answered (7 days)")


def _about_rules() -> Fact:
    active = list(ResponseRule.objects.active().only("opt_out"))
    lacks = ", none for opting out" if opt_out.is_missing(active) else ""
    return Fact(f"{_counted(len(active), 'rule')} active{lacks}", query="?active__exact=1")


def _about_shop() -> Fact:
    now = current_shop()
    if not now.hours:
        return Fact("No business hours: always open.")
    return Fact("Open now." if now.is_open(timezone.now()) else "Closed now.")


def _about_events() -> Fact:
    failed = WebhookEvent.objects.filter(state=WebhookEvent.State.FAILED).count()
    if not failed:
        return Fact("No failed events.")
    return Fact(f"{_counted(failed, 'event')} failed", urgent=True, query="?state__exact=failed")


def _about_account() -> Fact:
    account = Account.objects.order_by("pk").first()
    if account is None:
        return Fact("Not connected yet.")
    chip = account_chip(account, timezone.now())
    return Fact(f"{account}: sending {chip.text}", urgent=chip.tone != "good")


@dataclass(frozen=True, slots=True)
class Place:
    """A list, or a page beside it, that people open, if they may."""

    title: str
    icon: str
    model: type[Model]
    page: str = "changelist"
    may: Callable[[HttpRequest], bool] | None = None  # where the right to view does not say it

    def is_open_to(self, request: HttpRequest) -> bool:
        if self.may:
            return self.may(request)
        return bool(admin.site.get_model_admin(self.model).has_view_permission(request))

    def link(self) -> str:
        meta = self.model._meta  # noqa: SLF001 - public in Django's documentation
        return reverse(f"admin:{meta.app_label}_{meta.model_name}_{self.page}")


CONVERSATIONS = Place("Inbox", "inbox", Conversation)
LATE = Place("Late messages", "history", LateQuestion)
OUTBOX = Place("Outbox", "outbox", OutboxMessage)
RULES = Place("Rules", "rule", ResponseRule)
UNANSWERED = Place("Unanswered questions", "contact_support", DismissedGroup)
TRY_IT = Place("Try it", "chat_bubble", ResponseRule, "try_it")
SETTINGS = Place("Settings", "tune", Tuning)
BOT = Place("Bot", "power_settings_new", Account, "switch", may_switch)
SHOP = Place("Shop", "storefront", Shop)
EVENTS = Place("Webhook events", "webhook", WebhookEvent)
ACCOUNT = Place("Account", "alternate_email", Account)
MENTIONS = Place("Mentions", "notifications", Mention)
SAVED_REPLIES = Place("Saved replies", "quickreply", SavedReply)
LABELS = Place("Labels", "label", Label)
AUTOMATIC = Place("Automatic texts", "robot_2", AutomaticText)
PEOPLE = [
    Place("People", "person", User),
    Place("Roles", "badge", Group),
    Place("API tokens", "key", Token),
]

SIDEBAR: Sequence[tuple[str, Sequence[Place]]] = (
    (
        "",
        [
            CONVERSATIONS,
            MENTIONS,
            OUTBOX,
            LATE,
            UNANSWERED,
            RULES,
            SAVED_REPLIES,
            TRY_IT,
            BOT,
            SHOP,
            SETTINGS,
        ],
    ),
    ("Instagram", [EVENTS, ACCOUNT, AUTOMATIC, LABELS]),
    ("Access", PEOPLE),
)
FIRST_PAGE: Sequence[tuple[Place, Callable[[], Fact]]] = (
    (CONVERSATIONS, _about_conversations),
    (OUTBOX, _about_outbox),
    (LATE, _about_late),
    (UNANSWERED, _about_unanswered),
    (RULES, _about_rules),
    (SHOP, _about_shop),
    (EVENTS, _about_events),
    (ACCOUNT, _about_account),
)


def bar_style(_: HttpRequest) -> str:
    """Return the style of the red bars, for Unfold's own pages."""
    return static("backoffice/bar.css")


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the sidebar as this person may use it."""
    wanted = parts.wanted(request)
    links = [place.link() for _, places in SIDEBAR for place in places]
    # A page that begins with two links is of the longer one: /try/ is not the list above it.
    here = max((link for link in links if request.path.startswith(link)), key=len, default="")
    return [
        {
            "title": title,
            "separator": bool(title),
            "items": [
                _item(request, place, here, counted="menu" in wanted)
                for place in places
                if place.is_open_to(request)
            ],
        }
        for title, places in SIDEBAR
    ]


def _item(request: HttpRequest, place: Place, here: str, *, counted: bool) -> dict[str, Any]:
    link = place.link()
    item: dict[str, Any] = {"title": place.title, "icon": place.icon, "link": link}
    item["active"] = link == here
    counts: dict[Place, Callable[[], int]] = {
        CONVERSATIONS: waiting_customers,
        OUTBOX: failed_sends,
        LATE: late_customers,
        MENTIONS: lambda: unseen_mentions(request),
    }
    if counted and place in counts and (waiting := counts[place]()):
        item |= {"badge": waiting, "badge_style": "solid"}
    return item


def overview(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Put on the first page what asks for attention, as this person may see it."""
    cards = []
    for place, about in FIRST_PAGE:
        if place.is_open_to(request):
            fact = about()
            link = place.link() + fact.query
            cards.append(asdict(fact) | {"title": place.title, "icon": place.icon, "link": link})
    return context | {"cards": cards}
