"""Whose figures a page shows: of all accounts, or of the one that its address names."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlencode

from django.http import HttpRequest

from conversations.models import Account, is_called

NAME = "account"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The accounts to choose from, none where one is seen; the chosen one; what is wrong.

    accounts: whose figures are read; None: of all that may be seen, without looking for any.
    """

    rows: Sequence[Account] = ()
    account: Account | None = None
    accounts: Collection[int] | None = None
    error: str = ""

    @classmethod
    def read(cls, request: HttpRequest) -> Self:
        """Read the address; of an account that there is not all accounts are shown, and it is said.

        It may be an Instagram ID or a username.
        """
        rows, name = list(Account.objects.seen().order_by("pk")), request.GET.get(NAME, "").strip()
        several = rows if len(rows) > 1 else []
        if not name:
            return cls(several)
        account = Account.objects.seen().filter(is_called(name)).order_by("pk").first()
        if account is None:
            return cls(several, error=f"There is no account “{name}”. Showing all accounts.")
        return cls(several, account, [account.pk]) if several else cls()

    @property
    def name(self) -> str:
        """Return what the addresses of this page call the chosen one; empty: all."""
        return name_of(self.account) if self.account else ""

    @property
    def names(self) -> list[tuple[str, str]]:
        """Return what can be chosen: what the address calls it, and what staff do."""
        return [(name_of(row), str(row)) for row in self.rows if name_of(row)]

    def carry(self, **parameters: object) -> str:
        """Return the query of a link to another page that shows the same; it may be empty."""
        return _query(parameters | ({NAME: self.name} if self.account else {}))

    def narrow(self, **parameters: object) -> str:
        """Return the query of a list, which calls an account by its number."""
        return _query(parameters | ({NAME: self.account.pk} if self.account else {}))


def name_of(account: Account) -> str:
    """Return what an address calls an account; empty while nothing is known of it."""
    return account.instagram_id or account.username


def _query(parameters: dict[str, object]) -> str:
    return f"?{urlencode(parameters)}" if parameters else ""
