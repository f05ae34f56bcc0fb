"""What was wrong when a backup was made, once that is restored."""

from pathlib import Path

import pytest
from django.utils import timezone

from conversations.account import pause as account_pause
from conversations.models import Worker
from incidents.models import Contact, Incident
from rules.models import ResponseRule
from tests.incidents.conftest import Looks
from tests.support.backups import back_up, bring_back
from tests.support.receiver import Receiver
from tests.support.shop import Shop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def restored(shop: Shop, anna: Contact, receiver: Receiver, looks: Looks, tmp_path: Path) -> None:
    """No rule was active when the backup was made, and an account is refused once."""
    account_pause.look_after()
    Worker.objects.create(name="host:1", seen_at=timezone.now())
    ResponseRule.objects.update(active=False)
    assert [looks(), looks()] == [[], ["rules"]]
    Incident.objects.create(kind="x", title="x", says="x", next_step="x", since=timezone.now())
    bring_back(back_up(tmp_path))
    assert not Incident.objects.going_on().exists()
    Worker.objects.create(name="host:1", seen_at=timezone.now())
    assert receiver.titles == ["instabot: No rule is active"]


def test_what_is_still_wrong_is_told_anew(restored: None, receiver: Receiver, looks: Looks) -> None:
    assert [looks(), looks()] == [[], ["rules"]]
    assert receiver.titles[1:] == ["instabot: again: No rule is active"]


def test_what_is_over_meanwhile_stays_over_in_the_list(
    restored: None, receiver: Receiver, looks: Looks
) -> None:
    ResponseRule.objects.update(active=True)
    assert looks() == []
    assert [one.kind for one in Incident.objects.ended()] == ["rules"]
    assert len(receiver.titles) == 1
