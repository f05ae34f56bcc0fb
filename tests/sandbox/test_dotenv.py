import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox import dotenv

pytestmark = pytest.mark.once


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    example = (dotenv.ROOT / ".env.example").read_text("utf-8")
    (tmp_path / ".env.example").write_text(example, "utf-8")
    return tmp_path


def values(folder: Path) -> dict[str, str]:
    lines = (folder / ".env").read_text("utf-8").splitlines()
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def test_it_is_written_for_development_with_secrets_of_its_own(folder: Path) -> None:
    assert dotenv.write(folder)
    found = values(folder)
    assert found["DEBUG"] == found["SANDBOX"] == "on"
    assert found["ALLOWED_HOSTS"] == found["CSRF_TRUSTED_ORIGINS"] == found["GRAPH_API_URL"] == ""
    assert found["INSTAGRAM_PAGE_ACCESS_TOKEN"].startswith("sandbox-")
    assert len(found["SECRET_KEY"]) >= 50
    (folder / ".env").unlink()
    dotenv.write(folder)
    secrets = ["SECRET_KEY", "FACEBOOK_APP_SECRET", "FACEBOOK_VERIFY_TOKEN"]
    assert all(values(folder)[name] != found[name] for name in secrets)


def test_every_line_of_the_example_is_kept(folder: Path) -> None:
    dotenv.write(folder)
    example = (folder / ".env.example").read_text("utf-8").splitlines()
    written = (folder / ".env").read_text("utf-8").splitlines()[1:]
    names = [line.partition("=")[0] for line in example]
    assert [line.partition("=")[0] for line in written] == names


def test_only_its_owner_may_read_it(folder: Path) -> None:
    dotenv.write(folder)
    assert stat.S_IMODE((folder / ".env").stat().st_mode) == 0o600
    assert sorted(path.name for path in folder.iterdir()) == [".env", ".env.example"]


def test_one_that_exists_is_never_touched(folder: Path) -> None:
    (folder / ".env").write_text("SECRET_KEY=mine\n", "utf-8")
    assert not dotenv.write(folder)
    assert (folder / ".env").read_text("utf-8") == "SECRET_KEY=mine\n"


def test_one_that_appears_meanwhile_is_never_touched(folder: Path) -> None:
    draft = folder / "draft"
    draft.write_text("ours", "utf-8")
    (folder / ".env").write_text("theirs", "utf-8")
    assert not dotenv._move(draft, folder / ".env")
    assert (folder / ".env").read_text("utf-8") == "theirs"


def test_a_name_that_the_example_does_not_know_is_refused() -> None:
    with pytest.raises(LookupError, match="DEBUG"):
        dotenv.fill_in("SECRET_KEY=\n", {"SECRET_KEY": "x", "DEBUG": "on"})


def test_it_needs_nothing_but_the_standard_library() -> None:
    code = "import sys, sandbox.dotenv; sys.exit('django' in sys.modules)"
    run = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=dotenv.ROOT, env={"PATH": os.defpath}, check=False
    )
    assert run.returncode == 0
