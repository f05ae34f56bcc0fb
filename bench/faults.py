"""A stand-in for Meta that fails as Meta does, and knows what really reached the customers."""

import asyncio
import time
from dataclasses import dataclass, field
from random import Random
from typing import Any

from bench.load import deliver, signed
from tests.support.graph import HANG, HTML_502, RESET, Answer, Graph, Sent, echo_body, error

# Seconds, from and to; as long before a send is accepted as after it, before its answer.
LATENCY = (0.01, 0.15)
SLOW = (0.25, 0.47)  # the read timeout of settings_chaos is 1 s
ECHO_AFTER = (0.0, 1.0)
LATE_ECHO_AFTER = (3.0, 12.0)  # when the lease is over, and when the thread was read
LATE_ECHOES = 0.1  # of all
HANGS = 5.0  # seconds: longer than anybody waits

BROKEN = error(1, 1357046, status=500, text="Received invalid JSON reply")
DOWN = error(2, status=500, text="Service temporarily unavailable")
THROTTLED = error(613, text="Calls to this api have exceeded the rate limit.")
LOGGED_OUT = error(190, 460, status=401, text="The session has been invalidated")


@dataclass(frozen=True, slots=True)
class Fault:
    """What a send gets instead of its answer, and whether the customer gets the message."""

    name: str
    share: float  # of all sends
    accepts: bool
    answer: Answer | str


FAULTS = (
    Fault("accepted, then no answer", 0.02, accepts=True, answer=HANG),
    Fault("accepted, then connection cut", 0.02, accepts=True, answer=RESET),
    Fault("accepted, then 500", 0.02, accepts=True, answer=BROKEN),
    Fault("accepted, then 502 in HTML", 0.02, accepts=True, answer=HTML_502),
    Fault("not accepted, no answer", 0.005, accepts=False, answer=HANG),
    Fault("not accepted, connection cut", 0.005, accepts=False, answer=RESET),
    Fault("not accepted, 500", 0.01, accepts=False, answer=DOWN),
    Fault("not accepted, 502 in HTML", 0.01, accepts=False, answer=HTML_502),
)


@dataclass(frozen=True, slots=True)
class Spell:
    """A time of bad weather: each send is refused like this, or, without an answer, slow."""

    begins: float  # time.time()
    ends: float
    refusal: Answer | None


def spells(begin: float, seconds: float) -> list[Spell]:
    """Spread two spells of each kind over the run."""
    kinds = (LOGGED_OUT, THROTTLED, None)
    length = max(seconds / 30, 1.5)
    return [
        Spell(begin + at, begin + at + length, kind)
        for number, kind in enumerate(kinds * 2)
        for at in [seconds * (number + 1) / 7]
    ]


@dataclass
class FaultyGraph(Graph):
    """`sent` is the truth: what it accepted, whatever it answered; `calls` are the attempts."""

    seed: int = 0
    webhook_port: int = 0
    spells: list[Spell] = field(default_factory=list)
    faults_left: bool = True
    seen: dict[str, int] = field(default_factory=dict)  # how often each fault was met

    def __post_init__(self) -> None:
        super().__post_init__()
        self._chance = Random(self.seed)

    @property
    def attempts(self) -> int:
        """How many sends were asked for."""
        return sum(call.startswith("POST") for call in self.calls)

    async def _answer(self, method: str, path: str, body: bytes, token: str) -> Answer | None:
        spell = self._spell()
        refusal = spell.refusal if spell else None
        await self._be_slow()
        # Throttled is who sends too much; a login that is broken is so for every call.
        if refusal and (method == "POST" or refusal == LOGGED_OUT):
            self.calls.append(f"{method} {path}")
            self._note("613 for a while" if refusal == THROTTLED else "190 for a while")
            return refusal
        return await super()._answer(method, path, body, token)

    async def _be_slow(self) -> None:
        spell = self._spell()
        between = SLOW if spell and spell.refusal is None else LATENCY
        await asyncio.sleep(self._chance.uniform(*between))

    def _spell(self) -> Spell | None:
        now = time.time()
        return next((spell for spell in self.spells if spell.begins <= now < spell.ends), None)

    async def _send(self, asked: dict[str, Any], token: str) -> Answer | None:
        fault = self._fault()
        answer = await super()._send(asked, token) if fault is None or fault.accepts else None
        await self._be_slow()
        if fault is None:
            return answer
        self._note(fault.name)
        if isinstance(fault.answer, tuple):
            return fault.answer
        if fault.answer == HANG:
            await asyncio.sleep(HANGS)
        return None

    def _fault(self) -> Fault | None:
        at = self._chance.random() if self.faults_left else 1.0
        for fault in FAULTS:
            at -= fault.share
            if at < 0:
                return fault
        return None

    def _note(self, name: str) -> None:
        self.seen[name] = self.seen.get(name, 0) + 1

    async def post_echo(self, sent: Sent) -> None:
        """Post it as Meta does: again and again until it is taken."""
        assert self.echoes is not None
        late = self._chance.random() < LATE_ECHOES
        await asyncio.sleep(self._chance.uniform(*(LATE_ECHO_AFTER if late else ECHO_AFTER)))
        await deliver(self.webhook_port, signed(echo_body(sent), self.echoes.secret))
