"""Sends messages, in threads of their own: nobody's work waits for a mail server.

What is sent is a row of some kind (models.Dispatch): a notice of an incident, or what one person
wants to hear. It is sent at least once: it is taken by a lease, sent, and marked; where the process
dies in between another one sends it again. What fails is tried again, later and later, for a day.
"""

import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

import apprise
import structlog
from apprise import NotifyFormat, NotifyType
from django.conf import settings
from django.utils import timezone

from conversations.account.vault import SealedError
from incidents import addresses, clocks
from incidents.addresses import SECONDS, AddressError
from incidents.models import Addressee, Dispatch, Notice
from incidents.models.addressee import MAX_ERROR
from shop.current import current_shop
from workqueue.leases import Lease
from workqueue.postgresql import pool

log = structlog.get_logger("notices")

AT_ONCE = 10  # notices of one call
TRIED_FOR = timedelta(days=1)
NO_ANSWER = f"No answer within {SECONDS:g} seconds."
NO_KEY = "The address cannot be decrypted: put the key back into TOKEN_KEYS, or type it again."
LEAST_SECRET = 6  # characters of an address: what is shorter is a word


def deliver(kind: type[Dispatch] = Notice) -> int:
    """Send what is due of this kind, a few at a time; return how much was sent."""
    now = clocks.shared_now()
    due = kind.objects.due(now).values_list("pk", flat=True)[:AT_ONCE]
    with timezone.override(current_shop().zone):  # of quiet hours
        return sum(_attend(kind, pk) for pk in list(due))


def _attend(kind: type[Dispatch], pk: int) -> bool:
    now = clocks.shared_now()
    lease = kind.objects.claim(pk, now)
    if lease is None:
        return False
    row: Dispatch = kind.objects.get(pk=pk)
    if reason := row.why_not(now):
        _give_up(row, lease, reason, now)
        return False
    if quiet_ends := row.waits_until(now):  # a try came into them
        kind.objects.release(lease, quiet_ends, now)
        return False
    error = send(row.to(), *row.compose(now))
    now = clocks.shared_now()
    if error:
        _put_off(row, lease, error, now)
    else:
        row.note_sent(now)
        kind.objects.release(lease, None, now)
    return not error


def _give_up(row: Dispatch, lease: Lease[Any], reason: str, now: datetime) -> None:
    row.give_up(reason, now)
    type(row).objects.release(lease, None, now)


def _put_off(row: Dispatch, lease: Lease[Any], error: str, now: datetime) -> None:
    if row.note_failed(error, now - TRIED_FOR, now):
        type(row).objects.back_off(lease, lease.row.tries, now)
    else:
        type(row).objects.release(lease, None, now)


def send(to: Addressee, title: str, text: str) -> str:
    """Send a message now, and note beside the address what came of it; return the error, or ''."""
    try:
        error = send_to(to.read_address(), title, text)
    except SealedError:
        error = NO_KEY
    now, row = timezone.now(), type(to)._default_manager.filter(pk=to.pk)  # noqa: SLF001 - public
    if error:
        log.warning("notice_not_sent", **{type(to).__name__.lower(): to.pk})
        row.update(error=error[:MAX_ERROR], error_at=now)
    else:
        row.update(sent_at=now, error="", error_at=None)
    return error[:MAX_ERROR]


def send_to(address: str, title: str, text: str) -> str:
    """Send a message to an address; return why it was not taken, or ''. Never raises."""
    try:
        service = addresses.read(address)
    except AddressError as error:
        return str(error)
    sender = apprise.Apprise(asset=service.asset)
    sender.add(service)
    pool.give_back()  # a mail server takes its time
    try:
        result = sender.notify(
            text, title, NotifyType.WARNING, body_format=NotifyFormat.TEXT, timeout=SECONDS
        )
    except Exception as error:  # noqa: BLE001 - a hundred services, each with errors of its own
        return f"It could not be sent ({type(error).__name__})."
    if result:
        return ""
    if result.timeout_count:
        return NO_ANSWER
    said = [
        entry.message
        for service_result in result
        for attempt in service_result
        for entry in attempt
        if entry.level in ("WARNING", "ERROR")
    ]
    secret = settings.MAIL_URL if addresses.is_mail(address) else address
    return hide(said[0] if said else "The service did not take it.", secret)


def hide(said: str, address: str) -> str:
    """Return what a service said, without what stands in the address, encoded or not."""
    encoded = re.split(r"[/?&=:@#;]+", address)[1:]
    parts = {*encoded, *map(unquote, encoded)}
    for part in sorted(parts, key=len, reverse=True):
        if len(part) >= LEAST_SECRET:
            said = said.replace(part, "…")
    return said
