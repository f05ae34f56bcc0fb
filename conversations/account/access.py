"""Who is limited to which accounts, and what that means for whom they may let see more."""

from collections.abc import Collection
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet

from backoffice.reach import Accounts, may_see, reach
from conversations.account import identity
from conversations.models import Account, AccountAccess


def of(user: Any) -> Accounts | None:
    """Return the accounts that somebody is limited to; None: they see all, as superusers do.

    Where there is one account, there is nothing to limit.
    """
    if not user.is_authenticated or user.is_superuser or not identity.accounts().are_several:
        return None
    return limit_of(user) or None


def limit_of(user: Any) -> Accounts:
    """Return the accounts that somebody is limited to; none: all.

    That of a superuser, or where there is one account, is kept for the day on which it counts.
    """
    rows = AccountAccess.objects.filter(user=user.pk)
    return Accounts(rows.values_list("account", flat=True))


def seen() -> tuple[Account, ...]:
    """Return our accounts that may be seen now, at most half a second old."""
    return tuple(account for account in identity.accounts().rows if may_see(account.pk))


def limit(user: User, accounts: Collection[Account]) -> None:
    """Let somebody see these accounts alone; none: all of them."""
    wanted = {account.pk for account in accounts}
    with transaction.atomic():
        rows = AccountAccess.objects.filter(user=user.pk)
        rows.exclude(account__in=wanted).delete()
        known = set(rows.values_list("account", flat=True))
        AccountAccess.objects.bulk_create(
            AccountAccess(user=user, account_id=pk) for pk in sorted(wanted - known)
        )


def covers(other: User) -> bool:
    """Tell whether all that another person sees may be seen now."""
    mine = reach()
    if mine is None:
        return True
    theirs = of(other)
    return theirs is not None and theirs <= mine


def covered(users: QuerySet[User]) -> QuerySet[User]:
    """Keep only those of whom covers() is true."""
    mine = reach()
    if mine is None:
        return users
    beyond = AccountAccess.objects.exclude(account__in=mine)
    limited = users.filter(is_superuser=False, pk__in=AccountAccess.objects.values("user"))
    return limited.exclude(pk__in=beyond.values("user"))


def who_see(users: QuerySet[User], account: int) -> QuerySet[User]:
    """Keep only those who may see an account."""
    sees = Q(account_access__isnull=True) | Q(account_access__account=account)
    return users.filter(Q(is_superuser=True) | sees).distinct()
