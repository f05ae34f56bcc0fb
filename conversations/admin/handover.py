"""What staff do with a whole conversation: hand it over, put it off, pause the bot there.

Each returns what to write into the history; nothing where nothing was changed.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max
from django.http import HttpRequest
from django.utils import timezone

from backoffice import people
from backoffice.ages import clock, remaining
from conversations import bot_pause, opt_out, waiting
from conversations.admin.bulk import read_length, say_end
from conversations.admin.filters import ME, NOBODY
from conversations.composer import colleagues, handover, notes
from conversations.display.thread import Thread
from conversations.models import Conversation
from conversations.removal import traces
from conversations.waiting import LONGEST_PUT_OFF, Assigned, PutOff
from shop.current import current_shop
from shop.hours import moment
from workqueue import sql

LEAVE, OWN, BACK = "leave", "own", "back"
MAX_TOKEN = 64


class HandoverError(ValueError):
    """What was asked for cannot be done. The text is for staff."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A colleague got the conversation while somebody wanted to give it to another one."""

    taken: str  # by whom and when
    to: str
    whom: str
    note: str


@dataclass(frozen=True, slots=True)
class Paused:
    """How long the bot is silent still, and by whom."""

    by: str
    until: datetime | None  # None: until somebody resumes it
    remaining: str


def assign(request: HttpRequest, conversation: Conversation) -> str:
    """Give it to somebody, if it still belongs to whom the page showed; tell them with a note."""
    request.session.pop(_conflict_of(conversation.pk), None)
    to, note = request.POST.get("to", ""), request.POST.get("note", "").strip()
    if to == LEAVE:
        return ""
    try:
        user = _find_colleague(request, conversation, to)
        with transaction.atomic():
            had = sql.row_id(request.POST.get("had", ""))
            anyway = "anyway" in request.POST
            user_id = user.pk if user else None
            became = waiting.assign(conversation.pk, user_id, seen=had, anyway=anyway)
            if became == Assigned.TAKEN:
                _keep_conflict(request, conversation, to, note)
                return ""
            is_news = became == Assigned.GIVEN
            if is_news or note:
                token, now = request.POST.get("token", "")[:MAX_TOKEN], timezone.now()
                writer = cast("User", request.user)
                handover.tell(conversation.pk, writer, user, note=note, token=token, now=now)
    except (HandoverError, notes.NoteError) as problem:
        messages.error(request, str(problem))
        return ""
    messages.success(request, _say_assigned(request, user))
    if not is_news:
        return ""
    return f"Assigned to {_called(user)}." if user else "Assigned to nobody."


def _find_colleague(request: HttpRequest, conversation: Conversation, to: str) -> User | None:
    """Return whom it is to be given to, None for nobody; whoever may not answer gets nothing."""
    if to == NOBODY:
        return None
    pk = request.user.pk if to == ME else sql.row_id(to)
    answerers = colleagues.answerers(conversation.account_id)
    user: User | None = answerers.filter(pk=pk or 0).first()
    if user is None:
        raise HandoverError("This person may not answer customers.")
    return user


def _say_assigned(request: HttpRequest, user: User | None) -> str:
    if user is None:
        return "Assigned to nobody."
    return "Assigned to you." if user.pk == request.user.pk else f"Assigned to {_called(user)}."


def _called(user: User | None) -> str:
    return people.call(user) if user else "Nobody"


def _conflict_of(conversation: int) -> str:
    """Return the session's name of what somebody wanted while a colleague was quicker."""
    return traces.session_key(conversation)


def _keep_conflict(request: HttpRequest, conversation: Conversation, to: str, note: str) -> None:
    now = Conversation.objects.select_related("assignee").get(pk=conversation.pk)
    wish = {"to": to, "note": note, "has": now.assignee_id}
    request.session[_conflict_of(conversation.pk)] = wish
    messages.warning(request, f"{_say_taken(now)} Nothing was changed.")


def _say_taken(conversation: Conversation) -> str:
    if conversation.assignee is None:
        return "A colleague has given this conversation back: nobody has it."
    who, at = _called(conversation.assignee), conversation.assigned_at
    since = f" at {clock(at, timezone.now())}" if at else ""
    return f"This conversation was assigned to {who}{since}."


def _read_conflict(request: HttpRequest, conversation: Conversation) -> Conflict | None:
    """Return what is to be decided; it is over where the conversation is somebody else's again."""
    wish = request.session.get(_conflict_of(conversation.pk))
    if not wish or wish["has"] != conversation.assignee_id:
        return None
    if wish["to"] in (ME, NOBODY):
        whom = wish["to"]
    else:
        answerers = colleagues.answerers(conversation.account_id)
        whom = _called(answerers.filter(pk=wish["to"]).first())
    return Conflict(_say_taken(conversation), wish["to"], whom, wish["note"])


def put_off(request: HttpRequest, conversation: Conversation) -> str:
    """Put it off until a time, or take it back."""
    now = timezone.now()
    try:
        until = _read_end(request, now)
    except HandoverError as problem:
        messages.error(request, str(problem))
        return ""
    if until is None and conversation.put_off_until is None:
        messages.info(request, "It was not put off.")
        return ""
    waiting.put_off(conversation.pk, until, request.user.get_username())
    said = f"Put off until {clock(until, now)}." if until else "Back in the queue."
    messages.success(request, said)
    return said


def _read_end(request: HttpRequest, now: datetime) -> datetime | None:
    wish = request.POST.get("until", "")
    if wish == BACK:
        return None
    if wish in list(PutOff):
        return PutOff(wish).ends_at(now)
    try:
        asked = datetime.fromisoformat(request.POST.get("at", ""))
    except ValueError:
        raise HandoverError("Choose a date and time.") from None
    try:
        until = moment(asked.date(), asked.time(), current_shop().zone)
    except OverflowError:
        until = now
    if not now < until <= now + LONGEST_PUT_OFF:
        raise HandoverError("Choose a time in the future, within a year.")
    return until


def pause(request: HttpRequest, conversation: Conversation) -> str:
    """Silence the bot here; a longer pause stays, and staff are told so."""
    now = timezone.now()
    until = read_length(request.POST.get("for", ""), now)
    bot_pause.pause(conversation.pk, request.user.get_username(), until)
    row = Conversation.objects.get(pk=conversation.pk)
    if row.bot_paused_until and row.bot_paused_until > until:
        end, by = say_end(row.bot_paused_until, now), people.called(row.bot_paused_by)
        messages.info(request, f"The bot is already paused {end}, by {by}.")
        return ""
    messages.success(request, f"Bot paused {say_end(until, now)}.")
    return f"Paused the bot {say_end(until, now)}."


def resume(request: HttpRequest, conversation: Conversation) -> str:
    """Let the bot answer here again."""
    if not conversation.bot_is_paused(timezone.now()):
        messages.info(request, "The bot was not paused.")
        return ""
    bot_pause.resume(conversation.pk)
    messages.success(request, "Bot resumed. It answers from the customer's next message on.")
    return "Resumed the bot."


def lift_opt_out(request: HttpRequest, conversation: Conversation) -> str:
    """Let the bot answer a customer again who had opted out."""
    if not conversation.has_opted_out:
        messages.info(request, "The customer had not opted out.")
        return ""
    opt_out.lift(conversation.pk)
    messages.success(
        request, "Opt-out lifted. The bot answers from the customer's next message on."
    )
    return "Lifted the opt-out."


def say_resumed(before: Conversation, now: datetime) -> str:
    """Return the sentence about a pause of the bot that has just ended, or that goes on.

    before: the row as it was; empty: the bot was not paused.
    """
    if not before.bot_is_paused(now):
        return ""
    row = Conversation.objects.get(pk=before.pk)
    if row.bot_paused_until is None or not row.bot_is_paused(now):
        return "Bot resumed. "
    end, by = say_end(row.bot_paused_until, now), people.called(row.bot_paused_by)
    return f"The bot is still paused {end}, by {by}. "


def read(
    request: HttpRequest, conversation: Conversation, shown: Thread, now: datetime
) -> dict[str, Any]:
    """Return what the head of a thread says and offers."""
    waits = conversation.needs_person or conversation.waiting_since is not None
    is_open = conversation.assignee_id is not None and conversation.closed_at is None
    answerers = colleagues.answerers(conversation.account_id)
    others = [(user.pk, people.call(user)) for user in answerers if user.pk != request.user.pk]
    return {
        "owner": _called(conversation.assignee) if conversation.assignee else "",
        "is_mine": conversation.assignee_id == request.user.pk,
        "may_take": any(user.pk == request.user.pk for user in answerers),
        "colleagues": others,
        "handover_conflict": _read_conflict(request, conversation),
        "handover_token": uuid.uuid4().hex,
        "may_be_done": waits or is_open,
        "done_seen": shown.seen if shown.is_newest else _newest(conversation),
        "is_put_off": conversation.back_at(now) is not None,
        "paused": _read_pause(conversation, now),
    }


def _newest(conversation: Conversation) -> int:
    last: int | None = conversation.messages.aggregate(last=Max("pk"))["last"]
    return last or 0


def _read_pause(conversation: Conversation, now: datetime) -> Paused | None:
    until, by = conversation.bot_paused_until, people.called(conversation.bot_paused_by)
    if until is None or not conversation.bot_is_paused(now):
        return None
    if conversation.is_paused_until_resumed(now):
        return Paused(by, None, "")
    return Paused(by, until, remaining(until - now))
