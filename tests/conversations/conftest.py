from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from conversations.models import Conversation
from rules.models import ResponseRule
from shop import tuning
from tests.support.shop import Shop
from tests.support.talks import make_conversation


@pytest.fixture
def talk(db: None) -> Conversation:
    """A customer who wrote an hour ago."""
    return make_conversation("maria", last_inbound_at=timezone.now() - timedelta(hours=1))


@pytest.fixture
def patient(shop: Shop) -> Shop:
    """A shop that waits for two seconds, with a real fallback and a greeting."""
    tuning.put("waiting_seconds", "2")
    ResponseRule.objects.filter(name="Fallback").update(match="fallback", order=1)
    ResponseRule.objects.create(name="Greeting", order=30, keywords="hi\nhello", reply="Hello!")
    return shop


@pytest.fixture
def nobody_yet(server: str, settings: Settings, transactional_db: None) -> None:
    """A new instabot: no token in its environment, and Meta is the sandbox (tests/sandbox)."""
    settings.INSTAGRAM_PAGE_ACCESS_TOKEN = ""
    settings.PUBLIC_URL, settings.CSRF_TRUSTED_ORIGINS = server, []
