"""What all processes have counted, in the text format that Prometheus reads."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from metrics import series, sums
from metrics.models import ProcessSums
from metrics.sums import Key, Sums

CONTENT_TYPE = CONTENT_TYPE_LATEST
SUFFIXES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}


@dataclass
class _Families(Collector):
    families: list[Metric]

    def collect(self) -> Iterable[Metric]:
        return self.families


def text(further: Iterable[Metric]) -> bytes:
    """Return the sums of all processes, and further families, which the caller has read."""
    counted, states = ProcessSums.objects.total()
    families = [*_add_up(series.SUMS, counted), *_add_up(series.STATES, states), *further]
    return generate_latest(_Families(families))


def _add_up(registry: CollectorRegistry, total: Sums) -> Iterator[Metric]:
    """Return the families of a registry with the sums of all processes in them.

    What only an earlier or later version of us counts is not shown; its sums stay in its row.
    """
    for family in registry.collect():
        shown = Metric(family.name, family.documentation, family.type)
        names = {f"{family.name}{suffix}" for suffix in SUFFIXES[family.type]}
        keys = {sums.key_of(sample) for sample in sums.samples(family)}
        for key in sorted(keys | {key for key in total if key[0] in names}, key=_order):
            name, labels = key
            shown.add_sample(name, dict(labels), total[key] / sums.unit(name))
        yield shown


def _order(key: Key) -> tuple[object, ...]:
    """Order a histogram's buckets by their bounds, each series' before its sum."""
    name, labels = key
    others = [label for label in labels if label[0] != "le"]
    return others, name, float(dict(labels).get("le", 0))
