import pytest
from django.test import Client

from instabot.traffic import route_of
from metrics import series
from tests.support.counted import Counted

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/webhooks/instagram", "webhook"),
        ("/webhooks/instagram/", "webhook"),
        ("//webhooks/instagram", "webhook"),
        ("/health", "health"),
        ("/health/ready", "health"),
        ("/metrics", "metrics"),
        ("/api/v1/rules/", "api"),
        ("/admin/", "admin"),
        ("/admin/conversations/conversation/", "admin"),
        ("/admin/conversations/conversation/live/", "poll"),
        ("/static/backoffice/pages.css", "static"),
        ("/", "other"),
        ("/wp-login.php", "other"),
        ("/adminer", "other"),
        ("/a/MARK/b", "other"),
    ],
)
def test_whatever_is_asked_is_counted_under_one_of_few_routes(path: str, route: str) -> None:
    assert route_of(path) == route


def test_each_answer_is_counted_with_its_status_and_measured(client: Client) -> None:
    counted = Counted()
    for path in ("/health", "/admin/", "/nothing", "/api/v1/rules/"):
        client.get(path)
    assert counted.of("requests_total", route="health", status="200") == 1
    assert counted.of("requests_total", route="admin", status="302") == 1
    assert counted.of("requests_total", route="other", status="404") == 1
    assert counted.of("requests_total", route="api", status="401") == 1
    assert counted.of("request_seconds_count", route="admin") == 1
    assert counted.of("request_seconds_sum", route="admin") > 0


def test_a_page_that_breaks_is_counted_as_an_error_and_is_over(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from instabot import front

    def broken(_: object) -> None:
        assert series.requests_in_flight._value.get() == 1
        raise KeyError

    client.raise_request_exception = False
    monkeypatch.setitem(front.ANSWERED_HERE, "health", broken)
    counted = Counted()
    assert client.get("/health").status_code == 500
    assert counted.of("requests_total", route="health", status="500") == 1
    assert series.requests_in_flight._value.get() == 0
