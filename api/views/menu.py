"""The ice breakers and the menu of an account, as staff edit and publish them in the admin."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.problems import ChangedMeanwhileError, InvalidError, NotPublishedError
from api.serializers.account import NAME, named
from api.serializers.menu import MenuIn, MenuOut, MenuQuery, unknown_rules
from api.views.base import ApiViewSet
from conversations.account import identity, menu
from conversations.display import menu as display
from conversations.models import Account

SEVERAL = "There are several accounts: name one of them."
NOT_CONNECTED = "This account is not connected: connect it in the admin first."


class AccountMenu(ApiViewSet):
    model = Account  # whoever may connect an account may say what it offers
    pagination_class = None
    rights = {
        "retrieve": "add",
        "update": "add",
        "partial_update": "add",
        "publish": "add",
    }

    @extend_schema(responses=MenuOut, parameters=[MenuQuery])
    def retrieve(self, request: Request) -> Response:
        """Read what customers can tap, and what Instagram had of it when it was last read."""
        return _show(_chosen(request))

    @extend_schema(request=MenuIn, responses=MenuOut, parameters=[MenuQuery])
    def update(self, request: Request) -> Response:
        """Replace what customers can tap. A part that is missing is emptied.

        Customers see it once it is published.
        """
        return self._save(request, whole=True)

    @extend_schema(request=MenuIn, responses=MenuOut, parameters=[MenuQuery])
    def partial_update(self, request: Request) -> Response:
        """Replace one part of what customers can tap. A part that is missing stays as it is.

        Customers see it once it is published.
        """
        return self._save(request, whole=False)

    @extend_schema(request=None, responses=MenuOut, parameters=[MenuQuery])
    def publish(self, request: Request) -> Response:
        """Have Instagram show what is saved, and read back what it has then.

        What is the same there is left alone, so the request may be repeated. So is a part that
        was never saved.
        """
        account = identity.ready(_chosen(request).pk)
        if not account.token:
            raise NotPublishedError(NOT_CONNECTED)
        try:
            published = menu.publish(account)
        except menu.NotSavedError as error:
            raise NotPublishedError(display.NOT_SAVED) from error
        if not published.is_done:
            raise NotPublishedError(display.explain(published))
        self.log(account, "Published the menu and ice breakers.")
        return _show(account)

    def _save(self, request: Request, *, whole: bool) -> Response:
        account = _chosen(request)
        asked = MenuIn(data=request.data)
        asked.is_valid(raise_exception=True)
        if unknown := unknown_rules(menu.of(account), asked.rules):
            raise InvalidError(unknown)
        seen = asked.validated_data.get("if_digest")
        try:
            menu.save(account, asked.wanted(whole=whole), self.by, seen)
        except menu.ChangedError as error:
            raise ChangedMeanwhileError from error
        self.log(account, "Changed the menu and ice breakers.")
        return _show(account)


def _chosen(request: Request) -> Account:
    accounts = named(MenuQuery.read(request).get(NAME, ""))
    if len(accounts) > 1:
        raise InvalidError({NAME: [SEVERAL]}, "parameter")
    return accounts[0]


def _show(account: Account) -> Response:
    return Response(MenuOut(menu.of(account)).data)
