"""Random walks: whatever happens, and however late, the figures are those of a slow count."""

import random
from collections.abc import Mapping
from datetime import timedelta

import pytest

from conversations.models import Account, AccountDay
from conversations.statistics import upkeep
from rules.models import ResponseRule
from shop.models import Shop as ShopRow
from tests.conversations.test_version import ALL
from tests.conversations.test_waiting_walks import WORDS, Step
from tests.support.accounts import SECOND, batch, connect_second, item, text
from tests.support.clock import Clock, move_to
from tests.support.figures import check_figures
from tests.support.scene import Scene
from tests.support.shop import Shop
from workqueue import snapshot

STEPS = 30
ZONES = ("Europe/Kyiv", "America/Sao_Paulo", "Pacific/Kiritimati", "UTC", "Asia/Kathmandu")


def moves(scene: Scene, chance: random.Random) -> None:
    """Staff say that the shop is in another time zone."""
    ShopRow.objects.update_or_create(pk=1, defaults={"time_zone": chance.choice(ZONES)})


PASSING: dict[str, Step] = {
    "hours pass": lambda s, c: s.passes(timedelta(hours=c.randint(1, 20))),
    "days pass": lambda s, c: s.passes(timedelta(days=c.randint(1, 4))),
    "the shop moves": moves,
}
WALK = ALL | {f"{name} {number}": step for number in range(4) for name, step in PASSING.items()}


def asks_second(scene: Scene, chance: random.Random) -> None:
    """A customer of the second account writes."""
    said, customer = chance.choice(WORDS), chance.choice(("91", "92"))
    mid = f"aWdfSecond{next(scene.numbers)}"
    scene.shop.receives(batch((SECOND, item(SECOND, customer, message=text(mid, said)))))
    scene.works()


def second_says(scene: Scene, chance: random.Random) -> None:
    """Somebody of the second account writes in the Instagram app."""
    said = {**text(f"aWdfSecond{next(scene.numbers)}", "I look."), "is_echo": True}
    customer = chance.choice(("91", "92"))
    scene.shop.receives(batch((SECOND, item(SECOND, customer, echo=True, message=said))))
    scene.works()


SECONDS = {"writes to the second": asks_second, "the second's app": second_says}
OF_TWO = WALK | {f"{name} {number}": step for number in range(9) for name, step in SECONDS.items()}


def looks(passes: Clock) -> None:
    passes(timedelta(minutes=1))
    upkeep.look()


def as_long_as_it_takes(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(snapshot, "MAX_AGE", 0)
    patch.setattr(upkeep, "REST_SECONDS", 0)
    patch.setattr(upkeep, "BUDGET_SECONDS", float("inf"))


@pytest.mark.parametrize("seed", range(5))
def test_the_figures_are_those_of_a_slow_count(
    shop: Shop, time_passes: Clock, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_long_as_it_takes(monkeypatch)
    chance, scene = random.Random(seed), Scene(shop, time_passes)
    move_to(chance.randrange(24), time_passes)
    ResponseRule.objects.filter(name="Price").update(
        for_comments=True, public_reply="We have written to you."
    )
    ResponseRule.objects.filter(name="Fallback").update(active=bool(seed % 2))
    scene.asks()
    walks(scene, chance, WALK)


@pytest.mark.parametrize("seed", range(3))
def test_those_of_two_accounts_are_too(
    shop: Shop, time_passes: Clock, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_long_as_it_takes(monkeypatch)
    chance, scene = random.Random(seed), Scene(shop, time_passes)
    move_to(chance.randrange(24), time_passes)
    scene.asks()
    looks(time_passes)
    connect_second(shop)
    walks(scene, chance, OF_TWO)
    looks(time_passes)
    check_figures()
    accounts = AccountDay.objects.filter(messages__gt=0).values_list("account", flat=True)
    assert set(accounts) == set(Account.objects.values_list("pk", flat=True))


def walks(scene: Scene, chance: random.Random, steps: Mapping[str, Step]) -> None:
    walked = []
    for _ in range(STEPS):
        name = chance.choice(list(steps))
        walked.append(name)
        steps[name](scene, chance)
        if chance.random() < 0.3:
            looks(scene.passes)
            try:
                check_figures()
            except AssertionError as error:
                raise AssertionError(f"after {walked}: {error}") from error
