import pytest
from prometheus_client.parser import text_string_to_metric_families as parse

from metrics import exposition, series, sums
from metrics.models import ProcessSums
from metrics.process import Process
from metrics.sums import Sums

pytestmark = pytest.mark.django_db


def shown() -> dict[str, float]:
    """Every sample by its name and labels, as they are written."""
    families = parse(exposition.text([]).decode())
    return {
        sample.name + "".join(f"|{key}={value}" for key, value in sorted(sample.labels.items())):
        sample.value for family in families for sample in family.samples
    }  # fmt: skip


def write(**counted: int) -> None:
    """Write the row of a process that has counted this."""
    keys = {(name, ()): number for name, number in counted.items()}
    ProcessSums.objects.begin(f"host:{ProcessSums.objects.count()}:0", Sums(keys), Sums())


def test_every_process_is_added_up_and_what_was_never_counted_is_0() -> None:
    write(instabot_found_messages_total=2)
    write(instabot_found_messages_total=3)
    found = shown()
    assert found["instabot_found_messages_total"] == 5
    assert found["instabot_webhooks_total|status=401"] == 0


def test_what_this_process_has_not_written_yet_is_not_shown() -> None:
    """Else the next process that is asked would show less."""
    series.found_messages.inc()
    assert shown()["instabot_found_messages_total"] == 0
    Process(series.SUMS, series.STATES).write()
    assert shown()["instabot_found_messages_total"] >= 1


def test_a_histogram_has_its_buckets_in_order_and_its_sum_in_seconds() -> None:
    write(
        instabot_send_seconds_sum=1_500_000,
        instabot_send_seconds_count=2,
    )
    families = {one.name: one for one in parse(exposition.text([]).decode())}
    found = families["instabot_send_seconds"]
    bounds = [float(one.labels["le"]) for one in found.samples if one.name.endswith("_bucket")]
    assert bounds == sorted(bounds)
    assert bounds[-1] == float("inf")
    assert shown()["instabot_send_seconds_sum"] == 1.5


def test_what_only_another_version_counts_is_kept_and_not_shown() -> None:
    write(instabot_of_tomorrow_total=7)
    assert not [name for name in shown() if "tomorrow" in name]
    assert ProcessSums.objects.total()[0]["instabot_of_tomorrow_total", ()] == 7


def test_one_family_stands_once() -> None:
    Process(series.SUMS, series.STATES).write()
    lines = exposition.text([]).decode().splitlines()
    types = [line for line in lines if line.startswith("# TYPE")]
    assert len(types) == len(set(types)) > 10
    assert not [line for line in lines if "_created" in line]
    assert sums.read(series.SUMS) is not None
