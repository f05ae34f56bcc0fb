"""Whose customers the person of this request may see: all accounts', or those of some.

Staff may be limited to accounts. A query that forgot the limit would show one shop another's
customers, so no query has to remember it: the tables of customers keep to it by themselves, and
fixed statements, which go around them, ask for it. A query that is made while a module is read
knows no limit: it is made where it is used. Workers and webhooks have none.

What belongs to all accounts, as rules and settings, whoever is limited reads and does not change.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from django.db import models
from django.db.models import Q, QuerySet

Row = TypeVar("Row", bound=models.Model)
Accounts = frozenset[int]

_reach: ContextVar[Accounts | None] = ContextVar("reach", default=None)
_by_people: ContextVar[bool] = ContextVar("by_people", default=False)


def reach() -> Accounts | None:
    """Return the accounts that may be seen now; None: all of them."""
    return _reach.get()


@contextmanager
def within(accounts: Collection[int] | None) -> Iterator[None]:
    """See only these accounts; None: all of them."""
    before = _reach.set(None if accounts is None else Accounts(accounts))
    try:
        yield
    finally:
        _reach.reset(before)


@contextmanager
def asked_by_people() -> Iterator[None]:
    """Whoever asks is a person, or their program: they are not shown what is being erased."""
    yield from _set(_by_people, value=True)


@contextmanager
def asked_by_machine() -> Iterator[None]:
    """See what is being erased, too, though it is in a person's request: for who erases it."""
    yield from _set(_by_people, value=False)


def _set(variable: ContextVar[bool], *, value: bool) -> Iterator[None]:
    before = variable.set(value)
    try:
        yield
    finally:
        variable.reset(before)


def do_people_ask() -> bool:
    """Tell whether what is read now is for people: each page, and the API."""
    return _by_people.get()


def narrow(accounts: Collection[int] | None) -> None:
    """See only these accounts, until whoever called within() ends it."""
    _reach.set(None if accounts is None else Accounts(accounts))


def may_see(account: int) -> bool:
    """Tell whether an account may be seen now."""
    accounts = _reach.get()
    return accounts is None or account in accounts


def is_seen(path: str) -> Q:
    """Return the condition that an account may be seen now; path: where a row has it."""
    accounts = _reach.get()
    return Q() if accounts is None else Q(**{f"{path}__in": accounts})


class ReachedManager(models.Manager[Row]):
    """Gives no row of an account that may not be seen now.

    The model says in `account_path` where a row has its account; a row without one is for all.
    """

    def get_queryset(self) -> QuerySet[Row]:
        rows = super().get_queryset()
        if _reach.get() is None:
            return rows
        path: str = self.model.account_path  # type: ignore[attr-defined]  # each model has one
        seen = is_seen(path)
        if "__" not in path and self.model._meta.get_field(path).null:  # noqa: SLF001 - public in Django's documentation
            seen |= Q(**{path: None})
        return rows.filter(seen)
