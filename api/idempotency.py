"""A request that sends is executed once, however often it is repeated with its Idempotency-Key.

The key and the messages are written in one transaction: either both are there or neither. A
request that is repeated while the first one runs waits for it, since the key is unique.
"""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from api.models import MAX_KEY, IdempotencyKey
from api.problems import InvalidError, KeyReusedError

HEADER = "Idempotency-Key"
KEPT_FOR = timedelta(hours=24)
MAX_FORGOTTEN = 100  # old keys, per request
PATTERN = f"^[!-~]{{1,{MAX_KEY}}}$"
PARAMETER = OpenApiParameter(
    HEADER,
    {"type": "string", "pattern": PATTERN},
    OpenApiParameter.HEADER,
    required=True,
    description="Any text you choose, different for each request. It is remembered for 24 hours.",
)


def execute_once(request: Request, body: Any, work: Callable[[], Sequence[int]]) -> Sequence[int]:
    """Do the work, or return what it returned when it was done before: ids of messages.

    body: the validated body. Raises InvalidError without a key, and KeyReusedError if the key came
    with another request. If the work raises an error, the key stays unused.
    """
    key, user = (
        _read_key(request),
        request.user.pk or 0,
    )  # a request without a user is refused before
    fingerprint = _make_fingerprint(request, body)
    _forget()
    with transaction.atomic():
        _old().filter(user_id=user, key=key).delete()  # _forget may have left it
        row, is_new = IdempotencyKey.objects.get_or_create(
            user_id=user, key=key, defaults={"fingerprint": fingerprint}
        )
        if row.fingerprint != fingerprint:
            raise KeyReusedError
        if not is_new:
            sent: Sequence[int] = row.messages
            return sent
        row.messages = sent = list(work())
        row.save(update_fields=["messages"])
    return sent


def _read_key(request: Request) -> str:
    key: str = request.headers.get(HEADER, "")
    if not re.fullmatch(PATTERN, key):
        sentence = "Send any text you choose, different for each request:"
        limits = f"1 to {MAX_KEY} ASCII characters, without spaces."
        raise InvalidError({HEADER: [f"{sentence} {limits}"]}, "header")
    return key


def _make_fingerprint(request: Request, body: Any) -> str:
    content = json.dumps(
        [request.method, request.path.rstrip("/"), body], sort_keys=True, default=str
    )
    return hashlib.sha256(content.encode()).hexdigest()


def _forget() -> None:
    """Delete a few old keys, except those that another process is deleting."""
    with transaction.atomic():
        chosen = _old().order_by("pk").select_for_update(skip_locked=True)
        if old := list(chosen.values_list("pk", flat=True)[:MAX_FORGOTTEN]):
            IdempotencyKey.objects.filter(pk__in=old).delete()


def _old() -> QuerySet[IdempotencyKey]:
    return IdempotencyKey.objects.filter(created_at__lt=timezone.now() - KEPT_FOR)
