"""Which customer is meant by an Instagram ID or a username."""

from django.db.models import QuerySet

from conversations.models import ERASED, Account, Conversation, is_called
from conversations.removal import steps
from conversations.retention import digests


class NotOneError(LookupError):
    """Nobody is called so, or several are; the text says which, and what to do."""


def find(name: str, account: str = "") -> Conversation:
    """Return the conversation of a customer, by an Instagram ID or a username.

    account: the shop's, by its ID or username, where several have a customer of that name. Raises
    NotOneError.
    """
    name = name.strip()
    rows = _of_account(account)
    found = list(rows.filter(customer_id=name)) or list(_by_username(rows, name))
    if not found:
        raise NotOneError(_nobody(name, account))
    if len(found) > 1:
        raise NotOneError(_several(name, found))
    return found[0]


def accounts_without(customer: str, account: str = "") -> list[Account]:
    """Return the accounts with which a customer of this ID has no conversation, or none any more.

    It went, as for its age, or there never was one and events alone tell of them. Raises
    NotOneError where there is no such account.
    """
    customer = customer.strip()
    there = Conversation.objects.filter(customer_id=customer).values("account")
    every = _accounts(account).exclude(pk__in=there)
    went = [one for one in every if digests.erased_at(one.pk, customer)]
    return went or [one for one in every if steps.is_told_of(one.pk, customer)]


def _of_account(account: str) -> QuerySet[Conversation]:
    there = Conversation.objects.exclude(customer_id__startswith=ERASED)
    rows = there.select_related("account").order_by("account", "pk")
    return rows.filter(account__in=_accounts(account)) if account else rows


def _accounts(account: str) -> QuerySet[Account]:
    every = Account.objects.order_by("pk")
    if not account:
        return every
    called = every.filter(is_called(account))
    if not called.exists():
        names = ", ".join(map(str, every))
        raise NotOneError(f"There is no account “{account}”. There are: {names}.")
    return called


def _by_username(rows: QuerySet[Conversation], name: str) -> QuerySet[Conversation]:
    name = name.removeprefix("@")
    return rows.filter(username__iexact=name) if name else rows.none()


def _nobody(name: str, account: str) -> str:
    where = f" of {account}" if account else ""
    return (
        f"There is no customer “{name}”{where}. Give the Instagram ID, which stands beside the"
        " conversation in the inbox, or the username as the inbox has it."
    )


def _several(name: str, found: list[Conversation]) -> str:
    accounts = list(dict.fromkeys(str(talk.account) for talk in found))
    if len(accounts) == len(found):
        said = f"“{name}” is a customer of {len(accounts)} accounts: {', '.join(accounts)}."
        return f"{said} Say which one with --account."
    ids = ", ".join(f"{talk.customer_id} ({talk.account})" for talk in found)
    return f"{len(found)} customers are called “{name}”: {ids}. Give the ID."
