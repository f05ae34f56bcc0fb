"""The bot's switch, for everybody at once."""

from collections.abc import Callable

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.serializers.account import NAME, named
from api.serializers.bot import SwitchOut, SwitchQuery
from api.views.base import ApiViewSet
from conversations import bot_switch
from conversations.models import Account
from shop.models import Shop


class BotSwitch(ApiViewSet):
    model = Shop  # who describes the shop decides whether its bot speaks
    pagination_class = None
    rights = {"state": "view", "switch_off": "change", "switch_on": "change"}

    @extend_schema(responses=SwitchOut, parameters=[SwitchQuery])
    def state(self, request: Request) -> Response:
        """Tell whether the bot is on, and if not, who switched it off and when.

        Where there are several accounts and none is named, it is on if it is on at all of them.
        """
        return Response(SwitchOut(_shown(_chosen(request))).data)

    @extend_schema(request=None, responses=SwitchOut, parameters=[SwitchQuery])
    def switch_off(self, request: Request) -> Response:
        """Switch the bot off for everybody.

        It says nothing from then on, and what it has not sent yet is cancelled. Messages are kept
        and wait for people, who can go on replying.
        """
        return self._turn(request, bot_switch.switch_off, "Switched the bot off.")

    @extend_schema(request=None, responses=SwitchOut, parameters=[SwitchQuery])
    def switch_on(self, request: Request) -> Response:
        """Switch the bot on again, from the next messages on."""
        return self._turn(request, bot_switch.switch_on, "Switched the bot on.")

    def _turn(
        self, request: Request, turn: Callable[[int, str], int | bool | None], said: str
    ) -> Response:
        accounts = _chosen(request)
        for account in accounts:
            was_off = account.bot_is_off
            turn(account.pk, self.by)
            account.refresh_from_db()
            if account.bot_is_off != was_off:
                self.log(account, said)
        return Response(SwitchOut(_shown(accounts)).data)


def _chosen(request: Request) -> list[Account]:
    return named(SwitchQuery.read(request).get(NAME, ""))


def _shown(accounts: list[Account]) -> Account:
    """Return the account whose switch is off, if any is."""
    return next((account for account in accounts if account.bot_is_off), accounts[0])
