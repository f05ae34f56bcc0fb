"""What surrounds the apps' pages: sidebar and first page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse

from api.models import Token
from audit.models import Entry
from backoffice import parts
from conversations.admin import (
    failed_sends,
    late_customers,
    may_switch,
    unseen_mentions,
    waiting_customers,
)
from conversations.composer import colleagues
from conversations.models import (
    Account,
    AutomaticText,
    Conversation,
    CustomerErasure,
    DayFigures,
    Label,
    LateQuestion,
    Mention,
    Menu,
    OutboxMessage,
    SavedReply,
)
from incidents.models import Contact, Incident
from instabot.doctor import page as doctor
from people.models import Invitation
from rules.models import DismissedGroup, ResponseRule
from shop.models import Shop, Tuning
from webhooks.models import WebhookEvent

admin.site.index_title = "Home"


@dataclass(frozen=True, slots=True)
class Place:
    """A list, or a page beside it, that people open, if they may."""

    title: str
    icon: str
    model: type[Model]
    page: str = "changelist"
    may: Callable[[HttpRequest], bool] | None = None  # where the right to view does not say it
    url: str = ""  # the name of a page that stands beside no list

    def is_open_to(self, request: HttpRequest) -> bool:
        if self.may:
            return self.may(request)
        return bool(admin.site.get_model_admin(self.model).has_view_permission(request))

    def link(self) -> str:
        if self.url:
            return reverse(self.url)
        meta = self.model._meta  # noqa: SLF001 - public in Django's documentation
        return reverse(f"admin:{meta.app_label}_{meta.model_name}_{self.page}")


REPORTS = Place("Reports", "bar_chart", DayFigures)
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
ACCOUNT = Place("Accounts", "alternate_email", Account)
MENU = Place("Menu", "toc", Menu)
DOCTOR = Place("Doctor", "stethoscope", Account, may=doctor.may_see, url="doctor")
INCIDENTS = Place("Incidents", "warning", Incident)
CONTACTS = Place("Contacts", "contact_phone", Contact)
MENTIONS = Place("Mentions", "notifications", Mention)
SAVED_REPLIES = Place("Saved replies", "quickreply", SavedReply)
LABELS = Place("Labels", "label", Label)
AUTOMATIC = Place("Automatic texts", "robot_2", AutomaticText)
PEOPLE = [
    Place("People", "person", User),
    Place("Invitations", "person_add", Invitation),
    Place("Roles", "badge", Group),
    Place("API tokens", "key", Token),
    Place("Audit log", "overview", Entry),
    Place("Erasures", "ink_eraser", CustomerErasure),
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
            REPORTS,
            BOT,
            SHOP,
            SETTINGS,
        ],
    ),
    ("Instagram", [EVENTS, ACCOUNT, MENU, DOCTOR, AUTOMATIC, LABELS]),
    ("Watch", [INCIDENTS, CONTACTS]),
    ("Access", PEOPLE),
)


def bar_style(_: HttpRequest) -> str:
    """Return the style of the red bars, for Unfold's own pages."""
    return static("backoffice/bar.css")


def palette_style(_: HttpRequest) -> str:
    return static("backoffice/palette.css")


def palette_script(_: HttpRequest) -> str:
    """Return the script of Ctrl-K, for Unfold's own pages."""
    return static("backoffice/palette.js")


def own_pages(request: HttpRequest) -> list[dict[str, str]]:
    """Return what stands below one's own name, on all pages of the admin."""
    user: Any = request.user
    found: list[dict[str, str]] = []
    if not user.is_authenticated:
        return found
    if colleagues.may_read(user):
        link = reverse("admin:notices_listener_changelist")
        found.append({"title": "My notices", "link": link})
    sessions = reverse("admin:people_session_changelist")
    found.append({"title": "My sessions", "link": sessions})
    found.append({"title": "Second factor", "link": reverse("second_factor")})
    if user.has_usable_password():
        found.append({"title": "Change password", "link": reverse("admin:password_change")})
    return found


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
