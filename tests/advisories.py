"""Whether anything that is pinned has a known weakness, where somebody knows: `make audit`.

pip-audit asks PyPI, then OSV. A mirror that tells no advisories makes it report that none are
known; here that is no answer. Exit code: 1 where a weakness is known, 0 otherwise.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

PROGRAM = str(Path(sys.executable).with_name("pip-audit"))
PINS = "requirements-dev.txt"  # it has all of requirements.txt, too
SERVICES = (("--vulnerability-service=pypi",), ("--vulnerability-service=osv",))
NOBODY = (
    "No advisory service answers from here, so nothing is known: neither PyPI's nor OSV's.\n"
    "Run `make audit` once more on a machine that reaches one of them."
)


def ask(pins: str, service: Sequence[str]) -> list[dict[str, Any]] | None:
    """Return the packages about which a service knows something; None where it knows of none."""
    options = ("--format=json", "--progress-spinner=off", "--disable-pip", "--require-hashes")
    found = subprocess.run(
        [PROGRAM, *options, *service, "--requirement", pins],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        told = json.loads(found.stdout)["dependencies"]
    except ValueError:  # it could not reach the service, and printed a traceback
        return None
    return [one for one in told if "vulns" in one] or None


def report(packages: list[dict[str, Any]]) -> str:
    """Say of each package with a weakness which one, and where it is mended."""
    lines = [
        f"{one['name']} {one['version']}: {weakness['id']},"
        f" mended in {', '.join(weakness['fix_versions']) or 'no version yet'}"
        for one in packages
        for weakness in one["vulns"]
    ]
    return "\n".join([*lines, f"{len(lines)} known weaknesses in {len(packages)} packages."])


def main(pins: str, services: Sequence[Sequence[str]]) -> int:
    for service in services:
        packages = ask(pins, service)
        if packages is not None:
            sys.stdout.write(f"{report(packages)}\n")
            return int(any(one["vulns"] for one in packages))
    sys.stdout.write(f"{NOBODY}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(PINS, SERVICES))
