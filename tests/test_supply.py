"""What instabot is made of: pinned to the byte, listed, and asked about."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import metadata
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests import advisories
from tests.support.service import ROOT, free_port

pytestmark = pytest.mark.no_database

FILES = ("requirements.txt", "requirements-dev.txt")
PIN = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)
HASH = "--hash=sha256:"


def blocks(file: str) -> list[str]:
    """Return what the file says of each package."""
    return re.split(r"\n(?=[a-z0-9])", (ROOT / file).read_text())


@pytest.mark.parametrize("file", FILES)
def test_each_package_is_pinned_with_the_hashes_of_its_files(file: str) -> None:
    without = [one.split()[0] for one in blocks(file) if HASH not in one or not PIN.match(one)]
    assert without == []


@pytest.mark.parametrize("file", FILES)
def test_no_package_index_is_named(file: str) -> None:
    assert not re.search(r"://|^--", (ROOT / file).read_text(), re.MULTILINE)


@pytest.mark.parametrize(
    ("file", "pins"), [("requirements.in", FILES[0]), ("requirements-dev.in", FILES[1])]
)
def test_all_that_is_asked_for_is_pinned(file: str, pins: str) -> None:
    asked = re.findall(r"^([A-Za-z0-9-]+)", (ROOT / file).read_text(), re.MULTILINE)
    pinned = {name for name, _ in PIN.findall((ROOT / pins).read_text())}
    assert {name.lower() for name in asked if not name.startswith("-")} <= pinned


@pytest.mark.parametrize("file", ["Makefile", "deploy/install", "docs/going-live/hosts.md"])
def test_pip_is_told_to_refuse_what_has_another_hash(file: str) -> None:
    text = (ROOT / file).read_text().replace("\\\n", " ")
    installs = [line for line in text.splitlines() if re.search(r"pip\"? install", line)]
    assert installs
    assert all("--require-hashes" in line for line in installs)


# Jazzband closes in 2026. What is here of it, and docs/security.md says how we get rid of it.
JAZZBAND = {"django-axes", "django-rest-knox", "tablib"}


def test_of_jazzband_nothing_new_is_here() -> None:
    pinned = {name for name, _ in PIN.findall((ROOT / FILES[0]).read_text())}
    from_there = set()
    for name in pinned:
        try:
            about = metadata.metadata(name)
        except metadata.PackageNotFoundError:  # of another system, or of another Python
            continue
        said = [*(about.get_all("Project-URL") or []), *(about.get_all("Home-page") or [])]
        if any("jazzband" in one.lower() for one in said):
            from_there.add(name)
    assert {"django-rest-knox", "tablib"} <= from_there <= JAZZBAND
    text = (ROOT / "docs/security.md").read_text()
    assert [name for name in from_there if name not in text] == []


def test_a_bill_of_materials_names_what_is_installed(tmp_path: Path) -> None:
    made = tmp_path / "sbom.json"
    program = Path(sys.executable).with_name("cyclonedx-py")
    subprocess.run(
        [program, "environment", "--no-validate", "--output-file", made, sys.executable],
        check=True,
        capture_output=True,
    )
    told = json.loads(made.read_text())
    versions = {one["name"].lower(): one["version"] for one in told["components"]}
    assert told["bomFormat"] == "CycloneDX"
    assert versions["django"] == metadata.version("django")


# Advisories.

WEAK = {
    "id": "GHSA-xxxx-yyyy-zzzz",
    "summary": "It is weak.",
    "affected": [
        {
            "package": {"name": "weak", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.1"}]}],
            "versions": ["1.0"],
        }
    ],
}


@contextmanager
def osv() -> Iterator[str]:
    """Answer as OSV does: one package is weak, all others are well."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            is_weak = asked["package"]["name"] == "weak"
            body = json.dumps({"vulns": [WEAK]} if is_weak else {}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/v1/query"
        server.shutdown()


def test_what_is_known_of_a_package_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pins = tmp_path / "pins.txt"
    pins.write_text("".join(f"{name}==1.0 {HASH}{'0' * 64}\n" for name in ("well", "weak")))
    with osv() as address:
        service = ("--vulnerability-service=osv", f"--osv-url={address}")
        assert advisories.main(str(pins), [service]) == 1
    assert capsys.readouterr().out == (
        "weak 1.0: GHSA-xxxx-yyyy-zzzz, mended in 1.1\n1 known weaknesses in 2 packages.\n"
    )


def test_where_nobody_answers_that_is_said_and_fails_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pins = tmp_path / "pins.txt"
    pins.write_text(f"well==1.0 {HASH}{'0' * 64}\n")
    nobody = f"--osv-url=http://127.0.0.1:{free_port()}/v1/query"
    assert advisories.main(str(pins), [("--vulnerability-service=osv", nobody)]) == 0
    assert capsys.readouterr().out.startswith("No advisory service answers from here")
