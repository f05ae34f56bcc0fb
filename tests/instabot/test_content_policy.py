"""What browsers are told that a page may load and run: files of ours, not what stands in it."""

import pytest
from django.test import Client

from tests.support.talks import ask, make_conversation

pytestmark = [pytest.mark.django_db, pytest.mark.once]

Policy = dict[str, set[str]]

STRICT: Policy = {
    "default-src": {"'self'"},
    "script-src": {"'self'"},
    "style-src": {"'self'"},
    "object-src": {"'none'"},
    "base-uri": {"'none'"},
    "form-action": {"'self'"},
    "frame-ancestors": {"'none'"},
}
UNFOLD = STRICT | {
    "script-src": {"'self'", "'unsafe-eval'"},
    "style-src": {"'self'", "'unsafe-inline'"},
}
INBOX = "/admin/conversations/conversation/"


def policy_of(client: Client, path: str) -> Policy:
    header = client.get(path, secure=True)["Content-Security-Policy"]
    told = (one.split() for one in header.split(";"))
    return {name: set(sources) for name, *sources in told}


@pytest.mark.parametrize(
    ("path", "policy"),
    [
        (INBOX, STRICT),
        (f"{INBOX}?tab=all&q=maria", STRICT),
        (f"{INBOX}?p=nonsense&nonsense=1", STRICT),
        (f"{INBOX}{{talk}}/change/", STRICT),
        (f"{INBOX}{{talk}}/change/?_changelist_filters=tab%3Dmine", STRICT),
        ("/", STRICT),
        ("/nothing", STRICT),
        ("/admin/", STRICT),
        ("/admin/conversations/dayfigures/?days=7", STRICT),
        ("/admin/second-factor/", STRICT),
        ("/admin/invitation/", STRICT),
        ("/admin/auth/user/second-factor/", STRICT),
        ("/admin/nothing/", UNFOLD),
        (f"{INBOX}{{talk}}/history/", UNFOLD),
        ("/admin/rules/responserule/", UNFOLD),
        ("/admin/rules/responserule/add/", UNFOLD),
        ("/admin/conversations/outboxmessage/", UNFOLD),
        ("/admin/password_change/", UNFOLD),
    ],
)
def test_each_kind_of_page_may_do_what_it_must_and_no_more(
    staff: Client, path: str, policy: Policy
) -> None:
    talk = make_conversation("maria")
    ask(talk)
    told = policy_of(staff, path.format(talk=talk.pk))
    media = {"'self'", "https:", "blob:"}
    assert told == policy | {"img-src": media, "media-src": media}


def test_the_page_of_the_api_may_draw_what_stands_in_its_styles(client: Client) -> None:
    told = policy_of(client, "/api/docs/")
    drawn = {"'self'", "https:", "blob:", "data:"}
    assert {name: told[name] for name in (*STRICT, "img-src")} == STRICT | {"img-src": drawn}


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/rules", "/api/v1/rules/", "/api/openapi.yaml", "/api/nothing", "/health",
        "/health/ready", "/webhooks/instagram", f"{INBOX}live/",
    ],
)  # fmt: skip
def test_what_machines_call_is_no_page(client: Client, path: str) -> None:
    nothing = {"'none'"}
    assert policy_of(client, path) == {"default-src": nothing, "frame-ancestors": nothing}


def test_who_is_not_logged_in_is_told_the_same(client: Client) -> None:
    told = policy_of(client, "/admin/login/")
    assert {name: told[name] for name in STRICT} == STRICT


def test_no_page_may_run_what_stands_in_it(staff: Client) -> None:
    for path in ("/admin/", INBOX, "/api/docs/", "/admin/login/"):
        assert "'unsafe-inline'" not in policy_of(staff, path)["script-src"]
