"""`python -m bench` measures everything, `python -m bench flood` one thing; see --help."""

import argparse
import signal
import sys
from dataclasses import fields, replace
from types import FrameType
from typing import NoReturn

from bench import (
    admin,
    api,
    bad_input,
    chaos,
    flood,
    hosts,
    intake,
    latency,
    login,
    matching,
    pages,
    rates,
    reports,
    rest,
    search,
    silence,
    slow,
    statements,
    threads,
)
from bench.counts import FULL, QUICK, Counts
from bench.tables import machine

BENCHMARKS = {
    "matching": matching.run,
    "intake": intake.run,
    "latency": latency.run,
    "flood": flood.run,
    "rest": rest.run,
}
ON_REQUEST = {
    "admin": admin.run,
    "api": api.run,
    "chaos": chaos.run,
    "hosts": hosts.run,
    "login": login.run,
    "pages": pages.run,
    "rates": rates.run,
    "search": search.run,
    "reports": reports.run,
    "bad-input": bad_input.run,
    "silence": silence.run,
    "slow": slow.run,
    "statements": statements.run,
    "threads": threads.run,
}


def _chosen() -> tuple[list[str], Counts]:
    options = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    options.add_argument(
        "what",
        nargs="*",
        help=f"some of {', '.join(BENCHMARKS)} (default: these), {', '.join(ON_REQUEST)}",
    )
    options.add_argument("--quick", action="store_true", help="a trial of a minute")
    for field in fields(Counts):
        default = getattr(FULL, field.name)
        options.add_argument(
            f"--{field.name.replace('_', '-')}", type=type(default), help=f"default {default}"
        )
    given = options.parse_args()
    if unknown := set(given.what) - {*BENCHMARKS, *ON_REQUEST}:
        options.error(f"unknown: {', '.join(sorted(unknown))}")
    said = {field.name: getattr(given, field.name) for field in fields(Counts)}
    counts = QUICK if given.quick else FULL
    return given.what or list(BENCHMARKS), replace(
        counts, **{name: value for name, value in said.items() if value is not None}
    )


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(143)


def main() -> None:
    """Run what was asked for; servers are stopped however it ends."""
    what, counts = _chosen()
    signal.signal(signal.SIGTERM, _stop)
    print(f"Measured on {machine()}.", flush=True)
    for name in what:
        print(f"\n{(BENCHMARKS | ON_REQUEST)[name](counts)}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
