from datetime import timedelta

import pytest
from django.core.checks import run_checks
from pytest_django import Settings


def ids(*, deploy: bool = False) -> list[str | None]:
    return [found.id for found in run_checks(include_deployment_checks=deploy)]


def test_a_sound_installation_has_nothing_to_say() -> None:
    assert ids() == []


def test_a_lease_shorter_than_a_call_is_an_error(settings: Settings) -> None:
    settings.LEASE = timedelta(seconds=3)
    assert ids() == ["instabot.E001"]


@pytest.mark.parametrize("path", ["rules.engine.Missing", "nowhere.Engine", "django.conf.settings"])
def test_an_engine_that_is_none_is_an_error(settings: Settings, path: str) -> None:
    settings.RESPONSE_ENGINES = [path]
    assert ids() == ["instabot.E002"]


def test_an_immediate_bell_is_an_error(settings: Settings) -> None:
    settings.HUEY = {**settings.HUEY, "immediate": True}
    assert ids() == ["instabot.E003"]


def test_a_live_service_without_metas_secrets_is_warned(settings: Settings) -> None:
    settings.WEBHOOK_SECRETS = []
    settings.FACEBOOK_VERIFY_TOKEN = settings.INSTAGRAM_PAGE_ACCESS_TOKEN = ""
    found = [one for one in ids(deploy=True) if one and one.startswith("instabot.")]
    assert found == ["instabot.W001", "instabot.W002"], "a token is connected in the admin"
