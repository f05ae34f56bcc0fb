"""What of a conversation is never deleted, however old it is: a row for each kind."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from conversations import waiting
from conversations.models import (
    UNTIL_RESUMED,
    AccountDay,
    Attempt,
    Conversation,
    Draft,
    Mention,
    Message,
    Note,
    Origin,
    Picture,
    RetentionUpkeep,
    State,
    Verdict,
)
from conversations.retention import bites, upkeep
from conversations.retention.customers import Customers
from shop.models import Tuning
from tests.support.points import at_point
from tests.support.retention import ago, asked, counts, keep, looks, said
from tests.support.talks import make_conversation
from tests.support.waiting import check_who_waits
from webhooks import retention

pytestmark = pytest.mark.django_db


@pytest.fixture
def talk(db: None) -> Conversation:
    """A customer who wrote a hundred days ago; messages are kept for thirty."""
    keep(messages=30)
    return make_conversation("maria", last_inbound_at=ago(100), created_at=ago(100))


def left() -> set[int]:
    return set(Message.objects.values_list("pk", flat=True))


def needing(talk: Conversation, days: float, **fields: Any) -> Message:
    row = asked(talk, days, **({"verdict": Verdict.NO_ANSWER} | fields))
    waiting.recount(talk.pk)
    return row


def answer(talk: Conversation, days: float, question_days: float = 90, **fields: Any) -> Message:
    question = asked(talk, question_days)
    return said(talk, days, in_reply_to=question, **fields)


Makes = Callable[[Conversation], Any]
STAYS: dict[str, Makes] = {
    # Open: a worker has still to do something about it.
    "not decided": lambda talk: asked(talk, 90, verdict=Verdict.UNDECIDED, decided_at=None),
    "queued": lambda talk: said(talk, 90, state=State.QUEUED, mid=None),
    "being sent": lambda talk: said(talk, 90, state=State.SENDING, mid=None),
    # Late: staff have still to decide.
    "came too late": lambda talk: asked(talk, 90, verdict=Verdict.TOO_OLD),
    "came too late, and a person answered": lambda talk: (
        asked(talk, 90, verdict=Verdict.TOO_OLD), said(talk, 80, origin=Origin.STAFF))[0],
    "came while the bot was off": lambda talk: asked(talk, 90, verdict=Verdict.OFF),
    # Not settled.
    "not confirmed": lambda talk: said(talk, 90, state=State.UNKNOWN, mid=None),
    "an echo that is not clear": lambda talk: said(
        talk, 90, state=State.UNDECIDED, origin=Origin.APP
    ),
    "failed, and on the list": lambda talk: said(talk, 90, state=State.FAILED, mid=None),
    # Waiting.
    "without an answer": lambda talk: needing(talk, 90),
    "paused": lambda talk: needing(talk, 90, verdict=Verdict.PAUSED),
    "flagged": lambda talk: needing(talk, 90, flagged=True),
    "its answer was cancelled": lambda talk: answer(talk, 90, state=State.CANCELLED, mid=None)
    and waiting.recount(talk.pk) and Message.objects.get(origin=Origin.CUSTOMER),
    "the last message of one that is flagged": lambda talk: (
        asked(talk, 90), waiting.flag(talk.pk, timezone.now()))[0],
    "what was said after one that waits": lambda talk: (
        needing(talk, 90), asked(talk, 80))[1],
    # What another row needs.
    "a question whose answer is young": lambda talk: answer(talk, 5).in_reply_to,
    "a question whose answer is queued": lambda talk: answer(
        talk, 90, state=State.QUEUED, mid=None).in_reply_to,
    "a question whose answer failed": lambda talk: answer(
        talk, 90, state=State.FAILED, mid=None).in_reply_to,
    "an answer whose question stays": lambda talk: said(
        talk, 90, in_reply_to=asked(talk, 90, verdict=Verdict.TOO_OLD)),
    "a person's word that answers what stays": lambda talk: (
        asked(talk, 90, verdict=Verdict.TOO_OLD),
        said(talk, 80, origin=Origin.STAFF, staff="anna"),
        waiting.recount(talk.pk))[1],
    # Young, by any of its times: Meta may tell of it once more.
    "written lately": lambda talk: asked(talk, 29),
    "came lately, though written long ago": lambda talk: asked(talk, 90, created_at=ago(5)),
    "decided lately": lambda talk: asked(talk, 90, decided_at=ago(5)),
    "edited lately": lambda talk: asked(talk, 90, edited_at=ago(5)),
    "unsent lately": lambda talk: asked(talk, 90, unsent_at=ago(5)),
    "called for lately": lambda talk: said(talk, 90, called_at=ago(5)),
    "sent lately": lambda talk: said(talk, 90, sent_at=ago(5)),
}  # fmt: skip
GOES: dict[str, Makes] = {
    "answered": lambda talk: answer(talk, 90),
    "answered by two messages": lambda talk: (
        answer(talk, 90),
        said(talk, 90, in_reply_to=Message.objects.get(origin=Origin.CUSTOMER), position=1))[1],
    "kept": lambda talk: asked(talk, 90, verdict=Verdict.KEPT),
    "of another app": lambda talk: asked(talk, 90, verdict=Verdict.STANDBY),
    "unsent": lambda talk: asked(talk, 90, unsent_at=ago(80), text=""),
    "a person's": lambda talk: said(talk, 90, origin=Origin.STAFF, staff="anna"),
    "from the app": lambda talk: said(talk, 90, origin=Origin.APP),
    "cancelled": lambda talk: said(talk, 90, origin=Origin.STAFF, state=State.CANCELLED, mid=None),
    "without a mid": lambda talk: asked(talk, 90, mid=None),
    "answered by a person": lambda talk: (
        needing(talk, 90), said(talk, 80, origin=Origin.STAFF), waiting.recount(talk.pk))[0],
    "a person's word that answered what goes": lambda talk: (
        needing(talk, 90), said(talk, 80, origin=Origin.STAFF), waiting.recount(talk.pk))[1],
    "done": lambda talk: (row := needing(talk, 90)) and (
        waiting.done(talk.pk, row.pk, ago(80)), row)[1],
    "before one that waits": lambda talk: (asked(talk, 91), needing(talk, 90))[0],
}  # fmt: skip


@pytest.mark.parametrize("make", STAYS.values(), ids=STAYS)
def test_it_stays(talk: Conversation, make: Makes) -> None:
    row = make(talk)
    waiting.recount(talk.pk)
    looks()
    assert row.pk in left()
    check_who_waits()


@pytest.mark.parametrize("make", GOES.values(), ids=GOES)
def test_it_goes(talk: Conversation, make: Makes) -> None:
    row = make(talk)
    Attempt.objects.create(message=row, started_at=row.at)
    asked(talk, 1)  # so that the conversation stays
    looks()
    assert row.pk not in left()
    assert not Attempt.objects.exists()
    assert left(), "what is young stays"
    check_who_waits()


@pytest.mark.parametrize("make", [*STAYS.values(), *GOES.values()], ids=[*STAYS, *GOES])
def test_by_default_everything_is_kept(talk: Conversation, make: Makes) -> None:
    make(talk)
    keep(messages=0)
    before = left()
    looks()
    assert left() == before


@pytest.mark.parametrize("days", [1, 3, 6.9])
def test_nothing_goes_within_a_week_whatever_a_row_says(talk: Conversation, days: float) -> None:
    """The setting refuses it; what another version has written there is refused here."""
    row = asked(talk, 6.9)
    Tuning.objects.filter(name="keep_messages_days").update(value=str(days))
    looks()
    assert row.pk in left()
    assert bites.age(days, timezone.now()).before <= ago(7)


def test_nothing_goes_that_the_figures_do_not_know_yet(talk: Conversation) -> None:
    row = answer(talk, 90)
    retention.look()  # nobody has counted
    assert row.pk in left()
    counts()
    Conversation.objects.raise_version(talk.pk)  # it has changed since
    RetentionUpkeep.objects.update(due_at=None)
    retention.look()
    assert row.pk in left()
    looks()
    assert left() == set()


def make_dirty() -> None:
    """A change of long ago is noticed: its day is to be counted anew."""
    AccountDay.objects.update(dirty=True)


def test_nothing_goes_of_a_day_that_is_to_be_counted_since_this_very_moment(
    talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = answer(talk, 90)
    talk.refresh_from_db()
    at_point(monkeypatch, "before a bite", make_dirty)
    looks()
    assert row.pk in left()
    after = Conversation.objects.get()
    assert (after.version, after.counted_version) == (talk.version, talk.version)
    looks()
    assert left() == set()


def test_customers_wait_for_the_figures_a_minute_at_most(talk: Conversation) -> None:
    row = answer(talk, 90)
    counts()
    make_dirty()
    upkeep.look([Customers()])
    assert row.pk in left()
    looked = RetentionUpkeep.objects.get()
    assert looked.places == {"customers": None}, "it is not over"
    assert looked.due_at
    assert looked.due_at - timezone.now() < timedelta(minutes=1)
    looks()
    assert not Conversation.objects.exists()


# What else is in a conversation: whether it goes with messages as old.
def note(talk: Conversation, days: float, **fields: Any) -> Note:
    return Note.objects.create(
        conversation=talk, text="Call her.", by="anna", at=ago(days), **fields
    )


def mention(talk: Conversation, *, seen: bool, active: bool = True) -> Note:
    row = note(talk, 90)
    user = User.objects.create_user("ben", is_active=active)
    Mention.objects.create(note=row, user=user, seen_at=ago(80) if seen else None)
    return row


def draft(talk: Conversation, days: float) -> Draft:
    user = User.objects.create_user("ben")
    return Draft.objects.create(
        conversation=talk, user=user, kind="reply", text="We", written_at=ago(days)
    )


def picture(talk: Conversation, days: float, message: Message | None = None) -> Picture:
    return Picture.objects.create(
        conversation=talk, message=message, token=f"t{days}", content_type="image/png",
        data=b"x" * 10, uploaded_by="anna", uploaded_at=ago(days),
    )  # fmt: skip


BESIDE: dict[str, tuple[Callable[[Conversation], Any], bool]] = {
    "an old note": (lambda talk: note(talk, 90), True),
    "a young note": (lambda talk: note(talk, 20), False),
    "a note whose colleague has looked": (lambda talk: mention(talk, seen=True), True),
    "a note whose colleague has not": (lambda talk: mention(talk, seen=False), False),
    "a note whose colleague has left": (
        lambda talk: mention(talk, seen=False, active=False), True),
    "a note beside one that waits": (
        lambda talk: (needing(talk, 95), note(talk, 90))[1], False),
    "an old draft": (lambda talk: draft(talk, 90), True),
    "a young draft": (lambda talk: draft(talk, 20), False),
    "a picture that was never sent": (lambda talk: picture(talk, 90), True),
    "a picture of a reply to come": (lambda talk: picture(talk, 20), False),
    "a picture of an old message": (
        lambda talk: picture(talk, 90, said(talk, 90, origin=Origin.STAFF)), True),
    "a picture of a message that failed": (
        lambda talk: picture(talk, 90, said(talk, 90, state=State.FAILED, mid=None)), False),
}  # fmt: skip


@pytest.mark.parametrize(("make", "goes"), BESIDE.values(), ids=BESIDE)
@pytest.mark.parametrize("idle", [True, False], ids=["silent since", "writes still"])
def test_what_is_beside_messages_goes_with_those_as_old(
    talk: Conversation, make: Callable[[Conversation], Any], goes: bool, idle: bool
) -> None:
    asked(talk, 92)
    row = make(talk)
    if not idle:
        asked(talk, 1)
        Conversation.objects.filter(pk=talk.pk).update(last_inbound_at=ago(1))
    looks()
    assert type(row).objects.filter(pk=row.pk).exists() == (not goes)


HEEDED: dict[str, dict[str, Any]] = {
    "who opted out": {"opted_out_at": ago(90)},
    "for whom the bot is paused": {"bot_paused_until": UNTIL_RESUMED, "bot_paused_by": "anna"},
}
OCCUPIED: dict[str, Callable[[Conversation], Any]] = {
    "who waits": lambda talk: needing(talk, 90),
    "who is put off": lambda talk: waiting.put_off(talk.pk, timezone.now(), "anna"),
    "whom somebody has": lambda talk: waiting.assign(
        talk.pk, User.objects.create_user("ben").pk, None),
    "to be looked at": lambda talk: Conversation.objects.filter(pk=talk.pk).update(
        due_at=timezone.now()),
    "with a young note": lambda talk: note(talk, 20),
    "who is flagged": lambda talk: waiting.flag(talk.pk, timezone.now()),
    "who began lately": lambda talk: Conversation.objects.filter(pk=talk.pk).update(
        created_at=ago(3)),
    "who wrote lately": lambda talk: Conversation.objects.filter(pk=talk.pk).update(
        last_inbound_at=ago(3)),
}  # fmt: skip


def test_a_customer_of_whom_nothing_is_left_goes(talk: Conversation) -> None:
    answer(talk, 90)
    looks()
    assert not Conversation.objects.exists()


@pytest.mark.parametrize("fields", HEEDED.values(), ids=HEEDED)
def test_what_must_be_heeded_stays_without_a_name(
    talk: Conversation, fields: dict[str, Any]
) -> None:
    answer(talk, 90)
    referral = {"referral": {"ref": "ad"}, "referral_ref": "ad", "referred_at": ago(90)}
    Conversation.objects.filter(pk=talk.pk).update(name="Maria", **referral, **fields)
    looks()
    looks()
    row = Conversation.objects.get()
    assert (row.name, row.username, row.referral, row.referral_ref) == ("", "", {}, "")
    assert row.customer_id == talk.customer_id
    assert {name: getattr(row, name) for name in fields} == fields
    assert not row.messages.exists()


@pytest.mark.parametrize("occupy", OCCUPIED.values(), ids=OCCUPIED)
def test_a_customer_stays_of_whom_somebody_has_something_to_do(
    talk: Conversation, occupy: Callable[[Conversation], Any]
) -> None:
    answer(talk, 95)
    occupy(talk)
    looks()
    row = Conversation.objects.get()
    assert row.username == "maria"
