"""Which of our accounts a question is about."""

from collections.abc import Collection

from rest_framework import serializers
from rest_framework.request import Request

from api.problems import InvalidError
from conversations import bot_switch
from conversations.account import identity
from conversations.models import Account
from instagram.limits import MAX_ID

NAME = "account"


class AccountInAddress(serializers.CharField):
    """The name of one of our accounts; without it, all are meant."""

    def __init__(
        self,
        help_text: str = "The Instagram ID or username of one account. Default: all accounts.",
    ) -> None:
        super().__init__(required=False, max_length=MAX_ID, help_text=help_text)


def named(name: str) -> list[Account]:
    """Return our account of this Instagram ID or username, all for no name.

    Raises InvalidError where there is none.
    """
    accounts = bot_switch.accounts(name)
    if not accounts:
        raise InvalidError({NAME: ["There is no account of this name."]}, "parameter")
    return accounts


def chosen_accounts(request: Request) -> Collection[int] | None:
    """Return the accounts whose figures are asked for; None: all. Raise InvalidError."""
    name = request.query_params.get(NAME, "")
    chosen = {account.pk for account in named(name)} if name else None
    # Of the only account all messages are: it is not looked for.
    return chosen if identity.accounts().are_several else None
