from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from shop.models import Shop
from tests.support.shop import Shop as ShopUnderTest
from tests.support.talks import make_conversation, page

pytestmark = pytest.mark.django_db


def test_staff_read_the_clock_of_the_shop_and_nothing_else_does(staff: Client) -> None:
    Shop.objects.create(name="Flowers", time_zone="Asia/Tokyo")
    talk = make_conversation(
        "maria", referral_ref="ad", referred_at=datetime(2026, 6, 1, 20, 30, tzinfo=UTC)
    )
    assert "2 Jun 2026, 05:30" in page(staff, talk)
    assert timezone.get_current_timezone_name() == "UTC"


def test_a_shop_without_a_zone_reads_utc(staff: Client) -> None:
    talk = make_conversation(
        "maria", referral_ref="ad", referred_at=datetime(2026, 6, 1, 20, 30, tzinfo=UTC)
    )
    assert "1 Jun 2026, 20:30" in page(staff, talk)


def test_a_webhook_does_not_ask_for_the_clock(shop: ShopUnderTest) -> None:
    with CaptureQueriesContext(connection) as caught:
        shop.hears("delivery?")
    assert caught
    assert not [query for query in caught if "conversations_shop" in query["sql"]]
