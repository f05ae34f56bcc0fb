"""What staff do with all conversations that they have ticked in the list."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from backoffice import people
from backoffice.ages import clock
from backoffice.counts import counted
from conversations import bot_pause, waiting
from conversations.account import access
from conversations.admin import forms, journal
from conversations.admin.filters import ME, NOBODY
from conversations.bot_pause import Length
from conversations.composer import colleagues, handover
from conversations.models import MAX_LABEL, UNTIL_RESUMED, Conversation, Label
from conversations.waiting import Assigned, PutOff
from workqueue import sql

MOST = 200  # rows in one go: more than a page has

Read = Callable[[list[int]], dict[int, Any]]


@dataclass(frozen=True, slots=True)
class Act:
    """One thing to do with each row; read: what it may change, to tell which rows it did change."""

    did: str  # after "3 conversations", and in the history
    change: Callable[[int], Any]
    read: Read
    rest: str = "already were."  # of those that were not changed
    written: str = ""  # in the history, where it is said otherwise there


class BulkError(Exception):
    """What was asked for cannot be done. The text is for staff."""


def act(request: HttpRequest) -> None:
    """Do what the pressed button says with each ticked row; say how many rows that changed."""
    try:
        ticked, act = _ticked(request), _asked(request)
    except BulkError as problem:
        messages.error(request, str(problem))
        return
    before = act.read(ticked)
    for pk in sorted(before):
        with transaction.atomic():  # each by itself: no lock is held while others are waited for
            act.change(pk)
    after = act.read(ticked)
    changed = [pk for pk in before if pk in after and after[pk] != before[pk]]
    _log(request, changed, act)
    _tell(request, len(changed), len(ticked), act)


def _ticked(request: HttpRequest) -> list[int]:
    found = [sql.row_id(text) for text in request.POST.getlist("ticked")[:MOST]]
    ticked = [pk for pk in found if pk is not None]
    if not ticked:
        raise BulkError("Select at least one conversation.")
    return ticked


def _asked(request: HttpRequest) -> Act:
    wish, _, of = request.POST.get("do", "").partition(":")
    if wish not in ACTS:
        raise BulkError("Choose what to do.")
    return ACTS[wish](request, of)


def _log(request: HttpRequest, changed: list[int], act: Act) -> None:
    did = act.written or act.did
    if changed:
        journal.write(request, changed, f"{did[0].upper()}{did[1:]}.")


def _tell(request: HttpRequest, changed: int, ticked: int, act: Act) -> None:
    if not changed:
        messages.warning(request, f"No conversation {act.did}. They {act.rest}")
        return
    if changed < ticked:
        some = f"{changed} of {ticked} conversations {act.did}."
        messages.success(request, f"{some} The others {act.rest}")
        return
    messages.success(request, f"{counted(changed, 'conversation')} {act.did}.")


def _columns(*names_: str) -> Read:
    def read(pks: list[int]) -> dict[int, Any]:
        rows = Conversation.objects.filter(pk__in=pks).values_list("pk", *names_)
        return {row[0]: row[1:] for row in rows}

    return read


def _done(request: HttpRequest, _: str) -> Act:

    def change(pk: int) -> None:
        seen = sql.row_id(request.POST.get(f"seen-{pk}", "")) or 0
        if waiting.done(pk, seen, timezone.now()):
            bot_pause.resume_after_done(pk)

    def read(pks: list[int]) -> dict[int, Any]:
        rows = _columns("needs_person", "waiting_since", "assignee", "closed_at")(pks)
        return {pk: (*row, has and not closed) for pk, (*row, has, closed) in rows.items()}

    rest = "were not waiting, or their customers have written in the meantime."
    return Act("marked as done", change, read, rest)


def _assign(request: HttpRequest, whom: str) -> Act:
    if whom == NOBODY:
        user, did = None, "assigned to nobody"
    else:
        pk = request.user.pk if whom == ME else sql.row_id(whom)
        user = colleagues.answerers().filter(pk=pk or 0).first()
        if user is None:
            raise BulkError("This person may not answer customers.")
        did = "assigned to you" if whom == ME else f"assigned to {people.call(user)}"
    user_id, sees = (user.pk, access.of(user)) if user else (None, None)
    writer = forms.user(request)

    def change(pk: int) -> None:
        """Assign it; whoever gets it is told, as by the form of one conversation."""
        had = request.POST.get(f"had-{pk}")
        seen = sql.row_id(had or "")
        if waiting.assign(pk, user_id, seen, anyway=had is None) == Assigned.GIVEN:
            token, now = uuid.uuid4().hex, timezone.now()
            handover.tell(pk, writer, user, note="", token=token, now=now)

    def read(pks: list[int]) -> dict[int, Any]:
        """Leave out what is of an account that they may not see."""
        rows = Conversation.objects.filter(pk__in=pks)
        if sees is not None:
            rows = rows.filter(account__in=sees)
        return _columns("assignee", "assigned_at")(list(rows.values_list("pk", flat=True)))

    rest = "already were, a colleague has taken them in the meantime, or they may not see them."
    written = f"assigned to {people.call(user)}" if user else ""
    return Act(did, change, read, rest, written)


def _label(request: HttpRequest, _: str) -> Act:
    name = " ".join(request.POST.get("label", "").replace("\0", "").split())
    if not 0 < len(name) <= MAX_LABEL:
        raise BulkError(f"A label must have 1 to {MAX_LABEL} characters.")
    label = Label.objects.named(name)
    labelled = Conversation.labels.through.objects.filter(label=label)

    def change(pk: int) -> None:
        Conversation.objects.relabel(pk)
        labelled.get_or_create(conversation_id=pk, label=label)

    def read(pks: list[int]) -> dict[int, Any]:
        has = set(labelled.filter(conversation__in=pks).values_list("conversation", flat=True))
        there = Conversation.objects.filter(pk__in=pks).values_list("pk", flat=True)
        return {pk: pk in has for pk in there}

    return Act(f"labelled “{label}”", change, read)


def _pause(request: HttpRequest, how_long: str) -> Act:
    by, now = request.user.get_username(), timezone.now()
    until = read_length(how_long, now)
    did = f"paused {say_end(until, now)}"
    rest = "are paused for longer."
    return Act(did, lambda pk: bot_pause.pause(pk, by, until), _columns("bot_paused_until"), rest)


def read_length(how_long: str, now: datetime) -> datetime:
    """Return until when the bot is to be paused; where nobody says, for the usual length."""
    if how_long in list(Length):
        return Length(how_long).ends_at(now)
    return now + bot_pause.usual_length()


def say_end(until: datetime, now: datetime) -> str:
    """Say until when the bot is paused."""
    if until == UNTIL_RESUMED:
        return "until someone resumes it"
    return f"until {clock(until, now)}"


def _resume(_: HttpRequest, __: str) -> Act:
    return Act("resumed", bot_pause.resume, _still("bot_paused_until", timezone.now()))


def _still(end: str, now: datetime) -> Read:
    """Read until when something is so; what is over is as good as never."""

    def read(pks: list[int]) -> dict[int, Any]:
        ends = _columns(end)(pks)
        return {pk: at if at and at > now else None for pk, (at,) in ends.items()}

    return read


def _put_off(request: HttpRequest, how_long: str) -> Act:
    by, now = request.user.get_username(), timezone.now()
    if how_long not in (*PutOff, "end"):
        raise BulkError("Choose until when.")
    until = None if how_long == "end" else PutOff(how_long).ends_at(now)
    did = f"put off until {clock(until, now)}" if until else "back in the queue"
    return Act(did, lambda pk: waiting.put_off(pk, until, by), _still("put_off_until", now))


ACTS: dict[str, Callable[[HttpRequest, str], Act]] = {
    "done": _done,
    "assign": _assign,
    "label": _label,
    "pause": _pause,
    "resume": _resume,
    "put_off": _put_off,
}
