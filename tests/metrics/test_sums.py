import itertools
import json

import pytest
from prometheus_client import CollectorRegistry, Counter, Histogram

from metrics import sums
from metrics.sums import Sums

pytestmark = pytest.mark.no_database


def test_seconds_come_out_the_same_in_whatever_order_they_are_added() -> None:
    each = []
    for seconds in (0.1, 0.2, 0.3, 1e-6, 12345.678901):
        registry = CollectorRegistry()
        Histogram("lasted", "", registry=registry).observe(seconds)
        each.append(sums.read(registry))
    totals = set()
    for order in itertools.permutations(each):
        total = Sums()
        for one in order:
            total.update(one)
        totals.add(total["lasted_sum", ()] / sums.unit("lasted_sum"))
    assert totals == {12346.278902}


def test_what_was_never_counted_takes_no_room() -> None:
    registry = CollectorRegistry()
    counter = Counter("seen", "", ["kind"], registry=registry)
    counter.labels("a")
    counter.labels("b").inc(2)
    assert sums.read(registry) == {("seen_total", (("kind", "b"),)): 2}


def test_sums_come_back_from_json_as_they_were() -> None:
    known = Sums({("a_total", ()): 3, ("b_total", (("code", "190"), ("outcome", "login"))): 1})
    assert sums.from_json(json.loads(json.dumps(sums.as_json(known)))) == known


def test_what_was_counted_since_is_the_difference() -> None:
    one, two = ("a_total", ()), ("b_total", ())
    assert sums.less(Sums({one: 5, two: 1}), Sums({one: 2})) == {one: 3, two: 1}
