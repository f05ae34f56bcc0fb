"""Each role on each page that it may see: nothing covers anything there either."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.test import Client
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import Chrome

from people import roles
from tests.browser.conftest import log_in
from tests.browser.test_layout import complaints, list_pages, shop  # noqa: F401 - the fixture

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.slow, pytest.mark.once]

# Beside a phone two of the widths that an owner's pages are seen at, the pages in turn.
SIZES = {"Support": (1280, 1440), "Reviewer": (1366, 1536), "Engineer": (1440, 1920)}
PHONE = 390
FEWEST = 10  # pages of the role that sees the fewest


@pytest.mark.parametrize("role", SIZES)
@pytest.mark.usefixtures("shop")
def test_a_role_sees_its_pages_as_an_owner_does(
    browser: Chrome, live_server: LiveServer, client: Client, role: str
) -> None:
    roles.create(apps)  # another test may have emptied the tables
    user = User.objects.create_user("olena", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)
    pages = [path for path in dict.fromkeys(list_pages()) if client.get(path).status_code == 200]
    assert len(pages) > FEWEST
    log_in(browser, live_server, user)
    browser.get_log("browser")  # type: ignore[no-untyped-call] # what others left; Selenium's
    found = []
    for number, path in enumerate(pages):
        browser.get(f"{live_server.url}{path}")
        widths = (PHONE, SIZES[role][number % 2])
        found += [f"{path} {one}" for one in dict.fromkeys(complaints(browser, widths, ()))]
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert not found, "\n".join(found)
