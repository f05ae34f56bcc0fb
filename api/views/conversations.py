"""Conversations: read, reply as a person, pause and resume the bot."""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, cast

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api import idempotency
from api.pagination import NewestConversations, NewestMessages
from api.problems import AssignedMeanwhileError, CannotBeSentError, InvalidError
from api.serializers.base import Query
from api.serializers.conversation import (
    AssignIn,
    ConversationOut,
    ConversationQuery,
    DoneIn,
    LastMessageOut,
    Pause,
    PutOffIn,
)
from api.serializers.message import MessageOut, Replied, ReplyIn
from api.views.base import ApiViewSet
from conversations import bot_pause, opt_out, outbox, queries, search, waiting
from conversations.composer import colleagues, handover
from conversations.display.entry import Entry
from conversations.models import NEWEST, Conversation, Message
from conversations.queries import Window
from conversations.waiting import Assigned


class ConversationViewSet(ApiViewSet):
    model = Conversation
    serializer_class = ConversationOut
    pagination_class = NewestConversations
    rights = {
        "list": "view",
        "retrieve": "view",
        "messages": "view",
        "reply": "change",
        "pause": "change",
        "resume": "change",
        "done": "change",
        "assign": "change",
        "put_off": "change",
        "opt_in": "change",
    }

    def get_queryset(self) -> QuerySet[Any]:
        rows = (
            Conversation.objects.all()
            .select_related("assignee")
            .prefetch_related("labels")
            .annotate(newest=NEWEST, failed_sends=queries.has_failed_sends(timezone.now()))
        )
        return queries.with_last(rows)

    @extend_schema(parameters=[ConversationQuery])
    def list(self, request: Request) -> Response:
        """List conversations, most recent first."""
        query = ConversationQuery.read(request, NewestConversations.parameters)
        page = self.paginate_queryset(self._asked(query)) or []
        return self.get_paginated_response(ConversationOut(_with_last(page), many=True).data)

    def _asked(self, query: Mapping[str, Any]) -> Any:
        rows: Any = self.get_queryset()
        now = timezone.now()
        if customer := query.get("customer"):
            rows = queries.of_customer(rows, customer)
        if (needs_person := query.get("needs_person")) is not None:
            rows = rows.filter(needs_person=needs_person)
        if (paused := query.get("paused")) is not None:
            rows = queries.paused(rows, now, yes=paused)
        if (has_opted_out := query.get("opted_out")) is not None:
            rows = queries.opted_out(rows, yes=has_opted_out)
        if window := query.get("window"):
            rows = queries.in_window(rows, Window(window), now)
        if (failed_sends := query.get("failed_sends")) is not None:
            rows = rows.filter(failed_sends=failed_sends)
        if label := query.get("label"):
            rows = queries.labelled(rows, label)
        rows = _between(_in_hands(rows, query, now), query)
        if term := query.get("search"):
            rows = rows.filter(pk__in=search.find(search.Words(term), narrowed=rows))
        return rows

    def retrieve(self, request: Request, pk: int) -> Response:  # noqa: ARG002 - a view
        """Read one conversation."""
        return self._shown(pk)

    @extend_schema(responses=MessageOut(many=True))
    @action(detail=True, pagination_class=NewestMessages)
    def messages(self, request: Request, pk: int) -> Response:
        """List the messages of a conversation, newest first."""
        Query.read(request, NewestMessages.parameters)
        rows = Message.objects.filter(conversation=self.find(Conversation.objects.all(), pk))
        page = self.paginate_queryset(rows) or []
        return self.get_paginated_response(MessageOut(map(Entry, page), many=True).data)

    @extend_schema(request=ReplyIn, responses={201: Replied}, parameters=[idempotency.PARAMETER])
    @action(detail=True, methods=["post"])
    def reply(self, request: Request, pk: int) -> Response:
        """Reply as a person. This also pauses the bot for the customer.

        You can repeat the request with the same Idempotency-Key: the reply is sent once.
        """
        conversation = self.find(Conversation.objects.all(), pk)
        asked = ReplyIn(data=request.data)
        asked.is_valid(raise_exception=True)

        def send() -> Sequence[int]:
            queued = outbox.reply(pk, asked.validated_data["text"], self.by, uuid.uuid4().hex)
            self.log(conversation, "Wrote a reply.")
            return queued

        try:
            sent = idempotency.execute_once(request, asked.validated_data, send)
        except outbox.ReplyError as error:
            raise CannotBeSentError(str(error)) from error
        rows = Message.objects.filter(pk__in=sent).order_by("position", "pk")
        return Response(Replied({"messages": map(Entry, rows)}).data, status=201)

    @extend_schema(request=Pause, responses=ConversationOut)
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: int) -> Response:
        """Pause the bot for this customer. A longer pause that already exists stays."""
        conversation = self.find(Conversation.objects.all(), pk)
        asked = Pause(data=request.data)
        asked.is_valid(raise_exception=True)
        with self._change(conversation, "Paused the bot.", _paused_by):
            bot_pause.pause(pk, self.by, asked.ends_at(timezone.now()))
        return self._shown(pk)

    @extend_schema(request=None, responses=ConversationOut)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: int) -> Response:  # noqa: ARG002 - a view
        """Resume the bot, from the customer's next message on."""
        conversation = self.find(Conversation.objects.all(), pk)
        now = timezone.now()
        with self._change(conversation, "Resumed the bot.", lambda row: row.bot_is_paused(now)):
            bot_pause.resume(pk)
        return self._shown(pk)

    @extend_schema(request=DoneIn, responses=ConversationOut)
    @action(detail=True, methods=["post"])
    def done(self, request: Request, pk: int) -> Response:
        """Mark as done: nobody has to answer what was seen.

        This also ends a pause that one of the bot's own answers began. If a message came after the
        one that was seen, the customer goes on waiting.
        """
        conversation = self.find(Conversation.objects.all(), pk)
        asked = DoneIn(data=request.data)
        asked.is_valid(raise_exception=True)
        with transaction.atomic():
            last = conversation.messages.aggregate(last=Max("pk"))["last"] or 0
            if waiting.done(pk, asked.validated_data.get("seen", last), timezone.now()):
                bot_pause.resume_after_done(pk)
                self.log(conversation, "Marked as done.")
        return self._shown(pk)

    @extend_schema(request=AssignIn, responses=ConversationOut)
    @action(detail=True, methods=["post"])
    def assign(self, request: Request, pk: int) -> Response:
        """Give a conversation to a colleague, or to nobody. The colleague is told by a note."""
        conversation = self.find(Conversation.objects.all(), pk)
        asked = AssignIn(data=request.data)
        asked.is_valid(raise_exception=True)
        wish = asked.validated_data
        user = _find_colleague(wish["assignee"], conversation.account_id)
        anyway = "if_assignee" not in wish
        has = User.objects.filter(username=wish.get("if_assignee")).first()
        said = f"Assigned to {user or 'nobody'}."
        with transaction.atomic():
            seen, user_id = has.pk if has else None, user.pk if user else None
            became = waiting.assign(pk, user_id, seen, anyway=anyway)
            if became == Assigned.TAKEN:
                raise AssignedMeanwhileError
            is_news = became == Assigned.GIVEN
            writer, note = cast("User", request.user), wish.get("note", "").strip()
            token, now = uuid.uuid4().hex, timezone.now()
            if is_news or note:
                handover.tell(pk, writer, user, note=note, token=token, now=now)
            if is_news:
                self.log(conversation, said)
        return self._shown(pk)

    @extend_schema(request=PutOffIn, responses=ConversationOut)
    @action(detail=True, methods=["post"], url_path="put-off")
    def put_off(self, request: Request, pk: int) -> Response:
        """Put a conversation off until a time, or take it back."""
        conversation = self.find(Conversation.objects.all(), pk)
        asked = PutOffIn(data=request.data)
        asked.is_valid(raise_exception=True)
        until, now = asked.validated_data["until"], timezone.now()
        said = "Put off." if until else "Back in the queue."
        with self._change(conversation, said, lambda row: row.back_at(now)):
            waiting.put_off(pk, until, self.by)
        return self._shown(pk)

    @extend_schema(request=None, responses=ConversationOut)
    @action(detail=True, methods=["post"], url_path="opt-in")
    def opt_in(self, request: Request, pk: int) -> Response:  # noqa: ARG002 - a view
        """Lift the customer's opt-out. Only do this if the customer asked for it."""
        conversation = self.find(Conversation.objects.all(), pk)
        with self._change(conversation, "Lifted the opt-out.", lambda row: row.opted_out_at):
            opt_out.lift(pk)
        return self._shown(pk)

    @contextmanager
    def _change(
        self, conversation: Conversation, said: str, read: Callable[[Conversation], object]
    ) -> Iterator[None]:
        """Write what was done into the history, if anything was.

        read: what of the conversation changes by it.
        """
        with transaction.atomic():
            rows = Conversation.objects.select_for_update(no_key=True)
            before = read(self.find(rows, conversation.pk))
            yield
            if read(Conversation.objects.get(pk=conversation.pk)) != before:
                self.log(conversation, said)

    def _shown(self, pk: int) -> Response:
        row = self.find(self.get_queryset(), pk)
        return Response(ConversationOut(_with_last([row])[0]).data)


def _paused_by(row: Conversation) -> object:
    return row.bot_paused_until, row.bot_paused_by


def _find_colleague(name: str | None, account: int) -> User | None:
    """Return who may answer an account's customers and is called so; None for nobody."""
    if name is None:
        return None
    user: User | None = colleagues.answerers(account).filter(username=name).first()
    if user is None:
        sentence = "There is no active user of this name who may change conversations."
        raise InvalidError({"assignee": [sentence]})
    return user


def _in_hands(rows: Any, query: Mapping[str, Any], now: datetime) -> Any:
    if account := query.get("account"):
        rows = queries.of_account(rows, account)
    if name := query.get("assignee"):
        rows = rows.filter(assignee__username=name)
    if (waits := query.get("waiting")) is not None:
        waiters = queries.waiting(Conversation.objects.all(), now).values("pk")
        rows = rows.filter(pk__in=waiters) if waits else rows.exclude(pk__in=waiters)
    return rows


def _between(rows: Any, query: Mapping[str, Any]) -> Any:
    if since := query.get("since"):
        rows = rows.filter(newest__gte=since)
    if until := query.get("until"):
        rows = rows.filter(newest__lt=until)
    return rows


def _with_last(rows: Sequence[Any]) -> Sequence[Any]:
    """Give each row its last message: only what is shown of it."""
    return queries.fetch_last(rows, Message.objects.only(*LastMessageOut().fields))
