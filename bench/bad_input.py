"""Hostile payloads through the real webhook and the real processing, on both databases.

This measures no speed: whatever is signed must get a 200, stop nothing else, and end as processed
or as failed with a reason. Otherwise it ends with an error. It takes minutes, so it is not part of
a whole run.
"""

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable

from bench import databases
from bench.counts import Counts
from bench.databases import FOLDER, ROOT, Database, environment
from bench.tables import table

PROCESSES = 2
SEED = 20261124
BAD = ("other answers", "exceptions", "not recorded", "neither")


def run(counts: Counts) -> str:
    """Measure; return the report. Raises SystemExit where something got through."""
    counted = {
        "PostgreSQL": _throw(databases.postgresql, counts.bad_payloads),
        "SQLite": _throw(databases.sqlite, counts.bad_payloads),
    }
    names = ["payloads", "200", "413", *BAD[:2], "processed", "failed with reason", *BAD[2:]]
    rows = [
        [name, *(counter[name] for counter in counted.values())] for name in [*names, "seconds"]
    ]
    report = (
        "## Bad input\n\n"
        f"Mutated payloads, signed, through the webhook and processing, seed {SEED}.\n\n"
        + table(["", *counted], rows)
    )
    if any(counter[name] for counter in counted.values() for name in BAD):
        sys.exit(f"{report}\n\nSomething got through.")
    return report


def _throw(make: Callable[[], Database], payloads: int) -> Counter[str]:
    started = time.monotonic()
    share = -(-payloads // PROCESSES)
    throwers = [
        subprocess.Popen(
            [sys.executable, "-m", "bench.bad_input_thrower", str(SEED + number), str(share)],
            cwd=ROOT,
            env=environment(make().url),
            stdout=subprocess.PIPE,
            stderr=(FOLDER / f"thrower{number}.log").open("w"),
        )
        for number in range(PROCESSES)
    ]
    found: Counter[str] = Counter()
    for thrower in throwers:
        output, _ = thrower.communicate()
        if thrower.returncode:
            log = (FOLDER / "thrower0.log").read_text()[-2000:]
            sys.exit(f"A process ended with {thrower.returncode}:\n{log}")
        found.update(json.loads(output))
    found["neither"] = found["200"] - found["processed"] - found["failed with reason"]
    found["seconds"] = round(time.monotonic() - started)
    return found
