"""Instagram's side of each thread. It is in the database because web and worker share it."""

import secrets
from collections.abc import Iterable
from typing import Self

from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone

# The customers that are there from the beginning.
FIRST_CUSTOMERS = (
    ("8712406953310274", "Iryna Kovalenko", "iryna.kovalenko", 325),
    ("7093518826640159", "Marco Bianchi", "marco.bnc", 205),
    ("6348120975516023", "Aïsha Rahman", "aisha_rahman", 28),
    ("9157720364481096", "Tom Becker", "tombecker88", 150),
)


def new_igsid() -> str:
    """Return an id like Meta's: a text of 16 digits."""
    return str(10**15 + secrets.randbelow(9 * 10**15))


class CustomerQuerySet(models.QuerySet["Customer"]):
    def ensure_some(self) -> Self:
        """Return all customers; make the first ones if there are none (by several at once, too)."""
        if not self.exists():
            first = [
                Customer(igsid=igsid, name=name, username=username, hue=hue)
                for igsid, name, username, hue in FIRST_CUSTOMERS
            ]
            self.bulk_create(first, ignore_conflicts=True)
        return self.order_by("pk")

    def with_last_message(self) -> Self:
        last = Message.objects.filter(customer=OuterRef("pk")).order_by("-at", "-pk")
        return self.annotate(
            last_text=Subquery(last.values("text")[:1]),
            last_kind=Subquery(last.values("kind")[:1]),
            last_from_customer=Subquery(last.values("from_customer")[:1]),
            last_at=Subquery(last.values("at")[:1]),
        )


class Customer(models.Model):
    """Somebody with a phone, who may write to the shop."""

    igsid = models.CharField(max_length=20, unique=True, default=new_igsid)
    name = models.CharField(max_length=60)
    username = models.CharField(max_length=30)
    hue = models.PositiveSmallIntegerField(default=205)  # of the avatar, 0 to 359
    elsewhere = models.BooleanField(default=False)  # another app owns the conversation

    objects = CustomerQuerySet.as_manager()

    def __str__(self) -> str:
        return f"@{self.username}"

    @property
    def initials(self) -> str:
        words = self.name.split()
        return "".join(word[0] for word in [*words[:1], *words[1:][-1:]]).upper()


class Message(models.Model):
    """One bubble on the phone."""

    class Kind(models.TextChoices):
        TEXT = "text", "Text"
        QUICK_REPLY = "quick_reply", "Quick reply"
        POSTBACK = "postback", "Button"
        PHOTO = "photo", "Photo"
        VOICE = "voice", "Voice note"
        SHARED_POST = "shared_post", "Shared post"
        STORY_REPLY = "story_reply", "Reply to your story"
        STORY_MENTION = "story_mention", "Mention in a story"
        VIEW_ONCE = "view_once", "View-once photo"
        POLL = "poll", "Poll"
        COMMENT = "comment", "Comment on a post"
        VISIT = "visit", "Opened the chat"  # nothing was said
        # From the shop:
        ATTACHMENT = "attachment", "Attachment"
        TEMPLATE = "template", "Cards or buttons"
        PUBLIC_REPLY = "public_reply", "Public reply to a comment"
        BY_PERSON = "by_person", "Typed in the Instagram app"

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="messages")
    mid = models.CharField(max_length=255, unique=True)
    from_customer = models.BooleanField()
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.TEXT)
    text = models.TextField(blank=True)
    payload = models.CharField(max_length=1000, blank=True)
    # Of the shop: the quick replies under its text, and Meta's attachment object.
    quick_replies = models.JSONField(default=list, blank=True)
    attachment = models.JSONField(default=dict, blank=True)
    at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(null=True, blank=True)
    reply_to = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True)
    edits = models.PositiveSmallIntegerField(default=0)
    unsent = models.BooleanField(default=False)
    reaction = models.CharField(max_length=20, blank=True)

    class Meta:
        indexes = [
            # the thread, and the last message of each customer
            models.Index(fields=["customer", "at", "id"], name="sandbox_thread"),
        ]

    def __str__(self) -> str:
        return f"Message {self.pk}"


class Step(models.Model):
    """Something that the stand-in did for a message."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="steps")
    at = models.DateTimeField(default=timezone.now)
    text = models.CharField(max_length=300)
    good = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.text


class Fault(models.Model):
    """Something that Meta does wrong: for one customer or for all, once or until it is removed."""

    class Kind(models.TextChoices):
        HANG = "hang", "Accepts it, never answers"
        ERROR = "error", "Accepts it, answers 500"
        PROXY = "proxy", "Accepts it, answers an HTML 502"
        CUT = "cut", "Accepts it, answers half a JSON"
        THROTTLED = "throttled", "Too many calls (613)"
        LOGIN = "login", "Login refused (190)"
        WINDOW = "window", "Window closed (10/2534022)"
        GONE = "gone", "Unknown customer (100/2534014)"
        ECHO_BEFORE = "echo_before", "Echo before the answer"
        ECHO_NEVER = "echo_never", "No echo"
        ECHO_TWICE = "echo_twice", "Echo twice"
        ECHO_BARE = "echo_bare", "Echo without metadata"
        WEBHOOK_LOST = "webhook_lost", "Webhook lost"
        # Of the account, whoever is chosen:
        ME_HTML = "me_html", "GET /me answers HTML"
        ME_HANGS = "me_hangs", "GET /me never answers"
        CODE_EXPIRED = "code_expired", "Login code expired"
        NO_MESSAGES = "no_messages", "Login without the right to messages"
        NO_RENEWAL = "no_renewal", "Renewal of a token refused (190)"
        RENEWAL_BROKEN = "renewal_broken", "Renewal of a token answers 500"
        FIELDS_REFUSED = "fields_refused", "Webhook fields refused"
        FIELDS_LOST = "fields_lost", "Webhook field comments is lost"
        APP_REFUSED = "app_refused", "App webhooks: wrong app secret (190)"
        APP_BUSY = "app_busy", "App webhooks: too many calls (4)"
        APP_BROKEN = "app_broken", "App webhooks: answers 500"
        APP_HTML = "app_html", "App webhooks: answers an HTML 502"
        MENU_REFUSED = "menu_refused", "Menu and ice breakers refused (10)"
        MENU_LOST = "menu_lost", "Menu and ice breakers accepted, but lost"
        MENU_HTML = "menu_html", "Menu and ice breakers: answers HTML"
        MENU_HANGS = "menu_hangs", "Menu and ice breakers: never answers"

    OF_ACCOUNT = (
        Kind.ME_HTML, Kind.ME_HANGS, Kind.CODE_EXPIRED, Kind.NO_MESSAGES, Kind.NO_RENEWAL,
        Kind.RENEWAL_BROKEN, Kind.FIELDS_REFUSED, Kind.FIELDS_LOST, Kind.APP_REFUSED,
        Kind.APP_BUSY, Kind.APP_BROKEN, Kind.APP_HTML, Kind.MENU_REFUSED, Kind.MENU_LOST,
        Kind.MENU_HTML, Kind.MENU_HANGS,
    )  # fmt: skip

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, null=True, blank=True)
    kind = models.CharField(max_length=20, choices=Kind)
    once = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.get_kind_display()

    @classmethod
    def take(cls, customer: Customer | None, kinds: Iterable[str]) -> str:
        """Return the fault of these kinds that is due now; one that is for once is over then."""
        concerned = cls.objects.filter(Q(customer=customer) | Q(customer=None), kind__in=kinds)
        for fault in concerned.order_by("-once", "pk"):
            if not fault.once or cls.objects.filter(pk=fault.pk).delete()[0]:
                return fault.kind
        return ""


class Grant(models.Model):
    """What a login gave: a code, or a token that came of one."""

    class Kind(models.TextChoices):
        CODE = "code", "Code"
        SHORT = "short", "Token for an hour"
        LONG = "long", "Token for 60 days"

    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=10, choices=Kind)
    account = models.CharField(max_length=20)  # one of sandbox.tokens.SAMPLES
    permissions = models.JSONField(default=list)
    redirect = models.CharField(max_length=500, blank=True)  # of a code
    made_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)  # of a code

    def __str__(self) -> str:
        return self.get_kind_display()


class Subscription(models.Model):
    """The webhook fields that an account is subscribed to."""

    node = models.CharField(max_length=30, unique=True)
    fields = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.node}: {', '.join(self.fields)}"


class Menu(models.Model):
    """The ice breakers and the menu of the account: one row, as Meta has them."""

    parts = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"Menu {self.pk}"
