"""The files by which instabot goes live: each is what its host, or its tool, takes."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.service import ROOT

pytestmark = pytest.mark.no_database

DEPLOY = ROOT / "deploy"
PROCFILE = dict(
    re.findall(r"^(\w+): (.+)$", (ROOT / "Procfile").read_text(), re.MULTILINE),
)
PAGES = sorted((ROOT / "docs/going-live").glob("*.md"))


def read_json(path: Path) -> Any:
    return json.loads(path.read_text())


def test_railway_runs_what_the_procfile_says() -> None:
    web, worker = read_json(ROOT / "railway.json"), read_json(DEPLOY / "railway/worker.json")
    assert web["deploy"]["startCommand"] == PROCFILE["web"]
    assert web["deploy"]["preDeployCommand"] == [PROCFILE["release"]]
    assert web["deploy"]["healthcheckPath"] == "/health"
    assert worker["deploy"]["startCommand"] == PROCFILE["worker"]
    assert "preDeployCommand" not in worker["deploy"], "two would migrate at the same time"
    assert not (ROOT / "Dockerfile").exists(), "Railway would build it in place of this"


def test_the_dockerfile_has_nothing_that_hadolint_minds() -> None:
    program = Path(sys.executable).with_name("hadolint")
    found = subprocess.run(
        [program, DEPLOY / "docker/Dockerfile"], capture_output=True, text=True, check=False
    )
    assert (found.returncode, found.stdout) == (0, "")


def test_the_image_is_run_by_a_user_without_rights_and_has_no_secret() -> None:
    lines = (DEPLOY / "docker/Dockerfile").read_text().splitlines()
    assert [line for line in lines if line.startswith("USER")] == ["USER 10001"]
    assert f"CMD {json.dumps(PROCFILE['web'].split())}" in lines
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert {".env", "var", ".git"} <= set(ignored)


def test_compose_runs_what_the_procfile_says_on_one_network_of_its_own() -> None:
    made = yaml.safe_load((DEPLOY / "docker/compose.yaml").read_text())
    services = made["services"]
    assert set(services) == {"database", "bell", "migrate", "web", "worker"}
    assert services["migrate"]["command"] == PROCFILE["release"].split()
    assert services["worker"]["command"] == PROCFILE["worker"].split()
    assert "command" not in services["web"], "the image's own"
    for name in ("web", "worker"):
        needs = services[name]["depends_on"]
        assert needs == {"migrate": {"condition": "service_completed_successfully"}}
        assert services[name]["env_file"] == "../../.env"
        assert services[name]["environment"]["DATABASE_URL"].startswith("postgres://instabot:${")
    published = {name: one["ports"] for name, one in services.items() if "ports" in one}
    assert published == {"web": ["127.0.0.1:8000:8000"]}, "what leads there speaks TLS"
    build = services["web"]["build"]
    folder = (DEPLOY / "docker" / build["context"]).resolve()
    assert (folder / build["dockerfile"]).is_file()
    assert services["database"]["volumes"][0].partition(":")[0] in made["volumes"]


def test_backups_and_the_file_of_erasures_are_on_a_volume_that_the_images_user_may_write() -> None:
    made = yaml.safe_load((DEPLOY / "docker/compose.yaml").read_text())
    assert "backups" in made["volumes"]
    for name in ("web", "worker", "migrate"):
        assert made["services"][name]["volumes"] == ["backups:/backups"]
        assert made["services"][name]["environment"]["ERASURES_FILE"] == "/backups/erasures.jsonl"
    # A new volume has the owner and mode of the image's folder.
    image = (DEPLOY / "docker/Dockerfile").read_text()
    assert "install -d -o instabot -m 700 /backups" in image.partition("USER 10001")[0]
    page = (ROOT / "docs/going-live/docker.md").read_text()
    assert re.search("exec web python manage.py backup /backups/", page)
    assert re.search("run --rm --no-deps web python manage.py restore /backups/", page)


UNITS = sorted((DEPLOY / "server").glob("*.service"))


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_runs_what_the_procfile_says(unit: Path) -> None:
    text = unit.read_text()
    kind = "web" if "web" in unit.name else "worker"
    assert f"ExecStart=/opt/instabot/.venv/bin/{PROCFILE[kind]}\n" in text
    assert "User=instabot\n" in text
    assert "Restart=always\n" in text


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_may_write_the_file_of_erasures_where_that_folder_is(unit: Path) -> None:
    written = re.findall("^ReadWritePaths=(.+)$", unit.read_text(), re.MULTILINE)
    assert "-/backups" in " ".join(written).split()
    assert "ERASURES_FILE=/backups/erasures.jsonl" in (ROOT / "docs/backups.md").read_text()


def test_the_nightly_backup_keeps_the_file_of_erasures(tmp_path: Path) -> None:
    page = (ROOT / "docs/backups.md").read_text()
    [line] = re.findall(r"&& (find /backups .+)$", page, re.MULTILINE)
    old, new = tmp_path / "2026-01-01", tmp_path / "2026-01-31"
    old.mkdir()
    (old / "manifest.json").touch()
    new.mkdir()
    (tmp_path / "erasures.jsonl").touch()
    for one in (old, tmp_path / "erasures.jsonl"):
        os.utime(one, (0, 0))
    subprocess.run(["sh", "-c", line.replace("/backups", str(tmp_path))], check=True)
    assert {one.name for one in tmp_path.iterdir()} == {"2026-01-31", "erasures.jsonl"}


def test_a_new_version_on_a_server_comes_while_no_process_can_start_in_its_folder() -> None:
    later = (ROOT / "docs/going-live/server.md").read_text().partition("## Later")[2]
    steps = ["backup /backups/", "systemctl stop", "git pull", "deploy/install .venv"]
    steps += ["manage.py migrate", "systemctl start"]
    assert [later.index(one) for one in steps] == sorted(later.index(one) for one in steps)


def test_on_a_server_no_command_of_ours_is_run_by_root() -> None:
    page = (ROOT / "docs/going-live/server.md").read_text()
    commands = [line for line in page.splitlines() if line.startswith("    ")]
    ours = [line for line in commands if "manage.py" in line]
    assert len(ours) >= 4
    for line in ours:
        for before in re.split("manage.py", line)[:-1]:
            assert before.endswith("sudo -u instabot .venv/bin/python "), line


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for unit in UNITS:
        text = unit.read_text()
        there = re.sub(r"(?<=^ExecStart=)\S+", "/bin/true", text, flags=re.MULTILINE)
        (tmp_path / unit.name).write_text(there)
    found = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *tmp_path.iterdir()],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (found.returncode, found.stderr) == (0, "")


def test_the_installer_says_what_it_wants_and_is_a_shell_script() -> None:
    script = DEPLOY / "install"
    assert subprocess.run(["sh", "-n", script], check=False).returncode == 0
    refused = subprocess.run([script], capture_output=True, text=True, check=False)
    assert refused.returncode != 0
    assert "deploy/install .venv" in refused.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_names_files_and_variables_that_there_are(page: Path) -> None:
    text = page.read_text()
    for named in re.findall(r"`((?:deploy|docs)/[\w./-]+|railway\.json|\.dockerignore)`", text):
        assert (ROOT / named).exists(), named
    variables = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    others = {"POSTGRES_PASSWORD", "WEB_CONCURRENCY", "GUNICORN_CMD_ARGS"}
    for name in re.findall(r"`([A-Z]+(?:_[A-Z]+)+)(?:=[^`]*)?`", text):
        assert name in variables | others, name
