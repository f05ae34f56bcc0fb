"""A request that sends is done once, however often it is repeated with its Idempotency-Key.

The key and what was sent are written in one transaction: either both are there or neither. Who
repeats a request while the first is under way waits for it, as the key is unique.
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
KEPT = timedelta(hours=24)
FORGOTTEN_AT_ONCE = 100
PATTERN = f"^[!-~]{{1,{MAX_KEY}}}$"
PARAMETER = OpenApiParameter(
    HEADER,
    {"type": "string", "pattern": PATTERN},
    OpenApiParameter.HEADER,
    required=True,
    description="Any text you choose, different for each request. It is remembered for 24 hours.",
)


def once(request: Request, said: Any, work: Callable[[], Sequence[int]]) -> Sequence[int]:
    """Do this work, or return what came of it when it was done: ids of messages.

    said: the checked body. Raises InvalidError without a key, KeyReusedError where the key came
    with another request. What the work raises leaves the key unused.
    """
    key, user = _key(request), request.user.pk or 0  # who is nobody does not come so far
    fingerprint = _fingerprint(request, said)
    _forget()
    with transaction.atomic():
        _old().filter(user_id=user, key=key).delete()  # of very many old ones it may be left
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


def _key(request: Request) -> str:
    key: str = request.headers.get(HEADER, "")
    if not re.fullmatch(PATTERN, key):
        sentence = "Send any text you choose, different for each request:"
        limits = f"1 to {MAX_KEY} ASCII characters, without spaces."
        raise InvalidError({HEADER: [f"{sentence} {limits}"]}, "header")
    return key


def _fingerprint(request: Request, said: Any) -> str:
    asked = json.dumps([request.method, request.path, said], sort_keys=True, default=str)
    return hashlib.sha256(asked.encode()).hexdigest()


def _forget() -> None:
    """Delete a few keys that are old; what another process deletes is left to it."""
    with transaction.atomic():
        chosen = _old().order_by("pk").select_for_update(skip_locked=True)
        if found := list(chosen.values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE]):
            IdempotencyKey.objects.filter(pk__in=found).delete()


def _old() -> QuerySet[IdempotencyKey]:
    return IdempotencyKey.objects.filter(created_at__lt=timezone.now() - KEPT)
