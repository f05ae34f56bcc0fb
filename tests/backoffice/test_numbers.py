"""Numbers that no column could have: what has them is not found, and nothing breaks."""

import pytest
from django.contrib.auth.models import Group

pytestmark = pytest.mark.django_db


def test_what_is_beyond_64_bits_is_found_nowhere() -> None:
    group = Group.objects.create(name="one")
    asked = [group.pk, 2**63, -(2**63) - 1, 10**400]
    assert [*Group.objects.filter(pk__in=asked)] == [group]
    assert not Group.objects.filter(pk__in=[2**63]).exists()
    assert group not in Group.objects.exclude(pk__in=asked)


def test_rows_asked_for_by_another_query_are_found_as_before() -> None:
    group = Group.objects.create(name="one")
    inner = Group.objects.filter(name="one").values("pk")
    assert [*Group.objects.filter(pk__in=inner)] == [group]
    assert [*Group.objects.filter(pk__in=[str(group.pk), None])] == [group]
