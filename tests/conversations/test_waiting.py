"""Who waits for a person, and since when: each line of the rule, and what ends it."""

from collections.abc import Callable
from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from conversations import bot_switch, outbox, waiting
from conversations.models import Conversation, Message, Origin, State, Verdict
from conversations.waiting import Assigned
from rules.models import ResponseRule
from shop import tuning
from tests.support.clock import Clock
from tests.support.graph import Sent
from tests.support.points import TURN, at_point
from tests.support.scene import Scene
from tests.support.shop import Shop, at_rest, settled
from tests.support.talks import LIST, ask, make_conversation, plans, say, unsends
from tests.support.threads import all_at_once
from tests.support.waiting import check_who_waits
from workqueue.snapshot import Snapshot

HOUR = timedelta(hours=1)


@pytest.fixture
def scene(shop: Shop, time_passes: Clock) -> Scene:
    return Scene(shop, time_passes)


def with_fallback(_: Scene) -> None:
    ResponseRule.objects.filter(name="Fallback").update(active=True)


def read_together(s: Scene) -> None:
    """Two messages that only make sense as one."""
    tuning.put("waiting_seconds", "2")
    ResponseRule.objects.create(name="Blue", order=1, keywords="blue dress", reply="Sold out.")
    s.asks("the blue", works=False)
    s.asks("dress", works=False)
    s.works()
    s.works()


def stops_with_a_question(s: Scene) -> None:
    tuning.put("waiting_seconds", "2")
    s.asks("price", works=False)
    s.asks("STOP", works=False)
    s.works()
    s.works()


def poison(s: Scene) -> None:
    """The engine fails with this message, again and again."""
    s.asks(works=False)
    Conversation.objects.update(tries=5)
    s.works()


Step = Callable[[Scene], object]
# What happens in turn, and since which of the customer's messages they wait then; 0: they do not.
ROWS: dict[str, tuple[list[Step], int]] = {
    # What needs an answer
    "a question without an answer waits": ([Scene.asks], 1),
    "what only the fallback answered waits": ([with_fallback, Scene.asks], 1),
    "who writes while the bot is paused waits": (
        [lambda s: s.asks("price"), Scene.pauses, lambda s: s.asks("price")],
        2,
    ),
    "what came too late waits": ([lambda s: s.asks("price", minutes_ago=60)], 1),
    "what could not be decided waits": ([poison], 1),
    "an answer that failed leaves its question waiting": (
        [Scene.refuses, lambda s: s.asks("price")],
        1,
    ),
    "an answer that staff cancelled leaves its question waiting": (
        [Scene.cuts, lambda s: s.asks("price"), Scene.cancels],
        1,
    ),
    "an answer that a pause cancelled leaves its question waiting": (
        [
            Scene.throttles, lambda s: s.asks("price"), Scene.pauses, lambda s: s.passes(HOUR),
            Scene.works,
        ],
        1,
    ),
    "what was read together waits where the answer failed": ([Scene.refuses, read_together], 1),
    "an answer that flags leaves the customer waiting": ([lambda s: s.asks("human")], 1),
    "a question right before STOP waits": ([stops_with_a_question], 1),
    "who writes after STOP waits": ([lambda s: s.asks("STOP"), Scene.asks], 2),
    # What does not
    "who was answered does not wait": ([lambda s: s.asks("price")], 0),
    "what was read together and answered does not wait": ([read_together], 0),
    "what is not decided yet does not wait": ([lambda s: s.asks(works=False)], 0),
    "what another app answers does not wait": ([Scene.asks_another_app], 0),
    "a reaction does not wait": ([lambda s: s.asks("price"), Scene.reacts], 0),
    "that they have read it does not wait": ([lambda s: s.asks("price"), Scene.sees], 0),
    "a visit by a link does not wait": ([lambda s: s.asks("price"), Scene.comes_by_a_link], 0),
    "what is only read or visited leaves a question waiting": (
        [Scene.asks, Scene.sees, Scene.comes_by_a_link],
        1,
    ),
    "who writes while the bot is off waits": (
        [lambda s: s.asks("price"), Scene.switches_off, lambda s: s.asks("price")],
        2,
    ),
    "STOP does not wait": ([lambda s: s.asks("STOP")], 0),
    "STOP does not wait where the bot is paused": (
        [lambda s: s.asks("price"), Scene.pauses, lambda s: s.asks("STOP")],
        0,
    ),
    "STOP once more does not wait": ([lambda s: s.asks("STOP"), lambda s: s.asks("STOP")], 0),
    "STOP whose confirmation failed does not wait": ([Scene.refuses, lambda s: s.asks("STOP")], 0),
    "STOP that was taken back does not wait": (
        [
            lambda s: s.asks("price"), Scene.pauses, lambda s: s.asks("STOP"), Scene.resumes,
            lambda s: s.asks("START"), Scene.pauses, Scene.asks, Scene.done,
        ],
        0,
    ),
    # The oldest of them counts
    "the oldest question counts": ([Scene.asks, Scene.asks], 1),
    "an answer to a later question leaves the first one waiting": (
        [Scene.asks, lambda s: s.asks("price")],
        1,
    ),
    "what comes late counts from its own time": (
        [Scene.asks, lambda s: s.asks(minutes_ago=10)],
        2,
    ),
    # What ends it
    "a reply of staff ends it": ([Scene.asks, Scene.replies], 0),
    "a reply that is still queued ends it": ([Scene.asks, lambda s: s.replies(works=False)], 0),
    "a person in the app ends it": ([Scene.asks, Scene.app_says], 0),
    "a reply ends a flag": ([lambda s: s.asks("human"), Scene.replies], 0),
    "a person in the app ends a flag": ([lambda s: s.asks("human"), Scene.app_says], 0),
    "a person's message from before does not end it": (
        [lambda s: s.asks("price"), Scene.asks, lambda s: s.app_says(minutes_ago=1.5)],
        2,
    ),
    "another tool does not end it": ([Scene.asks, Scene.tool_says], 1),
    "an echo that is not clear yet does not end it": (
        [Scene.asks, Scene.cuts, lambda s: s.asks("price"), lambda s: s.app_says(works=False)],
        1,
    ),
    "an echo that turns out to be a person's ends it": (
        [Scene.asks, Scene.cuts, lambda s: s.asks("price"), Scene.app_says],
        0,
    ),
    "a reply that failed does not end it": ([Scene.asks, Scene.refuses, Scene.replies], 1),
    "a reply that failed brings a flag back": (
        [lambda s: s.asks("human"), Scene.refuses, Scene.replies],
        1,
    ),
    "a reply that was resent ends it": (
        [Scene.asks, Scene.refuses, Scene.replies, Scene.resends],
        0,
    ),
    "a failed answer that was resent ends it": (
        [Scene.refuses, lambda s: s.asks("price"), Scene.resends],
        0,
    ),
    "a failed answer that is closed leaves the question waiting": (
        [Scene.refuses, lambda s: s.asks("price"), Scene.cancels],
        1,
    ),
    "who writes after a reply waits since then": ([Scene.asks, Scene.replies, Scene.asks], 2),
    # Done
    "Done ends it": ([Scene.asks, Scene.done], 0),
    "Done ends a flag": ([lambda s: s.asks("human"), Scene.done], 0),
    "Done leaves what came after it waiting": (
        [Scene.asks, Scene.asks, lambda s: s.done(seen=1)],
        2,
    ),
    "Done leaves a flag that came after it": (
        [Scene.asks, lambda s: s.asks("human"), lambda s: s.done(seen=1)],
        2,
    ),
    "Done leaves a message that is not decided yet": (
        [Scene.asks, lambda s: s.asks(works=False), Scene.done, Scene.works],
        2,
    ),
    "a reply that fails after Done comes back": (
        [Scene.asks, Scene.refuses, lambda s: s.replies(works=False), Scene.done, Scene.works],
        1,
    ),
    "who writes after Done waits since then": ([Scene.asks, Scene.done, Scene.asks], 2),
    # What is computed anew
    "an edit keeps it": ([Scene.asks, Scene.edits], 1),
    "an unsend ends it": ([Scene.asks, Scene.unsends], 0),
    "an unsend ends the flag of its message": ([lambda s: s.asks("human"), Scene.unsends], 0),
    "an unsend leaves the others": ([Scene.asks, Scene.asks, Scene.unsends], 2),
    "a reply that is unsent in the app does not end it": (
        [Scene.asks, Scene.app_says, Scene.app_unsends],
        1,
    ),
    "a message that was automated does not end it": (
        [Scene.asks, Scene.app_says, Scene.marks_automatic],
        1,
    ),
    "a message that turns out to be an instant reply does not end it": (
        [Scene.asks, Scene.app_says, lambda s: s.asks("price", minutes_ago=1.03)],
        1,
    ),
    "a late question that is answered waits no more": (
        [lambda s: s.asks("price", minutes_ago=60), Scene.answers_late],
        0,
    ),
    "a late question that is left waits no more": (
        [lambda s: s.asks("price", minutes_ago=60), Scene.leaves_late],
        0,
    ),
    # Comments
    "a comment without an answer waits": ([Scene.comments], 1),
    "a direct message of a person does not answer a comment": (
        [lambda s: s.asks("price"), Scene.comments, Scene.replies],
        2,
    ),
    "a reply to the comment answers it": ([Scene.comments, Scene.replies_to_comment], 0),
    "a reply to the comment that failed does not": (
        [Scene.comments, lambda s: s.replies_to_comment(state=State.FAILED)],
        1,
    ),
    "a reply to a comment does not answer a direct message": (
        [Scene.asks, Scene.comments, lambda s: s.replies_to_comment(2)],
        1,
    ),
    "a reply to a comment does not answer another one": (
        [Scene.comments, Scene.comments, Scene.replies_to_comment],
        2,
    ),
    "Done ends a comment's waiting": ([Scene.comments, Scene.done], 0),
    # A flag
    "who is flagged waits since their last message": (
        [lambda s: s.asks("price"), lambda s: s.asks("price"), Scene.flags],
        2,
    ),
    "who is flagged twice waits since the first time": (
        [lambda s: s.asks("price"), Scene.flags, lambda s: s.asks("price"), Scene.flags],
        1,
    ),
    "a flag after a reply waits": ([lambda s: s.asks("price"), Scene.replies, Scene.flags], 1),
    "a reply ends a flag of staff": ([lambda s: s.asks("price"), Scene.flags, Scene.replies], 0),
    "Done ends a flag of staff": ([lambda s: s.asks("price"), Scene.flags, Scene.done], 0),
    "what cannot be settled waits": (
        [Scene.cuts, lambda s: s.asks("price"), lambda s: s.passes(HOUR), Scene.works],
        1,
    ),
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS)
def test_who_waits_and_since_when(scene: Scene, row: str) -> None:
    steps, number = ROWS[row]
    for step in steps:
        step(scene)
    since = scene.theirs()[number - 1].at if number else None
    assert scene.talk.waiting_since == since
    check_who_waits()


def test_who_is_flagged_and_never_wrote_waits_from_now_on(scene: Scene) -> None:
    scene.app_says("Welcome!")
    before = timezone.now()
    scene.flags()
    assert scene.talk.waiting_since
    assert scene.talk.waiting_since >= before
    assert scene.talk.needs_person


def test_a_question_costs_no_more_statements_where_it_is_answered(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = []
    monkeypatch.setattr(waiting, "_recount", lambda row, _: counted.append(row))
    scene.asks("price")
    scene.asks("delivery")
    assert counted == []


def test_a_flag_of_an_earlier_version_is_kept_until_a_person_writes(scene: Scene) -> None:
    scene.asks("price")
    Conversation.objects.update(needs_person=True)
    scene.asks()
    assert scene.talk.needs_person
    assert scene.talk.waiting_since
    scene.replies()
    assert not scene.talk.needs_person
    assert scene.talk.waiting_since is None


# Between the steps of a turn, and all at once

MEANWHILE: dict[str, Step] = {
    "a person writes in the app": lambda s: s.app_says(works=False),
    "staff reply": lambda s: s.replies(works=False),
    "staff are done": Scene.done,
    "staff flag": Scene.flags,
    "the customer unsends": lambda s: unsends(s.shop, s.theirs()[-1].mid or ""),
    "the customer writes": lambda s: s.asks(works=False),
    "the bot is switched off": lambda s: bot_switch.switch_off(s.talk.account_id, "anna"),
}


@pytest.mark.parametrize("point", TURN)
@pytest.mark.parametrize("meanwhile", MEANWHILE)
def test_whatever_happens_during_a_turn_counts(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, time_passes: Clock, meanwhile: str, point: str
) -> None:
    scene.asks("price")
    at_point(monkeypatch, point, lambda: (MEANWHILE[meanwhile](scene), None)[1])
    scene.asks("price", works=False)
    scene.asks("huh?")
    check_who_waits()
    settled(scene.shop, time_passes)
    assert at_rest()


def test_of_changes_at_once_none_is_lost(scene: Scene) -> None:
    scene.asks()
    talk = scene.talk.pk

    def writes(number: int) -> None:
        theirs = Shop(scene.shop.graph)
        theirs.hears("price" if number % 2 else "huh?", mid=f"aWdfAtOnce{number}")
        theirs.works()

    def replies(number: int) -> None:
        outbox.reply(talk, "Hello!", "anna", f"at-once-{number}")

    def is_done(_: int) -> None:
        seen = Message.objects.filter(conversation=talk).latest("pk")
        waiting.done(talk, seen.pk, timezone.now())

    def says(number: int) -> None:
        apps = Shop(scene.shop.graph)
        now = timezone.now().timestamp()
        apps.hears_echo(Sent("870001", f"I look {number}.", "", f"aWdfPerson{number}", now))
        apps.reads()

    all_at_once(writes, replies, is_done, says)
    scene.works()
    check_who_waits()


# Put off


@pytest.mark.parametrize("word", [Scene.asks, Scene.comments, Scene.asks_another_app])
def test_a_customer_who_writes_is_put_off_no_longer(scene: Scene, word: Step) -> None:
    scene.asks()
    scene.puts_off()
    assert scene.talk.put_off_until
    assert scene.talk.waiting_since, "it waits all the same"
    word(scene)
    scene.works()
    assert scene.talk.put_off_until is None


def test_what_was_put_off_can_be_taken_back_and_done_ends_it(scene: Scene) -> None:
    scene.asks()
    scene.puts_off()
    waiting.put_off(scene.talk.pk, None, "anna")
    assert scene.talk.put_off_until is None
    scene.puts_off()
    scene.done()
    assert scene.talk.put_off_until is None


# Who has it


@pytest.fixture
def anna(db: None) -> User:
    return User.objects.create_user("anna")


def test_whoever_replies_takes_what_nobody_had(scene: Scene, anna: User) -> None:
    scene.asks()
    scene.replies()
    assert scene.talk.assignee == anna


def test_a_reply_does_not_take_what_a_colleague_has(scene: Scene, anna: User) -> None:
    ben = User.objects.create_user("ben")
    scene.asks()
    waiting.assign(scene.talk.pk, ben.pk, seen=None)
    scene.replies()
    assert scene.talk.assignee == ben
    waiting.assign(scene.talk.pk, None, seen=ben.pk)
    assert scene.talk.assignee is None


def test_who_gives_it_to_somebody_is_told_what_became_of_that(scene: Scene, anna: User) -> None:
    ben = User.objects.create_user("ben")
    scene.asks()
    talk = scene.talk.pk
    assert waiting.assign(talk, ben.pk, seen=None) == Assigned.GIVEN
    assert waiting.assign(talk, ben.pk, seen=None) == Assigned.HAS_IT
    assert waiting.assign(talk, anna.pk, seen=None) == Assigned.TAKEN
    assert waiting.assign(talk, anna.pk, seen=None, anyway=True) == Assigned.GIVEN
    assert waiting.assign(talk, None, seen=anna.pk) == Assigned.GIVEN
    assert waiting.assign(talk, None, seen=anna.pk) == Assigned.HAS_IT


def test_a_reply_by_a_name_that_no_user_has_takes_nothing(scene: Scene) -> None:
    scene.asks()
    outbox.reply(scene.talk.pk, "Hello!", "a program", "token")
    assert scene.talk.assignee is None


# The page


def mark_done(staff: Client, talk: Conversation, **posted: str) -> None:
    assert staff.post(f"{LIST}{talk.pk}/change/", posted).status_code == 302


def test_done_on_the_page_leaves_what_came_while_it_was_open(scene: Scene, staff: Client) -> None:
    scene.asks()
    shown = staff.get(f"{LIST}{scene.talk.pk}/change/").content.decode()
    seen = str(scene.theirs()[0].pk)
    assert f'name="seen" value="{seen}"' in shown
    scene.asks()
    mark_done(staff, scene.talk, seen=seen)
    assert scene.talk.waiting_since == scene.theirs()[1].at
    mark_done(staff, scene.talk)
    assert scene.talk.waiting_since is None


def test_a_flag_on_the_page_lets_the_customer_wait(scene: Scene, staff: Client) -> None:
    scene.asks("price")
    mark_done(staff, scene.talk, needs_person="on")
    assert scene.talk.needs_person
    assert scene.talk.waiting_since == scene.theirs()[0].at


# An old database


def test_of_an_old_database_those_wait_who_are_flagged_and_nobody_else(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    migration = import_module("conversations.migrations.0013_waiting")
    now = timezone.now()
    flagged = [make_conversation(name, needs_person=True) for name in ("one", "two", "three")]
    left = make_conversation("left")
    for number, talk in enumerate([*flagged, left]):
        ask(talk, at=now - 5 * HOUR)
        question = ask(talk, at=now - number * HOUR, verdict=Verdict.ANSWERED)
        say(talk, in_reply_to=question, state=State.FAILED)
        say(talk, origin=Origin.STAFF, at=now)
    flagged.append(make_conversation("silent", needs_person=True))
    # Ids of a long run are high: the second bite begins among these messages, not at two.
    monkeypatch.setattr(migration, "BITE", Message.objects.latest("pk").pk - 6)
    migration.begin(apps, None)
    check_who_waits()
    since = [Conversation.objects.get(pk=talk.pk).waiting_since for talk in flagged]
    assert since[:3] == [now, now - HOUR, now - 2 * HOUR]
    assert since[3]
    for talk in [*flagged, left]:
        waiting.recount(talk.pk)
    assert [Conversation.objects.get(pk=talk.pk).waiting_since for talk in flagged] == since
    assert Conversation.objects.get(pk=left.pk).waiting_since is None


# What holds an answer back


def test_a_reply_whose_window_closed_while_it_was_held_leaves_the_customer_waiting(
    scene: Scene, settings: Settings
) -> None:
    settings.HUMAN_AGENT = False
    scene.asks()
    scene.throttles()
    scene.replies()
    assert scene.talk.waiting_since is None, "it is on its way"
    scene.passes(24 * HOUR)
    scene.works()
    assert Message.objects.get(origin="staff").state == State.FAILED
    assert scene.talk.waiting_since == scene.theirs()[0].at
    check_who_waits()


def test_a_recount_reads_no_conversation_to_its_end(talk: Conversation) -> None:
    for number in range(300):
        ask(talk, verdict=Verdict.ANSWERED, at=timezone.now() - number * HOUR)
        say(talk, at=timezone.now() - number * HOUR)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    ask(talk)
    found = "\n".join(plans(lambda: waiting.recount(talk.pk)))
    for index in ("message_needs_answer", "message_by_person", "message_not_said"):
        assert index in found


def test_thanks_as_a_first_message_waits_until_it_is_done_or_a_rule_answers_it(shop: Shop) -> None:
    ResponseRule.objects.filter(name="Fallback").delete()
    shop.hears("thanks!")
    shop.works()
    [talk] = Conversation.objects.all()
    assert talk.waiting_since is not None
    assert waiting.done(talk.pk, Message.objects.get().pk, timezone.now())
    talk.refresh_from_db()
    assert talk.waiting_since is None
    ResponseRule.objects.create(name="Thanks", order=5, keywords="thanks", reply="Any time!")
    Snapshot.forget_everything()
    shop.hears("thanks!", customer="870002")
    shop.works()
    assert shop.texts == ["Any time!"]
    assert Conversation.objects.get(customer_id="870002").waiting_since is None
