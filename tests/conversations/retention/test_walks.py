"""Random walks: whatever has happened, what goes is what a slow look over all messages lets go."""

import random
from collections.abc import Iterable
from datetime import timedelta

import pytest
from django.utils import timezone

from conversations.models import (
    AccountDay,
    Conversation,
    FiguresUpkeep,
    Message,
    Origin,
    RetentionUpkeep,
)
from conversations.retention import bites, upkeep
from conversations.retention.rows import ATTEMPTS, PICTURES
from conversations.retention.thread import Threads
from conversations.statistics import upkeep as figures
from rules.models import ResponseRule
from tests.conversations.test_version import ALL
from tests.conversations.test_waiting_walks import Step
from tests.support.clock import Clock
from tests.support.retention import keep, must_stay
from tests.support.scene import Scene
from tests.support.shop import Shop
from tests.support.waiting import check_who_waits, talks_of_persons
from webhooks.models import WebhookEvent
from webhooks.retention import EVENTS
from workqueue import snapshot

STEPS, DAYS = 40, 7
# The customer stays, whom the scene is about.
KINDS = (Threads(), ATTEMPTS, PICTURES, EVENTS)
PASSING: dict[str, Step] = {
    "hours pass": lambda s, c: s.passes(timedelta(hours=c.randint(1, 20))),
    "days pass": lambda s, c: s.passes(timedelta(days=c.randint(2, 6))),
}
WALK = ALL | {f"{name} {number}": step for number in range(4) for name, step in PASSING.items()}


def may_go(rows: list[Message], talk: Conversation) -> tuple[set[int], set[int]]:
    """Return what may go, slowly; and the last word of a person, which may have to stay."""
    now = timezone.now()
    going = {row.pk for row in rows if not must_stay(row, talk, now, DAYS)}
    if talk.needs_person and talk.waiting_since is None:
        going = set()
    spoken = sorted(talks_of_persons(rows), key=lambda row: (row.at, row.pk))
    return _together(rows, going), {row.pk for row in spoken[-1:]}


def _together(rows: Iterable[Message], going: set[int]) -> set[int]:
    while True:
        apart = {
            pk
            for row in rows
            if row.in_reply_to_id is not None and (row.pk in going) != (row.in_reply_to_id in going)
            for pk in (row.pk, row.in_reply_to_id)
        }
        if not going & apart:
            return going
        going = going - apart


def looks(scene: Scene, chance: random.Random) -> None:
    """The figures are counted, then what may go goes; compare it with the slow look."""
    for _ in range(2):
        FiguresUpkeep.objects.update(looked_at=None)
        figures.look()
    rows, talk = list(Message.objects.all()), scene.talk
    expected, last_word = may_go(rows, talk)
    days = list(AccountDay.objects.order_by("day").values("day", "figures"))
    for _ in range(2):
        RetentionUpkeep.objects.update(due_at=None)
        upkeep.look(KINDS)
    gone = {row.pk for row in rows} - set(Message.objects.values_list("pk", flat=True))
    assert gone <= expected, "something went that must stay"
    assert expected - gone <= last_word, "something stayed that may go"
    check_who_waits()
    after = scene.talk
    assert (after.waiting_since, after.needs_person) == (talk.waiting_since, talk.needs_person)
    FiguresUpkeep.objects.update(looked_at=None)
    figures.look()
    assert list(AccountDay.objects.order_by("day").values("day", "figures")) == days


def brings_everything_once_more(shop: Shop) -> None:
    """Every event that is kept is read again: nothing is recorded that was before."""
    theirs = Message.objects.filter(origin__in=[Origin.CUSTOMER, Origin.APP])
    before = set(theirs.values_list("pk", flat=True))
    WebhookEvent.objects.again(timezone.now())
    shop.works()
    assert set(theirs.values_list("pk", flat=True)) <= before


@pytest.mark.parametrize("seed", range(4))
def test_what_goes_is_what_a_slow_look_lets_go(
    shop: Shop, time_passes: Clock, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "MAX_AGE", 0)
    for module in (figures, upkeep):
        monkeypatch.setattr(module, "REST_SECONDS", 0)
        monkeypatch.setattr(module, "BUDGET_SECONDS", float("inf"))
    chance, scene = random.Random(seed), Scene(shop, time_passes)
    size = chance.choice([2, 5, 500])
    monkeypatch.setattr(bites, "size", lambda: size)
    keep(messages=DAYS, attempts=DAYS, pictures=DAYS)
    ResponseRule.objects.filter(name="Price").update(
        for_comments=True, public_reply="We have written to you."
    )
    ResponseRule.objects.filter(name="Fallback").update(active=bool(seed % 2))
    scene.asks()
    walked: list[str] = []
    try:
        for _ in range(STEPS):
            walked.append(chance.choice(list(WALK)))
            WALK[walked[-1]](scene, chance)
            if chance.random() < 0.3:
                looks(scene, chance)
        looks(scene, chance)
        brings_everything_once_more(shop)
    except AssertionError as error:
        raise AssertionError(f"after {walked}: {error}") from error
