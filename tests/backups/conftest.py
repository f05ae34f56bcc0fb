from pathlib import Path

import pytest
from pytest_django import Settings


@pytest.fixture
def file(tmp_path: Path, settings: Settings) -> Path:
    """The journal, on another disk than the database."""
    path = tmp_path / "erasures.jsonl"
    settings.ERASURES_FILE = str(path)
    return path
