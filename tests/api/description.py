"""The description of the API as the repository keeps it."""

from typing import Any

import yaml

from tests.support.service import ROOT

FILE = ROOT / "api/openapi.yaml"
OPENAPI = yaml.safe_load(FILE.read_text())


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    """Return the method, the path and the description of each operation."""
    return [
        (method, path, operation)
        for path, methods in OPENAPI["paths"].items()
        for method, operation in methods.items()
    ]
