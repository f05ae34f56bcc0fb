"""Nothing is lost and nothing counted twice, whoever is killed, frozen, or cut off meanwhile."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone
from prometheus_client import CollectorRegistry, Counter, Gauge

from metrics.models import GONE, ProcessSums
from metrics.process import Process

pytestmark = pytest.mark.django_db(transaction=True)

KEY = ("seen_total", ())
BUSY = ("busy", ())


@dataclass
class Counting:
    """A process that counts one thing."""

    truth: int = 0
    process: Process = field(init=False)

    def __post_init__(self) -> None:
        counted, states = CollectorRegistry(), CollectorRegistry()
        self._counter = Counter("seen", "", registry=counted)
        self.busy = Gauge("busy", "", registry=states)
        self.process = Process(counted, states)

    def count(self, number: int) -> None:
        self._counter.inc(number)
        self.truth += number

    def write(self) -> None:
        self.process.write()


def total() -> int:
    return ProcessSums.objects.total()[0][KEY]


def fall_silent() -> None:
    ago = timezone.now() - timedelta(minutes=2)
    ProcessSums.objects.filter(folded_at=None).update(written_at=ago)


def write_unknowingly(one: Counting, verb: str = "UPDATE") -> bool:
    """Have its statement committed, while it learns that the connection broke; False: it has none.

    verb: of which statement the answer is lost.
    """

    def run(execute: Callable[..., Any], statement: str, *call: Any) -> Any:
        found = execute(statement, *call)
        if statement.startswith(verb):
            raise OperationalError("the connection broke")
        return found

    try:
        with connection.execute_wrapper(run):
            one.write()
    except OperationalError:
        return True
    return False


def test_a_row_holds_all_that_was_counted_however_often_it_is_written() -> None:
    one, two = Counting(), Counting()
    one.count(5)
    for _ in range(3):
        one.write()
    two.count(2)
    two.write()
    one.count(1)
    one.write()
    assert total() == 8
    assert ProcessSums.objects.count() == 2


def test_who_is_gone_is_added_once_and_its_row_no_longer_counts() -> None:
    one, two = Counting(), Counting()
    for each in (one, two):
        each.count(4)
        each.busy.set(3)
        each.write()
    fall_silent()
    two.write()
    assert ProcessSums.objects.fold() == 1
    assert ProcessSums.objects.fold() == 0
    sums, states = ProcessSums.objects.total()
    assert (sums[KEY], states[BUSY]) == (8, 3), "the busy threads of the dead are none"


def test_several_that_fold_at_once_add_nobody_twice() -> None:
    for _ in range(5):
        one = Counting()
        one.count(7)
        one.write()
    fall_silent()

    def fold(_: int) -> int:
        try:
            return ProcessSums.objects.fold()
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        assert sum(threads.map(fold, range(6))) == 5
    assert total() == 35


def test_a_process_that_was_only_frozen_goes_on_in_a_row_of_its_own() -> None:
    one = Counting()
    one.count(10)
    one.write()
    fall_silent()
    ProcessSums.objects.fold()
    one.count(3)
    one.write()
    assert total() == 13
    one.count(1)
    one.write()
    assert total() == 14
    fall_silent()
    ProcessSums.objects.fold()
    one.write()
    assert total() == 14


def test_what_was_written_without_our_knowing_is_not_counted_again() -> None:
    one = Counting()
    one.count(10)
    one.write()
    one.count(5)
    assert write_unknowingly(one)
    fall_silent()
    ProcessSums.objects.fold()
    one.count(1)
    one.write()
    assert total() == 16


@pytest.mark.parametrize("is_folded", [False, True])
def test_the_first_write_may_be_one_without_our_knowing(is_folded: bool) -> None:
    one = Counting()
    one.count(10)
    assert write_unknowingly(one, "INSERT")
    if is_folded:
        fall_silent()
        ProcessSums.objects.fold()
    one.count(1)
    one.write()
    assert total() == 11


def test_rows_that_were_added_long_ago_go() -> None:
    one = Counting()
    one.count(2)
    one.write()
    fall_silent()
    ProcessSums.objects.fold()
    ProcessSums.objects.exclude(folded_at=None).update(folded_at=timezone.now() - timedelta(days=8))
    another = Counting()
    another.write()
    fall_silent()
    ProcessSums.objects.fold()
    assert total() == 2
    left = ProcessSums.objects.exclude(name=GONE)
    assert left.count() == 1, "the one that was folded just now"


def test_a_process_that_finds_no_row_of_its_own_begins_where_it_was() -> None:
    one = Counting()
    one.count(2)
    one.write()
    fall_silent()
    ProcessSums.objects.fold()
    ProcessSums.objects.exclude(folded_at=None).delete()  # it was frozen for longer than a week
    one.count(3)
    one.write()
    assert total() == 5


@pytest.mark.parametrize("seed", range(8))
def test_the_total_never_falls_and_is_right_in_the_end(seed: int) -> None:
    chance = random.Random(seed)
    living, truth, seen = [Counting() for _ in range(3)], 0, 0
    for _ in range(60):
        one = chance.choice(living)
        match chance.choice(["count", "count", "write", "write", "lost", "fold", "die"]):
            case "count":
                one.count(chance.randint(1, 9))
            case "write":
                one.write()
            case "lost":
                write_unknowingly(one, chance.choice(["UPDATE", "INSERT"]))
            case "fold":
                fall_silent()
                ProcessSums.objects.fold()
            case "die":  # after a last write
                one.write()
                truth += one.truth
                living = [Counting() if each is one else each for each in living]
        assert total() >= seen
        seen = total()
    for one in living:
        one.write()
    assert total() == truth + sum(one.truth for one in living)
