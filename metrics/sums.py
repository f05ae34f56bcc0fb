"""Sums of series as whole numbers, which can be added in any order and never come out lower.

Seconds are kept as microseconds: fractions that are added in another order may differ in their last
digit, and to Prometheus a counter that fell by so little has begun anew.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric
from prometheus_client.samples import Sample

MICRO = 1_000_000
Key = tuple[str, tuple[tuple[str, str], ...]]  # a sample's name, and its labels in order
Sums = Counter[Key]


def key_of(sample: Sample) -> Key:
    return sample.name, tuple(sorted(sample.labels.items()))


def unit(name: str) -> int:
    """Return by what the sums of this sample are multiplied to be whole numbers."""
    return MICRO if name.endswith("_sum") else 1


def samples(family: Metric) -> Iterator[Sample]:
    """Return the samples of a family, but for when each was made, which nobody asks."""
    return (sample for sample in family.samples if not sample.name.endswith("_created"))


def read(registry: CollectorRegistry) -> Sums:
    """Return what this process has counted; what is 0 is left out."""
    found = Sums()
    for family in registry.collect():
        for sample in samples(family):
            if sample.value:
                found[key_of(sample)] = round(sample.value * unit(sample.name))
    return found


def as_json(sums: Sums) -> list[Any]:
    return [[name, dict(labels), number] for (name, labels), number in sorted(sums.items())]


def from_json(rows: Iterable[Any]) -> Sums:
    """Return what as_json() gave."""
    return Sums({(name, tuple(sorted(labels.items()))): number for name, labels, number in rows})


def less(sums: Sums, before: Sums) -> Sums:
    """Return how much more was counted than before."""
    return Sums({key: number - before[key] for key, number in sums.items()})
