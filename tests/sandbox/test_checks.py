import pytest
from django.test import Client
from pytest_django import Settings

from sandbox import checks

pytestmark = pytest.mark.once


def test_a_developers_machine_is_in_order(sandbox: Settings) -> None:
    every = (checks.check_only_in_development, checks.check_secrets, checks.check_no_real_token)
    assert [found for check in every for found in check()] == []


def test_outside_of_development_it_refuses_to_exist(sandbox: Settings, client: Client) -> None:
    sandbox.DEBUG = False
    (error,) = checks.check_only_in_development()
    assert error.id == "sandbox.E001"
    assert error.is_serious()
    assert "SANDBOX=off" in str(error.hint)
    for path in ("", "state", "messages", "customers", "graph/v26.0/me"):
        assert client.get(f"/sandbox/{path}").status_code == 404


def test_without_secrets_it_cannot_sign(sandbox: Settings) -> None:
    sandbox.WEBHOOK_SECRETS = []
    assert [error.id for error in checks.check_secrets()] == ["sandbox.E002"]


def test_a_real_token_beside_it_is_pointed_out(sandbox: Settings) -> None:
    for token in ("EAAxyz", "IGAAxyz"):
        sandbox.INSTAGRAM_PAGE_ACCESS_TOKEN = token
        (warning,) = checks.check_no_real_token()
        assert warning.id == "sandbox.W001"
        assert "SANDBOX=off" in str(warning.hint)
        assert token not in str(warning)


def test_switched_off_it_says_nothing(sandbox: Settings) -> None:
    sandbox.SANDBOX = sandbox.DEBUG = False
    sandbox.INSTAGRAM_PAGE_ACCESS_TOKEN = "EAAxyz"
    assert checks.check_only_in_development() == checks.check_no_real_token() == []
