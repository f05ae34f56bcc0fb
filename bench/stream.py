"""Customers who write for some minutes, and Meta which posts each message until it is taken."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from bench.load import deliver, signed
from tests.support.graph import Heard, text_body

TEXTS = ("Where is my order?", "How much is delivery?", "Hello!", "Can I return it?")
BURST = 4  # messages at most that a customer writes in one go
BETWEEN = (0.05, 0.5)  # seconds between two of them
BESIDE = 0.15  # of all messages are posted twice at the same time
LATER = 0.1  # of all messages are posted again when they were taken long ago
LATER_BY = (0.5, 10.0)  # seconds


@dataclass(frozen=True, slots=True)
class Written:
    """A message of a customer, and the times at which Meta begins to post it."""

    customer: str
    text: str
    mid: str
    at: float
    posts: tuple[float, ...]


@dataclass
class Taken:
    """What the door said: messages that were answered by 200, and posts that were not."""

    mids: set[str] = field(default_factory=set)
    posts: int = 0
    refused: int = 0


def write(
    messages: int, conversations: int, begin: float, seconds: float, seed: int
) -> list[Written]:
    """Make what customers write between two moments, in bursts, oldest first."""
    chance = Random(seed)
    times = []
    for number in range(conversations):
        left = messages // conversations + (number < messages % conversations)
        while left:
            burst = min(chance.randint(1, BURST), left)
            at = begin + chance.uniform(0, seconds)
            for _ in range(burst):
                times.append((at, f"87{number:013}"))
                at += chance.uniform(*BETWEEN)
            left -= burst
    return [
        Written(customer, chance.choice(TEXTS), f"chaos-{number:06}", at, _posts(at, chance))
        for number, (at, customer) in enumerate(sorted(times))
    ]


def _posts(at: float, chance: Random) -> tuple[float, ...]:
    beside = [at] if chance.random() < BESIDE else []
    later = [at + chance.uniform(*LATER_BY)] if chance.random() < LATER else []
    return (at, *beside, *later)


async def post(port: int, stream: Sequence[Written], heard: list[Heard]) -> Taken:
    """Post all of it by the clock; return when each has been taken as often as it is posted."""
    taken = Taken()

    async def one(written: Written, at: float) -> None:
        await asyncio.sleep(at - time.time())
        if at == written.at:
            heard.append(Heard(written.customer, written.text, written.mid, written.at))
        body = text_body(written.customer, written.text, written.mid, written.at)
        refused = await deliver(port, signed(body))
        taken.mids.add(written.mid)
        taken.posts += refused + 1
        taken.refused += refused

    await asyncio.gather(*(one(written, at) for written in stream for at in written.posts))
    return taken
