"""Webhooks stored in a second, beside a bare WSGI application that does the same.

Variants take turns in the same run, so that a noisy machine is noisy for each of them. The load
generator shares the machine with the server in every variant.
"""

import asyncio
import statistics
import time
import uuid
from dataclasses import dataclass, field

from bench import databases
from bench.counts import Counts
from bench.cpu import Sample
from bench.load import closed_loop, signed, until
from bench.servers import Running, Scenario, free_port, running, start_web, stop
from bench.tables import table
from tests.support.graph import text_body

MOST_A_SECOND = 5000  # requests that are made ready before the clock starts
WARM_UP = 300


@dataclass
class _Variant:
    name: str
    target: str
    application: str
    environment: dict[str, str]
    port: int = field(default_factory=free_port)
    rates: list[float] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    stored: int = 0

    @property
    def kind(self) -> str:
        return f"web {self.port}"


def run(counts: Counts) -> str:
    """Measure; return the report."""
    with running(databases.postgresql(), Scenario(web=False), "intake") as scene:
        variants = _variants(scene)
        webs = []
        try:
            for variant in variants:
                webs.append(
                    start_web(
                        scene,
                        variant.application,
                        variant.port,
                        variant.kind,
                        **variant.environment,
                    )
                )
                asyncio.run(
                    closed_loop(variant.port, _requests(WARM_UP), counts.intake_connections)
                )
            for _ in range(counts.intake_rounds):
                for variant in variants:
                    _round(scene, variant, counts)
        finally:
            stop(webs)
    return _report(variants, counts)


def _variants(scene: Running) -> list[_Variant]:
    quiet = {"DJANGO_SETTINGS_MODULE": "bench.settings_quiet", "REDIS_URL": ""}
    return [
        _Variant("bare WSGI + psycopg2", "", "bench.bare_wsgi", {"REDIS_URL": ""}),
        _Variant(
            "instabot, bell and request log on",
            "0.60",
            "instabot.wsgi",
            {"REDIS_URL": scene.redis_url},
        ),
        _Variant("instabot, both off", "0.70", "instabot.wsgi", quiet),
    ]


def _requests(count: int) -> list[bytes]:
    run_id = uuid.uuid4().hex[:8]
    return [
        signed(text_body(f"7{number:014}", "Where is my order?", f"aWdf{run_id}{number:08}"))
        for number in range(count)
    ]


def _round(scene: Running, variant: _Variant, counts: Counts) -> None:
    requests = _requests(int(counts.intake_seconds * MOST_A_SECOND))
    kinds = {"web": scene.pids[variant.kind]} | {
        kind: scene.pids[kind] for kind in ("PostgreSQL", "Valkey")
    }
    stored = "SELECT count(*) FROM webhooks_webhookevent"
    before, sampled = scene.database.number(stored), Sample.take(kinds)
    end = time.monotonic() + counts.intake_seconds
    statuses = asyncio.run(
        closed_loop(variant.port, until(end, requests), counts.intake_connections)
    )
    after = Sample.take(kinds)
    got = scene.database.number(stored) - before
    if set(statuses) != {200} or statuses[200] != got:
        raise RuntimeError(f"{variant.name}: answers {dict(statuses)}, stored {got}")
    variant.rates.append(got / (after.at - sampled.at))
    variant.stored += got
    for kind, spent in after.since(sampled).items():
        variant.seconds[kind] = variant.seconds.get(kind, 0.0) + spent


def _report(variants: list[_Variant], counts: Counts) -> str:
    bare = variants[0]
    kinds = ("web", "PostgreSQL", "Valkey", "load")
    rows = []
    for variant in variants:
        # Each round beside the bare one of the same round: noise comes and goes slower than that.
        ratios = [rate / beside for rate, beside in zip(variant.rates, bare.rates, strict=True)]
        spent = [f"{variant.seconds[kind] / variant.stored * 1000:.2f}" for kind in kinds]
        ratio = statistics.median(ratios)
        rows.append(
            [
                variant.name,
                f"{statistics.median(variant.rates):.0f}",
                f"{ratio:.2f}",
                variant.target,
                *spent,
            ]
        )
    return (
        "## Intake\n\n"
        f"Webhooks stored per second, medians of {counts.intake_rounds} rounds of"
        f" {counts.intake_seconds:g} s in turn, {counts.intake_connections} connections; then CPU"
        " milliseconds for each webhook.\n\n"
        + table(["", "a second", "to bare", "target", *(f"{kind} ms" for kind in kinds)], rows)
    )
