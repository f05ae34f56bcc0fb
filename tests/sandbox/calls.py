"""What the tests of the sandbox share: calls of its Graph API, and waiting for what they cause."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from instagram.client import GraphClient
from instagram.content import Content, Text
from instagram.errors import RefusedError
from sandbox import payloads
from sandbox.models import Customer, Message

TOKEN = "sandbox-token"
MakeClient = Callable[..., GraphClient]


def wrote(customer: Customer, hours_ago: float = 0) -> Message:
    at = timezone.now() - timedelta(hours=hours_ago)
    mid = payloads.new_mid()
    return Message.objects.create(customer=customer, mid=mid, from_customer=True, text="?", at=at)


def refusal(client: GraphClient, recipient: str, said: str | Content) -> RefusedError:
    # Not pytest.raises: the traceback that it keeps would hold the connection open.
    try:
        client.send(recipient, Text(said) if isinstance(said, str) else said, "")
        pytest.fail("it was not refused")
    except RefusedError as error:
        found = error.with_traceback(None)
    assert found.reply.trace_id
    return found


def wait_for(look: Callable[[], Any], seconds: float = 30.0) -> Any:
    """Return what `look` finds as soon as it finds something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"nothing after {seconds} s: {look}")
