"""docs/monitoring: each rule is valid, rings for its fault, and asks for series that there are."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families as parse
from pytest_django import Settings

from conversations.models import Account, MissedLook
from metrics import series
from metrics.process import Process

pytestmark = pytest.mark.once

FOLDER = Path(__file__).resolve().parents[2] / "docs/monitoring"
TOKEN = "a-token-of-tests-5e1bf1a6c8d94d2f9a37"
# A series in an expression: its name, and what its labels have to be.
SERIES = re.compile(r"\b((?:instabot_\w+)|up)\b(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)"([^"]*)"')
OF_PROMETHEUS = {"up"}


def alerts() -> list[dict[str, str]]:
    found = yaml.safe_load((FOLDER / "alerts.yml").read_text())
    return [rule for group in found["groups"] for rule in group["rules"]]


def expressions() -> Iterator[str]:
    yield from (rule["expr"] for rule in alerts())
    panels = json.loads((FOLDER / "dashboard.json").read_text())["panels"]
    yield from (target["expr"] for panel in panels for target in panel["targets"])
    page = (FOLDER / "README.md").read_text()
    yield from (code for code in re.findall(r"`([^`]*)`", page) if "instabot_" in code)


@pytest.fixture
def exposition(client: Client, settings: Settings, db: None) -> str:
    """What /metrics says of a shop in which little has happened."""
    settings.METRICS_TOKEN = TOKEN
    ours = Account.objects.ours()
    Account.objects.filter(pk=ours.pk).update(token_ends_at=timezone.now())
    MissedLook.objects.create(account=ours)
    Process(series.SUMS, series.STATES).write()
    found = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    return found.content.decode()


def promtool(*arguments: str, given: str = "") -> None:
    program = shutil.which("promtool")
    if program is None:
        reason = "promtool is not here. It comes with Debian's package prometheus: see .ci/run."
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    assert program is not None
    found = subprocess.run(
        [program, *arguments],
        input=given,
        cwd=FOLDER,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.no_database
def test_prometheus_takes_the_rules() -> None:
    promtool("check", "rules", "--lint-fatal", "alerts.yml")


@pytest.mark.no_database
def test_each_alert_rings_for_its_fault_and_not_without_it() -> None:
    promtool("test", "rules", "alerts_test.yml")


@pytest.mark.no_database
def test_each_alert_is_tried_and_says_what_to_do() -> None:
    tests = yaml.safe_load((FOLDER / "alerts_test.yml").read_text())["tests"]
    rings = {
        case["alertname"]
        for test in tests
        for case in test.get("alert_rule_test", [])
        if case["exp_alerts"]
    }
    assert rings == {rule["alert"] for rule in alerts()}
    for rule in yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"][0]["rules"]:
        assert set(rule["annotations"]) == {"summary", "action"}
        assert rule["labels"]["severity"] in ("page", "ticket")


def test_prometheus_takes_the_exposition(exposition: str) -> None:
    promtool("check", "metrics", given=exposition)


def fits(value: str, operator: str, wanted: str) -> bool:
    if operator.endswith("~"):
        return bool(re.fullmatch(wanted, value)) == (operator == "=~")
    return (value == wanted) == (operator == "=")


def test_each_expression_finds_its_series(exposition: str) -> None:
    samples = [sample for family in parse(exposition) for sample in family.samples]
    families = {family.name for family in parse(exposition)}  # as tables name a histogram
    asked = 0
    for expression in expressions():
        for name, labels in SERIES.findall(expression):
            if name in OF_PROMETHEUS:
                continue
            matchers = MATCHER.findall(labels)
            found = [
                sample
                for sample in samples
                if sample.name == name
                and all(fits(sample.labels.get(key, ""), how, to) for key, how, to in matchers)
            ]
            assert found or (name in families and not matchers), f"{name}{{{labels}}}"
            named = set(re.findall(r"(?:^|,)\s*(\w+)\s*(?==|!|,|$)", labels))
            assert not found or named <= set(found[0].labels), f"{name}{{{labels}}}"
            asked += 1
    assert asked > 60


@pytest.mark.parametrize("by", ["alerts.yml", "dashboard.json"])
def test_each_grouping_is_by_a_label_that_there_is(exposition: str, by: str) -> None:
    labels = {
        label for family in parse(exposition) for one in family.samples for label in one.labels
    }
    grouped = re.findall(r"\bby \(([^)]*)\)", (FOLDER / by).read_text())
    assert grouped
    for names in grouped:
        assert {name.strip() for name in names.split(",")} <= labels


def test_each_series_is_explained(exposition: str) -> None:
    page = (FOLDER / "README.md").read_text()
    for family in parse(exposition):
        assert f"`{family.name}" in page or f"`{family.name}_total" in page, family.name
