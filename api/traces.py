"""What the API remembers of messages whose customer is erased: forgotten with them."""

from collections.abc import Collection

from api.models import IdempotencyKey

KEYS = "idempotency keys"


def forget(messages: Collection[int]) -> dict[str, int]:
    """Delete the keys of requests that sent one of these messages; return how many."""
    sent = IdempotencyKey.objects.values_list("pk", "messages")
    pks = [pk for pk, ids in sent.iterator() if not {*ids}.isdisjoint(messages)]
    deleted, _ = IdempotencyKey.objects.filter(pk__in=pks).delete()
    return {KEYS: deleted}
