"""The composer's forms as a browser sends them."""

from typing import Any

from django.contrib.auth.models import User
from django.test import Client

from conversations.models import Conversation
from tests.support.talks import LIST

JSON = {"Accept": "application/json"}


def colleague(username: str = "bob", **fields: Any) -> Client:
    """Somebody else who may do everything, at another machine."""
    client = Client()
    client.force_login(User.objects.create_superuser(username, **fields))
    return client


def send(
    client: Client, talk: Conversation, text: str = "I am Anna.", token: str = "t1", **more: Any
) -> dict[str, Any]:
    """Send a reply as the page's script does."""
    data = {"text": text, "token": token, **more}
    response = client.post(f"{LIST}{talk.pk}/reply/", data, headers=JSON)
    assert response.status_code == 200
    return dict(response.json())


def type_in(
    client: Client, talk: Conversation, text: str, kind: str = "reply", token: str = "t1"
) -> dict[str, Any]:
    """Keep what is typed, as the page's script does every few seconds."""
    data = {"text": text, "kind": kind, "token": token}
    response = client.post(f"{LIST}{talk.pk}/draft/", data, headers=JSON)
    assert response.status_code == 200
    return dict(response.json())


def look(client: Client, talk: Conversation) -> dict[str, Any]:
    response = client.get(f"{LIST}{talk.pk}/draft/", headers=JSON)
    assert response.status_code == 200
    return dict(response.json())
