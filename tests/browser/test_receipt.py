"""The receipt of an erasure as it is printed, for the customer."""

import pytest
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from conversations.models import CustomerErasure
from tests.browser.conftest import Wait

pytestmark = [
    pytest.mark.xdist_group("browser"),
    pytest.mark.once,
    pytest.mark.usefixtures("transactional_db"),
]


def test_printed_it_has_the_words_for_the_customer_and_nothing_else(
    logged_in: Chrome, live_server: LiveServer, until_shown: Wait
) -> None:
    now = timezone.now()
    receipt = CustomerErasure.objects.create(
        conversation=12, by="olga", wanted_at=now, done_at=now, counts={"messages": 2}
    )
    logged_in.get(f"{live_server.url}/admin/conversations/customererasure/{receipt.pk}/change/")
    until_shown("For you alone")
    logged_in.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        lines = logged_in.find_element(By.TAG_NAME, "body").text.splitlines()
    finally:
        logged_in.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert lines[0] == "Confirmation of erasure"
    assert [line.partition(" ")[0] for line in lines[1:]] == ["We", "The", "What"]
