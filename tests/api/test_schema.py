"""The description: the file is what the code says, its examples are true, nothing else comes."""

import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import requests
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from tests.api.caller import Caller, only_conversation, rule
from tests.api.description import FILE, OPENAPI, operations
from tests.support.shop import Shop

pytestmark = pytest.mark.once


def check(value: Any, schema: dict[str, Any]) -> None:
    whole = schema | {"components": OPENAPI["components"]}
    jsonschema.Draft202012Validator(
        whole, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    ).validate(value)


def test_the_file_is_what_the_code_says(tmp_path: Path) -> None:
    written = tmp_path / "openapi.yaml"
    options = {"urlconf": "api.urls", "validate": True, "fail_on_warn": True}
    call_command("spectacular", file=str(written), **options)
    assert written.read_text() == FILE.read_text(), "Run `make schema` and commit the file."


def test_it_says_who_where_and_what_for() -> None:
    """What Spectral's rules for OpenAPI want beside a valid file, operation by operation."""
    assert OPENAPI["servers"]
    assert OPENAPI["info"]["contact"]
    assert OPENAPI["info"]["description"]
    tags = [tag["name"] for tag in OPENAPI["tags"]]
    assert tags == sorted(set(tags))
    assert all(tag["description"] for tag in OPENAPI["tags"])
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(names) == len(set(names))
    for _, path, operation in operations():
        assert not path.endswith("/")
        assert "?" not in path
        assert operation["description"]
        assert [tag for tag in operation["tags"] if tag in tags] == operation["tags"] != []
        assert any(code.startswith("2") for code in operation["responses"])
        given = {part["name"] for part in operation.get("parameters", ()) if part["in"] == "path"}
        assert given == set(re.findall("{(.*?)}", path))
    used = set(re.findall("'#/components/schemas/([^']+)'", FILE.read_text()))
    assert used == set(OPENAPI["components"]["schemas"])


def test_the_page_keeps_no_token(client: Client) -> None:
    page = client.get("/api/docs/").content.decode()
    assert 'src="/api/docs/?script="' in page
    assert '"persistAuthorization": false' in client.get("/api/docs/?script=").content.decode()
    assert 'src="/static/api/docs.js"' in page
    script = finders.find("api/docs.js")
    assert 'localStorage.removeItem("authorized")' in Path(str(script)).read_text()


def test_it_is_openapi_3_1() -> None:
    assert OPENAPI["openapi"] == "3.1.0"


def contents() -> list[Any]:
    found = []
    for method, path, operation in operations():
        bodies = {"request": operation.get("requestBody", {}), **operation["responses"]}
        for code, body in bodies.items():
            for media, content in body.get("content", {}).items():
                if media == "application/json":
                    found.append(pytest.param(content, id=f"{method} {path} {code}"))
    return found


@pytest.mark.parametrize("content", contents())
def test_each_body_has_examples_and_they_are_as_described(content: Any) -> None:
    assert content["examples"]
    for example in content["examples"].values():
        check(example["value"], content["schema"])


def test_all_objects_are_closed() -> None:
    for name, schema in OPENAPI["components"]["schemas"].items():
        if "properties" in schema:
            assert schema["additionalProperties"] is False, name


def test_each_operation_says_what_it_does_and_for_whom() -> None:
    for _, _, operation in operations():
        assert operation["summary"].endswith((".", ":"))
        assert "Requires the permission to" in operation["description"]


def test_what_comes_is_as_described(api: Caller, shop: Shop) -> None:
    shop.hears("price")
    shop.works()
    talk = only_conversation().pk
    for path, parts in {
        "/api/v1/rules": {},
        "/api/v1/rules/{id}": {"id": rule().pk},
        "/api/v1/conversations": {},
        "/api/v1/conversations/{id}": {"id": talk},
        "/api/v1/conversations/{id}/messages": {"id": talk},
        "/api/v1/menu": {},
        "/api/v1/reports": {},
        "/api/v1/statistics/days": {},
        "/api/v1/statistics/rules": {},
        "/api/v1/statistics/rules/{id}/days": {"id": rule().pk},
    }.items():
        found = api.get(api.server + path.format(**parts))
        described = OPENAPI["paths"][path]["get"]["responses"]["200"]
        check(found, described["content"]["application/json"]["schema"])


def test_a_field_that_is_not_described_would_be_seen() -> None:
    schema = {"$ref": "#/components/schemas/Customer"}
    known = {"id": "1", "username": "mia", "name": "Mia"}
    check(known, schema)
    with pytest.raises(jsonschema.ValidationError):
        check(known | {"picture_url": "https://cdn.example/1.jpg"}, schema)


def test_the_page_and_the_file_are_open_and_come_from_here_alone(
    live_server: LiveServer, client: Client
) -> None:
    file = client.get("/api/openapi.yaml")
    assert file["Content-Type"] == "application/yaml"
    assert file.content == FILE.read_bytes()
    page = requests.get(f"{live_server.url}/api/docs/", timeout=30).text
    assert "/api/openapi.yaml" in client.get("/api/docs/?script=").content.decode()
    assert "https://" not in page
    addresses = re.findall('"(/static/[^"]+)"', page)
    assert addresses
    for address in addresses:
        assert requests.get(live_server.url + address, timeout=30).status_code == 200, address
