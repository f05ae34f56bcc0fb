from datetime import timedelta

import pytest
from django.utils import timezone

from conversations.models import Conversation
from tests.conversations.talks import make_conversation


@pytest.fixture
def talk(db: None) -> Conversation:
    """A customer who wrote an hour ago."""
    return make_conversation("maria", last_inbound_at=timezone.now() - timedelta(hours=1))
