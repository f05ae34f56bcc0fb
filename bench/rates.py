"""Measures the rates that staff may tune: reached at their defaults, and kept.

Then an account that Meta throttles: how many calls are made in vain.
"""

import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from bench import databases
from bench.counts import Counts
from bench.flood import post, requests, wait_until_done
from bench.promises import broken
from bench.servers import Scenario, running
from bench.tables import table

RATE = 50  # shop.tuning: send_rate and conversation_rate
DEFAULTS = ("send_rate=50", "conversation_rate=2")
SHORT_PAUSE = "throttle_pause_minutes=0.05"
LATENCY = 0.2
ALLOWED = 20  # sends a second while the account is throttled
STRICT_FOR = 30.0  # seconds

Sends = Sequence[dict[str, Any]]


def run(counts: Counts) -> str:
    """Measure; return the report."""
    steady = _send(counts, "rates", Scenario(workers=2, threads=32, latency=LATENCY, echoes=True))
    strict = _send(
        counts,
        "throttled",
        Scenario(
            workers=2,
            threads=32,
            latency=LATENCY,
            echoes=True,
            allowed=ALLOWED,
            strict_for=STRICT_FOR,
        ),
    )
    promises: list[list[object]] = [
        [what, steady[1][what], strict[1][what], "" if what.startswith("overtaken") else 0]
        for what in steady[1]
    ]
    rows: list[list[object]] = [
        ["accepted in a second, steady", f"{_steady(steady[0]):.1f}", "", f"{0.95 * RATE:g}"],
        ["most in one second", _most(steady[0]), _most(strict[0]), ""],
        ["calls for each accepted one", _calls(steady[0]), _calls(strict[0]), "at most 1.2"],
        ["the same while it is throttled", "", _calls(_first(strict[0])), "at most 1.2"],
        *promises,
    ]
    return (
        "## Rates\n\n"
        f"{counts.rates_messages} messages in {counts.rates_conversations} conversations at the"
        f" default rates ({' '.join(DEFAULTS)}), Graph latency {LATENCY * 1000:.0f} ms, echoes on,"
        f" 64 threads in 2 worker processes. Throttled: for {STRICT_FOR:g} s Meta takes {ALLOWED} a"
        f" second and refuses the others by 613, {SHORT_PAUSE}.\n\n"
        + table(["", "default rates", "throttled", "target"], rows)
    )


def _send(counts: Counts, name: str, scenario: Scenario) -> tuple[Sends, dict[str, int]]:
    database = databases.postgresql()
    databases.tune(database, *DEFAULTS, *([SHORT_PAUSE] if scenario.allowed else []))
    with running(database, scenario, name) as scene:
        post(scene, requests(name, counts.rates_messages, counts.rates_conversations))
        wait_until_done(scene)
        time.sleep(1)
        sends = scene.sends()
        found = broken(database, name, counts.rates_messages, _accepted(sends))
    return sends, found


def _accepted(sends: Sends) -> Sends:
    return [send for send in sends if send["accepted"]]


def _first(sends: Sends) -> Sends:
    """Return those of the time in which the stand-in is strict: it begins with the first send."""
    end = min(send["arrived"] for send in sends) + STRICT_FOR
    return [send for send in sends if send["arrived"] < end]


def _steady(sends: Sends) -> float:
    """Return the rate between the first tenth and the last: begin and end are not meant."""
    moments = sorted(float(send["arrived"]) for send in _accepted(sends))
    tenth = len(moments) // 10
    begin, end = moments[tenth], moments[-tenth - 1]
    return (len(moments) - 2 * tenth - 1) / (end - begin)


def _most(sends: Sends) -> int:
    by_second: dict[int, int] = defaultdict(int)
    for send in sends:
        by_second[int(send["arrived"])] += 1
    return max(by_second.values())


def _calls(sends: Sends) -> str:
    return f"{len(sends) / len(_accepted(sends)):.2f}"
