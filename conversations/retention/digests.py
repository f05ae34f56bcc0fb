"""Recognises what was deleted for its age or erased, when Meta, a poll or an import brings it.

Of each one a keyed digest of its mid stays, for ever: a thread that is read back may begin with a
message that is years old. The key is random and stays in the database, with the digests; SECRET_KEY
may change. Without the key nobody can tell from a digest which message it was.

For its age nothing is deleted before it has rested for a week, so only what was said before is
looked up. A customer may be erased at any time, so of each one a digest stays with that time: it is
looked up where a conversation begins, and where one goes on that began after an erasure. An
ordinary message costs no statement.
"""

import hmac
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists
from django.utils import timezone

from conversations.models import DeletedMessage, ErasedCustomer, RetentionUpkeep
from shop.tuning import LEAST_DAYS

OLD = timedelta(days=LEAST_DAYS - 1)  # a day less: Meta's clock is another one than ours
CLOCKS_DIFFER = timedelta(minutes=10)  # Meta's and ours
_BYTES = 16
_CUSTOMER = "customer:"  # no mid of Meta's begins so
_AT_ONCE = 500


def may_be_deleted(at: datetime) -> bool:
    """Tell whether what was said then may have been deleted since; asks nobody."""
    return at < timezone.now() - OLD


def remember(account: int, messages: Iterable[tuple[str, bool]]) -> None:
    """Remember mids of messages that are deleted in this transaction, and which were unsent."""
    key = RetentionUpkeep.objects.the_row().key
    rows = [
        DeletedMessage(digest=digest(key, account, mid), was_unsent=unsent)
        for mid, unsent in messages
    ]
    DeletedMessage.objects.bulk_create(rows, batch_size=_AT_ONCE, ignore_conflicts=True)


def find(account: int, mid: str) -> DeletedMessage | None:
    """Return what is remembered of a message; None: it was never deleted."""
    key = RetentionUpkeep.objects.filter(pk=1).values_list("key", flat=True).first()
    if key is None:  # nothing ever was
        return None
    return DeletedMessage.objects.filter(digest=digest(key, account, mid)).first()


def unsent(account: int, mid: str) -> None:
    """Remember that a message which is deleted already has been unsent."""
    key = RetentionUpkeep.objects.the_row().key
    DeletedMessage.objects.filter(digest=digest(key, account, mid)).update(was_unsent=True)


def erased_at(account: int, customer: str) -> datetime | None:
    """Return until when what was said with a customer was erased; None: nothing ever was."""
    key = key_of_erased()
    if key is None:
        return None
    named = digest(key, account, name_of(customer))
    return ErasedCustomer.objects.filter(digest=named).values_list("at", flat=True).first()


def key_of_erased() -> str | None:
    """Return the key of the digests; None: nobody was ever erased."""
    some = Exists(ErasedCustomer.objects.all())
    return RetentionUpkeep.objects.filter(some, pk=1).values_list("key", flat=True).first()


def erased_among(named: Collection[UUID]) -> dict[UUID, datetime]:
    """Return which of these digests are of customers who were erased, and until when."""
    asked, found = list(named), dict[UUID, datetime]()
    for start in range(0, len(asked), _AT_ONCE):
        rows = ErasedCustomer.objects.filter(digest__in=asked[start : start + _AT_ONCE])
        found |= dict(rows.values_list("digest", "at"))
    return found


def name_of(customer_id: str) -> str:
    """Return by what a customer is digested, among an account's messages and customers."""
    return f"{_CUSTOMER}{customer_id}"


def digest(key: str, account: int, mid: str) -> UUID:
    """Return the digest; our accounts may write to each other, and both have a message's mid.

    mid: or what else tells one of an account's things from another.
    """
    said = f"{account}:{mid}".encode(errors="surrogatepass")
    return UUID(bytes=hmac.digest(key.encode(), said, "sha256")[:_BYTES])
