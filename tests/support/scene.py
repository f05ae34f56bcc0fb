"""One customer, a shop and its staff: what may happen between them, a minute after each other."""

import itertools
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from conversations import bot_pause, bot_switch, inbox, outbox, waiting
from conversations.inbox import late
from conversations.models import FIRST, AutomaticText, Conversation, Message, Origin, State, Verdict
from rules import opt_out
from rules.models import ResponseRule
from tests.support.clock import Clock
from tests.support.graph import ACCOUNT, RESET, envelope, error
from tests.support.shop import Shop
from tests.support.talks import comment, unsends

MINUTE = timedelta(minutes=1)
TOOL = "We are out of office."  # another tool's text, marked as automatic
CUSTOMER = "870001"


@dataclass
class Scene:
    """The customer's messages are counted from 1, in the order in which they came."""

    shop: Shop
    passes: Clock
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        opt_out.add_rules(by="anna")
        fallback = ResponseRule.objects.filter(name="Fallback")
        fallback.update(match="fallback", active=False)
        ResponseRule.objects.create(
            name="Human", order=5, keywords="human", reply="A colleague will write.",
            needs_person=True,
        )  # fmt: skip
        AutomaticText.objects.create(text=TOOL)

    # What there is

    @property
    def talk(self) -> Conversation:
        return Conversation.objects.get(account=FIRST)

    def theirs(self) -> list[Message]:
        return list(self.talk.messages.filter(origin=Origin.CUSTOMER).order_by("pk"))

    def newest(self, **which: Any) -> Message | None:
        return self.talk.messages.filter(**which).order_by("pk").last()

    # What the customer does

    def asks(self, text: str = "huh?", minutes_ago: float = 0, *, works: bool = True) -> None:
        at = timezone.now() - minutes_ago * MINUTE
        self.shop.hears(text, at=at.timestamp())
        if works:
            self.works()
        else:
            self.shop.reads()

    def comments(self, text: str = "huh?") -> None:
        comment(self.shop, text, number=f"18{next(self.numbers)}")
        self.passes(MINUTE)

    def asks_another_app(self) -> None:
        item = {
            "sender": {"id": CUSTOMER},
            "recipient": {"id": ACCOUNT},
            "timestamp": int(timezone.now().timestamp() * 1000),
            "message": {"mid": f"aWdfStandby{next(self.numbers)}", "text": "huh?"},
        }
        self.shop.receives(envelope(item).replace(b'"messaging"', b'"standby"'))
        self.works()

    def reacts(self, number: int = 1) -> None:
        mid = self.theirs()[number - 1].mid
        self.shop.hears_item({"reaction": {"mid": mid, "action": "react", "emoji": "❤"}})
        self.works()

    def sees(self) -> None:
        """They have read the last thing that was said to them."""
        newest = self.talk.messages.exclude(mid=None).order_by("at", "pk").last()
        self.shop.hears_item({"read": {"mid": newest.mid if newest else "aWdfNothing"}})
        self.works()

    def comes_by_a_link(self) -> None:
        self.shop.hears_item(
            {"referral": {"ref": "spring", "source": "IGME", "type": "OPEN_THREAD"}}
        )
        self.works()

    def edits(self, number: int = 1, edit: int = 1) -> None:
        mid = self.theirs()[number - 1].mid
        self.shop.hears_item({"message_edit": {"mid": mid, "text": "price", "num_edit": edit}})
        self.works()

    def unsends(self, number: int = 1) -> None:
        unsends(self.shop, self.theirs()[number - 1].mid or "")
        self.works()

    # What people and tools say in the Instagram app

    def app_says(
        self, text: str = "I look.", minutes_ago: float = 0, *, works: bool = True
    ) -> None:
        at = timezone.now() - minutes_ago * MINUTE
        mid = f"aWdfApp{next(self.numbers)}"
        message = {"mid": mid, "text": text, "is_echo": True}
        us = {"sender": {"id": ACCOUNT}, "recipient": {"id": CUSTOMER}}
        self.shop.hears_item({**us, "message": message}, at=at.timestamp())
        if works:
            self.works()
        else:
            self.shop.reads()

    def tool_says(self) -> None:
        self.app_says(TOOL)

    def app_unsends(self) -> None:
        if said := self.newest(origin=Origin.APP, unsent_at=None):
            us = {"sender": {"id": ACCOUNT}, "recipient": {"id": CUSTOMER}}
            self.shop.hears_item({**us, "message": {"mid": said.mid, "is_deleted": True}})
            self.works()

    def marks_automatic(self) -> None:
        if said := self.newest(origin=Origin.APP, reason=""):
            inbox.mark_automatic(said, "anna")

    # What staff do

    def replies(self, text: str = "Hello!", *, works: bool = True) -> None:
        outbox.reply(self.talk.pk, text, "anna", f"token{next(self.numbers)}")
        if works:
            self.works()

    def done(self, seen: int | None = None) -> None:
        """Seen: the last of the customer's messages that the page showed."""
        last = self.newest() if seen is None else self.theirs()[seen - 1]
        waiting.done(self.talk.pk, last.pk if last else 0, timezone.now())

    def flags(self) -> None:
        waiting.flag(self.talk.pk, timezone.now())
        self.passes(MINUTE)

    def pauses(self) -> None:
        bot_pause.pause(self.talk.pk, "anna", timezone.now() + 3 * timedelta(hours=1))

    def resumes(self) -> None:
        bot_pause.resume(self.talk.pk)

    def switches_off(self) -> None:
        bot_switch.switch_off(self.talk.account_id, "anna")

    def puts_off(self) -> None:
        waiting.put_off(self.talk.pk, timezone.now() + timedelta(hours=3), "anna")

    def cancels(self) -> None:
        outbox.cancel(Message.objects.exclude(origin=Origin.CUSTOMER), "anna")
        self.works()

    def resends(self) -> None:
        which = Message.objects.filter(state__in=[State.FAILED, State.CANCELLED, State.UNKNOWN])
        outbox.resend(which, "anna")
        self.works()

    def answers_late(self) -> None:
        late.answer_late(Message.objects.filter(verdict=Verdict.TOO_OLD))
        self.works()

    def leaves_late(self) -> None:
        late.leave_late(Message.objects.all(), "anna")

    def replies_to_comment(self, number: int = 1, state: State = State.SENT) -> None:
        """As staff will be able to."""
        question = self.theirs()[number - 1]
        with transaction.atomic():
            Conversation.objects.raise_version(question.conversation_id)
            Message.objects.create(
                conversation=self.talk, origin=Origin.STAFF, kind="private_reply", text="Hi!",
                state=state, in_reply_to=question, staff="anna",
            )  # fmt: skip
            waiting.recount(self.talk.pk)

    # What Meta and the workers do

    def refuses(self) -> None:
        """The next message is refused for good."""
        self.shop.graph.faults.append(error(551))

    def throttles(self) -> None:
        """The next message is to be sent later, as all others."""
        self.shop.graph.faults.append(error(613))

    def cuts(self) -> None:
        """Nobody knows what became of the next message."""
        self.shop.graph.faults.append(RESET)

    def settles(self) -> None:
        self.shop.settles(self.passes)

    def works(self) -> None:
        self.shop.works()
        self.passes(MINUTE)
