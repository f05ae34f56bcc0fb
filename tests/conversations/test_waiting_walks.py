"""Random walks: whatever happens, who waits is what a slow recount over all messages says."""

import random
from collections.abc import Callable

import pytest

from conversations import outbox
from conversations.models import Conversation, Message, Origin, State
from rules.models import ResponseRule
from tests.support.clock import Clock
from tests.support.graph import Sent
from tests.support.scene import Scene
from tests.support.shop import Shop
from tests.support.waiting import check_who_waits

STEPS = 30
Step = Callable[[Scene, random.Random], object]


def of_theirs(act: Callable[[Scene, int], object]) -> Step:
    """Do it with one of the customer's messages."""

    def step(scene: Scene, chance: random.Random) -> None:
        if theirs := scene.theirs():
            act(scene, chance.randint(1, len(theirs)))

    return step


def replies(scene: Scene, chance: random.Random) -> None:
    try:
        scene.replies(works=chance.random() < 0.5)
    except outbox.ReplyError:
        return  # the customer has only commented


def echoes_ours(scene: Scene, chance: random.Random) -> None:
    """An echo of what we sent comes, perhaps once more, with or without our number."""
    if scene.shop.graph.sent:
        sent = chance.choice(scene.shop.graph.sent)
        if not sent.recipient.startswith(("comment:", "below:")):
            scene.shop.hears_echo(sent, metadata=chance.random() < 0.7)
            scene.works()


def confirms_what_was_given_up(scene: Scene, _: random.Random) -> None:
    """The echo of a message comes whose failure is on record, or that staff have closed."""
    rows = Message.objects.exclude(origin__in=[Origin.CUSTOMER, Origin.APP])
    if row := rows.filter(kind="text", state__in=[State.FAILED, State.CANCELLED], mid=None).first():
        mid = f"aWdfGivenUp{row.pk}"
        scene.shop.hears_echo(
            Sent("870001", row.text, f"instabot:{row.pk}", mid, row.at.timestamp())
        )
        scene.works()


def replies_to_comment(scene: Scene, chance: random.Random) -> None:
    comments = [n for n, row in enumerate(scene.theirs(), 1) if row.kind == "comment"]
    if comments:
        state = chance.choice([State.SENT, State.FAILED])
        scene.replies_to_comment(chance.choice(comments), state)


WORDS = ("price", "delivery", "huh?", "human", "STOP", "START", "price and delivery")
WALK: dict[str, Step] = {
    "writes": lambda s, c: s.asks(c.choice(WORDS)),
    "writes again": lambda s, c: s.asks(c.choice(WORDS), works=False),
    "writes late": lambda s, c: s.asks("price", minutes_ago=c.choice([0.5, 3, 20])),
    "comments": lambda s, c: s.comments(c.choice(WORDS)),
    "writes to another app": lambda s, _: s.asks_another_app(),
    "edits": of_theirs(lambda s, n: s.edits(n)),
    "unsends": of_theirs(lambda s, n: s.unsends(n)),
    "a person in the app": lambda s, c: s.app_says(minutes_ago=c.choice([0, 0, 2])),
    "not clear yet": lambda s, _: s.app_says("Hmm.", works=False),
    "a tool": lambda s, _: s.tool_says(),
    "an instant tool": lambda s, _: s.app_says("Hi there!", minutes_ago=1),
    "the app unsends": lambda s, _: s.app_unsends(),
    "was automated": lambda s, _: s.marks_automatic(),
    "staff reply": replies,
    "staff reply to a comment": replies_to_comment,
    "done": lambda s, _: s.done(),
    "done, having seen less": of_theirs(lambda s, n: s.done(seen=n)),
    "flag": lambda s, _: s.flags(),
    "pause": lambda s, _: s.pauses(),
    "resume": lambda s, _: s.resumes(),
    "put off": lambda s, _: s.puts_off(),
    "cancel": lambda s, _: s.cancels(),
    "resend": lambda s, _: s.resends(),
    "answer late": lambda s, _: s.answers_late(),
    "leave late": lambda s, _: s.leaves_late(),
    "refused": lambda s, _: s.refuses(),
    "throttled": lambda s, _: s.throttles(),
    "cut": lambda s, _: s.cuts(),
    "settled": lambda s, _: s.settles(),
    "works": lambda s, _: s.works(),
    "our echo": echoes_ours,
    "our echo after all": confirms_what_was_given_up,
}


@pytest.mark.parametrize("seed", range(12))
def test_who_waits_is_what_a_slow_recount_says(shop: Shop, time_passes: Clock, seed: int) -> None:
    chance, scene = random.Random(seed), Scene(shop, time_passes)
    ResponseRule.objects.filter(name="Price").update(
        for_comments=True, public_reply="We have written to you."
    )
    ResponseRule.objects.filter(name="Fallback").update(active=bool(seed % 2))
    scene.asks()
    walked = []
    for _ in range(STEPS):
        name = chance.choice(list(WALK))
        walked.append(name)
        WALK[name](scene, chance)
        try:
            check_who_waits()
        except AssertionError as error:
            raise AssertionError(f"after {walked}: {error}") from error
    assert Conversation.objects.count() == 1
