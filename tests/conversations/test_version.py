"""Whatever staff can see of a conversation raises its version, in the same transaction."""

import random
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from conversations import opt_out, outbox, turns, waiting
from conversations.account import profiles
from conversations.models import Conversation, Label, Message, Origin, State
from tests.conversations.test_waiting_walks import WALK, Step
from tests.support.clock import Clock
from tests.support.scene import Scene
from tests.support.shop import Shop
from tests.support.talks import LIST, make_conversation
from tests.support.threads import all_at_once
from tests.support.versions import each_transaction_raises, version_of, visible

STEPS = 25
DAY = timedelta(days=1)


@pytest.fixture
def scene(shop: Shop, time_passes: Clock) -> Iterator[Scene]:
    """A customer who has asked, and was answered."""
    scene = Scene(shop, time_passes)
    with each_transaction_raises():
        scene.asks("price")
        yield scene


def anna() -> User:
    found = User.objects.filter(username="anna").first()
    return found or User.objects.create_superuser("anna")


def posts(scene: Scene, where: str, data: dict[str, object]) -> None:
    client = Client()
    client.force_login(anna())
    client.post(f"{LIST}{where}", data)


def is_seen(scene: Scene, _: random.Random) -> None:
    said = scene.newest(origin=Origin.BOT, state=State.SENT)
    if said:
        scene.shop.hears_item({"read": {"mid": said.mid}})
        scene.works()


def reacts(scene: Scene, chance: random.Random) -> None:
    mid, emoji = scene.theirs()[0].mid, chance.choice("❤😮👍")
    scene.shop.hears_item({"reaction": {"mid": mid, "action": "react", "emoji": emoji}})
    scene.works()


def comes_from(scene: Scene, chance: random.Random) -> None:
    """By a link, beside a message or without one."""
    ref = {
        "ref": chance.choice(["autumn", "spring"]),
        "source": "SHORTLINKS",
        "type": "OPEN_THREAD",
    }
    scene.shop.hears_item({"referral": ref})
    scene.works()


def is_handed_over(scene: Scene, chance: random.Random) -> None:
    word = chance.choice(["take", "pass"])
    app = {"previous_owner_app_id": "1", "new_owner_app_id": "2", "metadata": ""}
    scene.shop.hears_item({f"{word}_thread_control": app})
    scene.works()


def gets_a_profile(scene: Scene, chance: random.Random) -> None:
    name = {
        "name": f"Maria {chance.randint(1, 9)}",
        "username": "maria",
        "profile_pic": "https://a/",
    }
    scene.shop.graph.profiles["870001"] = name
    scene.passes(DAY)
    scene.asks("price")
    profiles.refresh()


def gets_a_note(scene: Scene, chance: random.Random) -> None:
    posts(scene, f"{scene.talk.pk}/note/", {"text": f"She called, {chance.random()}."})
    assert scene.talk.notes.exists()


def loses_a_note(scene: Scene, chance: random.Random) -> None:
    gets_a_note(scene, chance)
    newest = scene.talk.notes.latest("pk")
    posts(scene, f"note/{newest.pk}/delete/", {})
    assert not scene.talk.notes.filter(pk=newest.pk).exists()


def is_assigned(scene: Scene, chance: random.Random) -> None:
    whom = chance.choice(["me", "nobody"])
    posts(scene, "bulk/", {"ticked": scene.talk.pk, "do": f"assign:{whom}"})


def loses_a_colleague(scene: Scene, _: random.Random) -> None:
    ben = User.objects.create_superuser("ben")
    posts(scene, "bulk/", {"ticked": scene.talk.pk, "do": f"assign:{ben.pk}"})
    assert scene.talk.assignee == ben
    ben.delete()


def works_with_a_dead_worker(scene: Scene, _: random.Random) -> None:
    """A message is found that was being sent by nobody knows whom."""
    with transaction.atomic():
        Conversation.objects.raise_version(scene.talk.pk)
        Message.objects.filter(state=State.QUEUED).update(state=State.SENDING)
    Conversation.objects.wake(scene.talk.pk, timezone.now())
    scene.works()


MORE: dict[str, Step] = {
    "is seen": is_seen,
    "reacts": reacts,
    "comes from": comes_from,
    "is handed over": is_handed_over,
    "gets a profile": gets_a_profile,
    "is assigned": is_assigned,
    "gets a note": gets_a_note,
    "loses a note": loses_a_note,
    "loses a colleague": loses_a_colleague,
    "a worker died": works_with_a_dead_worker,
    "is labelled": lambda s, c: posts(s, f"{s.talk.pk}/label/", {"label": c.choice("ab")}),
    "is labelled no more": lambda s, c: posts(s, f"{s.talk.pk}/label/", {"remove": c.choice("ab")}),
    "is labelled in bulk": lambda s, c: posts(
        s, "bulk/", {"ticked": s.talk.pk, "do": "label", "label": c.choice("ab")}
    ),
    "may be answered again": lambda s, _: opt_out.lift(s.talk.pk),
}  # fmt: skip
ALL = WALK | MORE


@pytest.mark.parametrize("name", ALL)
def test_each_visible_change_raises_the_version(scene: Scene, name: str) -> None:
    scene.asks("huh?")
    pk = scene.talk.pk
    before, version = visible(pk), version_of(pk)
    ALL[name](scene, random.Random(1))
    if visible(pk) != before:
        assert version_of(pk) > version


@pytest.mark.parametrize("seed", range(6))
def test_a_day_of_changes_leaves_no_version_behind(scene: Scene, seed: int) -> None:
    chance, pk = random.Random(seed), scene.talk.pk
    for _ in range(STEPS):
        before, version = visible(pk), version_of(pk)
        name = chance.choice(list(ALL))
        ALL[name](scene, chance)
        assert visible(pk) == before or version_of(pk) > version, name


def test_a_change_without_it_is_noticed(shop: Shop, time_passes: Clock) -> None:
    scene = Scene(shop, time_passes)
    scene.asks("price")
    before, pk = visible(scene.talk.pk), scene.talk.pk
    if connection.vendor == "sqlite":
        Message.objects.update(text="Something else.")
        assert visible(pk) != before
        return
    with pytest.raises(AssertionError), each_transaction_raises():
        Message.objects.update(text="Something else.")


@pytest.mark.parametrize("what", ["rename", "delete", "delete several"])
def test_a_label_that_changes_shows_on_all_that_have_it(
    staff: Client, django_capture_on_commit_callbacks: object, what: str
) -> None:
    label, other = Label.objects.named("returns"), make_conversation("other")
    talks = [make_conversation(f"customer{number}") for number in range(3)]
    for talk in talks:
        talk.labels.add(label)
    where = "/admin/conversations/label/"
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]  # a fixture
        if what == "rename":
            staff.post(f"{where}{label.pk}/change/", {"name": "refunds"})
        elif what == "delete":
            staff.post(f"{where}{label.pk}/delete/", {"post": "yes"})
        else:
            ticked = {"action": "delete_selected", "_selected_action": label.pk, "post": "yes"}
            staff.post(where, ticked)
    assert all(version_of(talk.pk) > talk.version for talk in talks)
    assert version_of(other.pk) == other.version


def test_nobody_waits_for_another_for_ever(shop: Shop, time_passes: Clock) -> None:
    """Each locks the conversation before its messages, whatever it does."""
    scene = Scene(shop, time_passes)
    scene.asks("price")
    pk, mid = scene.talk.pk, scene.theirs()[0].mid
    said = scene.newest(origin=Origin.BOT)
    assert said

    def hears(item: dict[str, object]) -> None:
        one = Shop(shop.graph)
        one.hears_item(item)
        one.reads()

    def is_seen(_: int) -> None:
        hears({"read": {"mid": said.mid}})

    def reacts(number: int) -> None:
        hears({"reaction": {"mid": mid, "action": "react", "emoji": "❤👍"[number % 2]}})

    def replies(number: int) -> None:
        outbox.reply(pk, "Hello!", "anna", f"at-once-{number}")

    def sends(_: int) -> None:
        turns.take(pk)

    def closes(_: int) -> None:
        outbox.cancel(Message.objects.filter(conversation=pk), "anna")
        waiting.done(pk, 10**6, timezone.now())

    def asks(number: int) -> None:
        one = Shop(shop.graph)
        one.hears("price", mid=f"aWdfAtOnce{number}")
        one.reads()

    all_at_once(is_seen, reacts, replies, sends, closes, asks)
    scene.works()


@pytest.mark.django_db(transaction=True)
def test_of_changes_at_once_each_is_counted() -> None:
    talk = make_conversation("maria")
    version = version_of(talk.pk)

    def change(_: int) -> None:
        Conversation.objects.raise_version(talk.pk)

    all_at_once(change, change, change)
    assert version_of(talk.pk) == version + 45
