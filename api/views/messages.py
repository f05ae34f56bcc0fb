"""Messages: read, resend and cancel."""

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api import idempotency
from api.problems import NothingToDoError
from api.serializers.message import MessageOut
from api.views.base import ApiViewSet
from conversations import outbox
from conversations.display.entry import Entry
from conversations.models import Conversation, Message


class MessageViewSet(ApiViewSet):
    model = Conversation  # who may read a conversation may read what was said in it
    serializer_class = MessageOut
    pagination_class = None
    rights = {"retrieve": "view", "resend": "change", "cancel": "change"}

    def get_queryset(self) -> QuerySet[Message]:
        return Message.objects.select_related("conversation")

    def retrieve(self, request: Request, pk: int) -> Response:  # noqa: ARG002 - a view
        """Read one message."""
        return self._shown(pk)

    @extend_schema(request=None, responses=MessageOut, parameters=[idempotency.PARAMETER])
    @action(detail=True, methods=["post"])
    def resend(self, request: Request, pk: int) -> Response:
        """Resend a message that failed, was cancelled or was not confirmed.

        You can repeat the request with the same Idempotency-Key: it is carried out once.
        """
        message = self.find(self.get_queryset(), pk)

        def send() -> list[int]:
            if not outbox.resend(Message.objects.filter(pk=pk), self.by):
                raise NothingToDoError(_why_not(message, "resent"))
            self.log(message.conversation, f"Queued message {pk} to send again.")
            return [pk]

        idempotency.execute_once(request, None, send)
        return self._shown(pk)

    @extend_schema(request=None, responses=MessageOut)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: int) -> Response:  # noqa: ARG002 - a view
        """Cancel a message that is queued; close one that failed or was not confirmed."""
        message = self.find(self.get_queryset(), pk)
        with transaction.atomic():
            if not outbox.cancel(Message.objects.filter(pk=pk), self.by):
                raise NothingToDoError(_why_not(message, "cancelled"))
            self.log(message.conversation, f"Cancelled message {pk}.")
        return self._shown(pk)

    def _shown(self, pk: int) -> Response:
        return Response(MessageOut(Entry(self.find(self.get_queryset(), pk))).data)


def _why_not(message: Message, done: str) -> str:
    message.refresh_from_db(fields=["state"])  # a worker may have sent it since it was read
    if not message.state:
        return f"This is the customer's own message: it cannot be {done}."
    return f"This message cannot be {done}: its state is {message.state!r}."
