"""Faults by name, as they are in the world: rows, settings, and what other servers answer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from conversations.account import identity
from conversations.models import FIRST, Account
from instabot.doctor import checklist, examination
from instabot.doctor.findings import Check, Finding
from instagram.client import Identity
from tests.support.graph import ACCOUNT, Answer, Graph, error

NOBODY = "no-such-name.example"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass
class Patient:
    """An instabot that is to be made ill."""

    settings: Settings
    graph: Graph
    patch: pytest.MonkeyPatch


Fault = Callable[[Patient], Any]


def check(name: str) -> Check:
    [found] = [one for checks in checklist.CHECKS.values() for one in checks if one.name == name]
    return found


def found(name: str) -> list[Finding]:
    """What a check finds, in this thread: so it sees what the test has not committed."""
    return examination.ask(check(name))


def date_of(ahead: timedelta) -> Callable[[Patient], None]:
    """Let Meta's answers carry such a Date."""

    def fault(patient: Patient) -> None:
        at = datetime.now(UTC) + ahead
        patient.graph.headers["Date"] = format_datetime(at, usegmt=True)

    return fault


def ago(length: timedelta) -> datetime:
    return timezone.now() - length


# Meta, as the account's token finds it

IGAA = "IGAA-token-of-tests"
EAA = "EAA-token-of-tests"
PAGE, APP, NODE = "50010001", "200000000000002", "917"
SWITCHED_OFF = error(200, 2534041, text="Access to messages is off")


def fields(*names: str) -> dict[str, Any]:
    return {"data": [{"id": APP, "subscribed_fields": list(names)}]}


ALL_FIELDS = (
    "messages", "messaging_postbacks", "messaging_seen", "message_reactions", "message_edit",
    "messaging_referral", "messaging_handover", "standby",
)  # fmt: skip


def connects(patient: Patient) -> Account:
    """An account by Instagram Login, all of which is well."""
    patient.graph.answers |= {
        "GET me/conversations": {"data": []},
        f"GET {ACCOUNT}/subscribed_apps": fields(*ALL_FIELDS),
    }
    return _known(patient, IGAA)


def connects_page(patient: Patient, **of_token: Any) -> Account:
    """An account by Facebook Login, with the app's id and secret, all of which is well."""
    patient.settings.FACEBOOK_APP_ID = APP
    linked = {"id": ACCOUNT, "username": "shop"}
    patient.graph.me = {"id": PAGE, "name": "Shop", "instagram_business_account": linked}  # type: ignore[dict-item]
    token = {
        "app_id": APP, "type": "PAGE", "is_valid": True, "expires_at": 0, "profile_id": PAGE,
        "scopes": ["instagram_basic", "instagram_manage_messages", "instagram_manage_comments"],
    }  # fmt: skip
    posts = {
        "object": "instagram", "active": True,
        "callback_url": "https://bot.example.com/webhooks/instagram",
        "fields": [{"name": name} for name in ALL_FIELDS],
    }  # fmt: skip
    patient.graph.answers |= {
        "GET me/conversations": {"data": []},
        f"GET {PAGE}/subscribed_apps": fields("messages"),
        "GET debug_token": {"data": token | of_token},
        f"GET {APP}/subscriptions": {"data": [posts]},
    }
    return _known(patient, EAA)


def _known(patient: Patient, token: str) -> Account:
    patient.settings.INSTAGRAM_PAGE_ACCESS_TOKEN = token
    account = identity.ready(FIRST)
    identity.learn(account, Identity(ACCOUNT, PAGE if token == EAA else NODE, "shop"))
    account.refresh_from_db()
    return account


def has_fields(patient: Patient, node: str, *names: str) -> None:
    """Let Meta know these webhook fields of an account or a Page, and keep what it is told."""
    patient.graph.answers.pop(f"GET {node}/subscribed_apps")
    patient.graph.subscribed[node] = list(names)


def answers(call: str, answer: dict[str, Any] | Answer) -> Fault:
    """Let Meta answer a call in this way."""

    def fault(patient: Patient) -> None:
        patient.graph.answers[call] = answer

    return fault


def all_of(*faults: Fault) -> Fault:
    def fault(patient: Patient) -> None:
        for one in faults:
            one(patient)

    return fault


def put(**values: Any) -> Fault:
    """Let the settings have these values."""

    def fault(patient: Patient) -> None:
        for name, value in values.items():
            setattr(patient.settings, name, value)

    return fault
