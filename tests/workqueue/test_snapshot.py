"""What a process keeps for a moment, so that many who ask cost no more than one."""

import pytest

from workqueue import snapshot
from workqueue.snapshot import Recent, Snapshot

pytestmark = pytest.mark.no_database


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(snapshot, "MAX_AGE", 1000)
    return []


def read(recent: Recent[int], key: str, reads: list[str]) -> int:
    def load() -> int:
        reads.append(key)
        return len(reads)

    return recent.get(key, load)


def test_what_several_ask_for_is_read_once(reads: list[str]) -> None:
    recent = Recent[int]()
    assert [read(recent, key, reads) for key in "aabab"] == [1, 1, 2, 1, 2]
    assert reads == ["a", "b"]


def test_nothing_older_than_a_moment_is_given_out(
    reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    recent = Recent[int]()
    assert read(recent, "a", reads) == 1
    monkeypatch.setattr(snapshot, "MAX_AGE", 0)
    assert read(recent, "a", reads) == 2


def test_it_is_forgotten_with_the_database(reads: list[str]) -> None:
    recent = Recent[int]()
    read(recent, "a", reads)
    Snapshot.forget_everything()
    assert read(recent, "a", reads) == 2


def test_it_does_not_grow_without_end(reads: list[str]) -> None:
    recent = Recent[int](most=3)
    for key in "abcdefg":
        read(recent, key, reads)
    assert len(recent._known) <= 3


def test_one_that_keeps_longer_says_so(reads: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    recent = Recent[int](max_age=1000)
    monkeypatch.setattr(snapshot, "MAX_AGE", 0)
    read(recent, "a", reads)
    read(recent, "a", reads)
    assert reads == ["a"]
    assert recent.find("a") is not None
    recent.max_age = 0
    assert recent.find("a") is None
