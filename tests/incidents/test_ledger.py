"""When a trouble becomes an incident, and when it is over."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from incidents import ledger
from incidents.models import Incident
from incidents.troubles import Level, Trouble
from tests.support.clock import Clock

pytestmark = pytest.mark.django_db

BAD, GOOD = True, False


def trouble(**changes: Any) -> Trouble:
    given = {"kind": "disk", "title": "A disk is full", "says": "3 MB left.", "next_step": "Go."}
    return Trouble(**{**given, **changes})


def look(*found: Trouble, looked_at: tuple[str, ...] = ("disk", "queue")) -> ledger.News:
    return ledger.write(found, looked_at, timezone.now())


@pytest.mark.parametrize(
    ("looks", "opened", "ended"),
    [
        ([BAD], 0, 0),
        ([BAD, BAD], 1, 0),
        ([BAD, GOOD, BAD], 0, 0),
        ([BAD, GOOD, BAD, BAD], 1, 0),
        ([BAD, BAD, GOOD, GOOD], 1, 0),
        ([BAD, BAD, GOOD, GOOD, GOOD], 1, 1),
        ([BAD, BAD, GOOD, GOOD, BAD, GOOD, GOOD], 1, 0),
    ],
)
def test_two_bad_looks_in_a_row_open_and_three_good_ones_end(
    looks: list[bool], opened: int, ended: int
) -> None:
    news = [look(*([trouble()] if is_bad else [])) for is_bad in looks]
    assert sum(len(one.opened) for one in news) == opened
    assert sum(len(one.ended) for one in news) == ended
    assert Incident.objects.open().count() == opened - ended
    assert Incident.objects.ended().count() == ended


@pytest.mark.parametrize(("minutes", "is_same"), [(29, True), (31, False)])
def test_what_comes_back_soon_is_the_same_incident_and_ends_more_slowly(
    time_stands: Clock, minutes: int, is_same: bool
) -> None:
    look(trouble()), look(trouble())
    old = Incident.objects.get()
    Incident.objects.know(old.pk, "anna", timezone.now())
    look(), look(), look()
    time_stands(timedelta(minutes=minutes))
    look(trouble())
    assert not Incident.objects.open().exists()
    news = look(trouble())
    row = Incident.objects.open().get()
    assert (row.pk == old.pk, row.known_by == "anna") == (is_same, is_same)
    assert (len(news.returned), len(news.opened)) == ((1, 0) if is_same else (0, 1))
    assert (row.since, row.opened_at) == (old.since, old.opened_at) or not is_same
    ended = [len(look().ended) for _ in range(30)]
    assert ended.index(1) == (29 if is_same else 2)


def test_what_is_sure_opens_at_the_first_look() -> None:
    assert len(look(trouble(is_sure=True)).opened) == 1


def test_two_of_a_kind_are_two_incidents_and_the_same_twice_is_one() -> None:
    for _ in range(2):
        look(trouble(subject="/var"), trouble(subject="/srv"), trouble(subject="/srv"))
    assert sorted(Incident.objects.open().values_list("subject", flat=True)) == ["/srv", "/var"]


def test_a_look_that_could_not_be_made_ends_nothing() -> None:
    look(trouble()), look(trouble())
    for _ in range(5):
        news = look(looked_at=("queue",))
        assert [row.kind for row in news.lasting] == ["disk"]
    assert Incident.objects.open().count() == 1


def test_it_says_what_the_newest_look_has_seen_and_since_when_it_is_so() -> None:
    began = timezone.now() - timedelta(hours=2)
    look(trouble(since=began, level=Level.SOON))
    look(trouble(says="1 MB left.", since=timezone.now()))
    row = Incident.objects.get()
    assert (row.says, row.level, row.since) == ("1 MB left.", Level.URGENT, began)


def test_who_knows_of_it_is_not_forgotten_by_the_next_look() -> None:
    look(trouble()), look(trouble())
    row = Incident.objects.get()
    assert Incident.objects.know(row.pk, "anna", timezone.now())
    assert not Incident.objects.know(row.pk, "olga", timezone.now())
    look(trouble())
    assert Incident.objects.get().known_by == "anna"
    assert not Incident.objects.unknown().exists()


def test_the_urgent_ones_stand_first_then_the_oldest() -> None:
    soon = trouble(kind="queue", level=Level.SOON, is_sure=True)
    look(soon)
    look(soon, trouble(is_sure=True, subject="/srv"))
    look(soon, trouble(is_sure=True, subject="/srv"), trouble(is_sure=True, subject="/a"))
    assert [row.subject for row in Incident.objects.open()] == ["/srv", "/a", ""]
