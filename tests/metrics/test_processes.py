"""Real processes: any of them tells what all counted, and who is killed takes nothing along."""

import json
import subprocess
import sys
from typing import Any

import requests
from prometheus_client.parser import text_string_to_metric_families as parse

from tests.support.service import ROOT, Service, wait_for

TOKEN = "a-token-of-tests-5e1bf1a6c8d94d2f9a37"

COUNT_AND_END = """
import os, time, django
django.setup()
from django.db import connection
from metrics import series
from metrics.models import ProcessSums
from metrics.process import writer
writer.start("worker")
while not ProcessSums.objects.exists():
    time.sleep(0.01)
series.found_messages.inc(3)
connection.close()
if os.fork():
    os.wait()
else:
    series.found_messages.inc(4)
"""


def scrape(service: Service) -> dict[tuple[str, ...], float]:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    found = requests.get(f"{service.url}/metrics", headers=headers, timeout=10)
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in parse(found.text)
        for sample in family.samples
    }


def tells(service: Service, name: tuple[str, ...], value: float) -> None:
    """Wait until both web processes have answered with this, whoever asks which."""
    wait_for(lambda: scrape(service).get(name) == value, f"{name} at {value}")


def test_any_web_process_tells_of_all_and_the_killed_stay_counted(bare: Service) -> None:
    bare.variables["METRICS_TOKEN"] = TOKEN
    bare.start_web(workers=2)
    worker = bare.start_worker()
    for number in range(3):
        assert bare.hears("price", f"aWdf{number}", f"87000{number}") == 200
    sent = ("instabot_sends_total", "none", "sent")
    tells(bare, sent, 3)
    tells(bare, ("instabot_webhooks_total", "200"), 6)  # each answer's echo is one
    tells(bare, ("instabot_processes", "web"), 2)
    tells(bare, ("instabot_web_threads",), 8)
    assert scrape(bare)["instabot_processes", "worker"] == 1
    worker.kill()
    worker.wait()
    bare.start_worker()
    assert bare.hears("price", "aWdf9", "870009") == 200
    tells(bare, sent, 4)
    assert scrape(bare)["instabot_answer_seconds_count",] == 4


def test_whoever_ends_writes_what_it_counted_last_and_not_its_parents(bare: Service) -> None:
    once = {"METRICS_TOKEN": TOKEN, "DJANGO_SETTINGS_MODULE": "tests.settings_slow"}
    subprocess.run(
        [sys.executable, "-c", COUNT_AND_END],
        env=bare.environment() | once,
        cwd=ROOT,
        check=True,
        timeout=60,
    )
    rows = bare.database.rows("SELECT sums, states FROM metrics_processsums")
    counted = [as_list(sums) for sums, _ in rows]
    assert sorted(counted) == [
        [["instabot_found_messages_total", {}, 3]],
        [["instabot_found_messages_total", {}, 4]],
    ]
    assert [as_list(states) for _, states in rows] == [[], []], "they are no workers any more"


def as_list(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value
