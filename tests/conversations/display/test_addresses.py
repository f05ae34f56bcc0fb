"""Addresses that come from customers and from Meta: no page runs one, or loads it without TLS."""

from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from conversations.account import profiles
from conversations.models import Conversation
from instagram.links import source
from tests.support.shop import Shop
from tests.support.talks import ALL, LIST, ask, make_conversation

pytestmark = pytest.mark.django_db

GOOD = "https://scontent.cdninstagram.com/v/1.jpg"
RUN = [
    "javascript:alert(1)//https://x.example",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "java\tscript:alert(1)",
    "\x01javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "//evil.example/x",
    "https:evil.example",
    "blob:https://x.example/1",
]


@pytest.mark.parametrize(
    ("said", "loaded"),
    [
        (GOOD, GOOD),
        ("HTTPS://A.example/1.jpg", "HTTPS://A.example/1.jpg"),
        ("http://127.0.0.1:8000/sandbox/photo.svg", "http://127.0.0.1:8000/sandbox/photo.svg"),
        ("http://localhost:8000/x", "http://localhost:8000/x"),
        ("http://a.example/1.jpg", ""),
        ("http://127.0.0.1.evil.example/1.jpg", ""),
        ("http://localhost@evil.example/1.jpg", ""),
        ("http://[broken", ""),
        (None, ""),
        ({"url": GOOD}, ""),
        *((one, "") for one in RUN),
    ],
)
def test_a_picture_comes_by_https_or_from_the_sandbox(said: Any, loaded: str) -> None:
    assert source(said) == loaded


class _Addresses(HTMLParser):
    """Gathers what a page loads, and where it leads."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = ("href", "src", "srcset", "poster", "action", "formaction", "data", "background")
        self.found += [(name, value or "") for name, value in attrs if name in names]


def addresses(page: str) -> list[tuple[str, str]]:
    return _Addresses(page).found


def is_harmless(name: str, address: str) -> bool:
    ours = ("/", "?", "#") if not address.startswith("//") else ()
    by_click = ("https://", "http://") if name == "href" else ("https://",)
    return not address or address.startswith((*ours, *by_click))


# Wherever Meta's payload may have an address: what a message is made with.
PLACES: dict[str, Callable[[str], dict[str, Any]]] = {
    "picture": lambda url: {"attachments": [{"type": "image", "payload": {"url": url}}]},
    "video": lambda url: {"attachments": [{"type": "video", "payload": {"url": url}}]},
    "audio": lambda url: {"attachments": [{"type": "audio", "payload": {"url": url}}]},
    "file": lambda url: {"attachments": [{"type": "file", "payload": {"url": url}}]},
    "share": lambda url: {"attachments": [{"type": "share", "payload": {"url": url}}]},
    "unknown": lambda url: {"attachments": [{"type": "hologram", "payload": {"file_url": url}}]},
    "story": lambda url: {"about": {"story": {"url": url, "id": "1"}}},
    "post": lambda url: {"about": {"media": {"permalink": url, "link": url}}},
    "ad": lambda url: {
        "about": {"referral": {"ads_context_data": {"photo_url": url, "video_url": url}}}
    },
    "product": lambda url: {"about": {"product": {"url": url}}},
    "template": lambda url: {
        "attachments": [
            {
                "type": "template",
                "payload": {
                    "generic": {
                        "elements": [
                            {
                                "title": "t",
                                "image_url": url,
                                "default_action": {"type": "web_url", "url": url},
                                "buttons": [{"type": "web_url", "title": "b", "url": url}],
                            }
                        ]
                    }
                },
            }
        ]
    },
}


@pytest.mark.once
@pytest.mark.parametrize("place", PLACES)
def test_no_address_of_a_payload_is_run_or_loaded_without_tls(staff: Client, place: str) -> None:
    talk = make_conversation("mia", last_inbound_at=timezone.now())
    for url in [*RUN, "http://a.example/1.jpg", "https://good.example/1.jpg"]:
        ask(talk, f"see {url}", **PLACES[place](url))
    page = staff.get(f"{LIST}{talk.pk}/change/").content.decode()
    found = addresses(page)
    assert [one for one in found if not is_harmless(*one)] == []
    assert any("good.example" in address for _, address in found)


@pytest.mark.once
@pytest.mark.parametrize("url", [*RUN, "http://a.example/1.jpg"])
def test_a_customers_picture_of_before_is_not_shown(staff: Client, url: str) -> None:
    talk = make_conversation("mia", last_inbound_at=timezone.now(), picture_url=url)
    ask(talk)
    for path in (ALL, f"{LIST}{talk.pk}/change/"):
        found = addresses(staff.get(path).content.decode())
        assert url not in [address for _, address in found]


def test_a_customers_picture_is_stored_only_if_it_may_be_loaded(shop: Shop) -> None:
    for number, picture in (("870001", "javascript:alert(1)"), ("870002", GOOD)):
        shop.hears("price", customer=number, at=timezone.now().timestamp())
        shop.graph.profiles[number] = {"name": "x", "profile_pic": picture}
    shop.works()
    profiles.refresh()
    stored = Conversation.objects.order_by("customer_id").values_list("picture_url", flat=True)
    assert [*stored] == ["", GOOD]
