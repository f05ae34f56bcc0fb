"""Random walks: whatever happens, and however late, the figures are those of a slow count."""

import random
from datetime import timedelta

import pytest

from conversations.statistics import upkeep
from rules.models import ResponseRule
from shop.models import Shop as ShopRow
from tests.conversations.test_version import ALL
from tests.conversations.test_waiting_walks import Step
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


def looks(passes: Clock) -> None:
    passes(timedelta(minutes=1))
    upkeep.look()


@pytest.mark.parametrize("seed", range(8))
def test_the_figures_are_those_of_a_slow_count(
    shop: Shop, time_passes: Clock, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "MAX_AGE", 0)
    monkeypatch.setattr(upkeep, "REST_SECONDS", 0)
    monkeypatch.setattr(upkeep, "BUDGET_SECONDS", float("inf"))
    chance, scene = random.Random(seed), Scene(shop, time_passes)
    move_to(chance.randrange(24), time_passes)
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
        if chance.random() < 0.3:
            looks(time_passes)
            try:
                check_figures()
            except AssertionError as error:
                raise AssertionError(f"after {walked}: {error}") from error
