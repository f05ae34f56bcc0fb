"""Sends what notices say, in a thread of its own: nobody's work waits for a mail server.

A notice is sent at least once: it is taken by a lease, sent, and marked; where the process dies in
between another one sends it again. What fails is tried again, later and later, for a day.
"""

import re
from datetime import datetime, timedelta
from urllib.parse import unquote

import apprise
import structlog
from apprise import NotifyFormat, NotifyType
from django.utils import timezone

from conversations.account.vault import SealedError
from incidents import addresses, clocks
from incidents.addresses import SECONDS, AddressError
from incidents.models import Contact, Notice
from incidents.models.contact import MAX_ERROR
from shop.current import current_shop
from workqueue.leases import Lease
from workqueue.postgresql import pool

log = structlog.get_logger("notices")

AT_ONCE = 10  # notices of one call
TRIED_FOR = timedelta(days=1)
NO_ANSWER = f"No answer within {SECONDS:g} seconds."
NO_KEY = "The address cannot be decrypted: put the key back into TOKEN_KEYS, or type it again."
LEAST_SECRET = 6  # characters of an address: what is shorter is a word


def deliver() -> int:
    """Send the notices that are due, a few at a time; return how many were sent."""
    now = clocks.shared_now()
    due = Notice.objects.due(now).values_list("pk", flat=True)[:AT_ONCE]
    with timezone.override(current_shop().zone):  # of quiet hours
        return sum(_attend(pk) for pk in list(due))


def _attend(pk: int) -> bool:
    now = clocks.shared_now()
    lease = Notice.objects.claim(pk, now)
    if lease is None:
        return False
    contact = Contact.objects.get(pk=lease.row.contact_id)
    if reason := _why_not(lease.row, contact):
        _give_up(lease, reason, now)
        return False
    if quiet_ends := contact.quiet_ends(now, lease.row.incident.level):  # a try came into them
        Notice.objects.release(lease, quiet_ends, now)
        return False
    error = send(contact, lease.row.title, lease.row.text)
    now = clocks.shared_now()
    if error:
        _put_off(lease, error, now)
    else:
        Notice.objects.filter(pk=pk).update(sent_at=now, error="")
        Notice.objects.release(lease, None, now)
    return not error


def _why_not(row: Notice, contact: Contact) -> str:
    """Return why a notice is not to be sent any more, or ''."""
    if not contact.active:
        return "The contact is not active."
    is_over = row.incident.ended_at is not None
    is_true = is_over == (row.occasion == Notice.Occasion.ENDED)
    return "" if is_true else "It was no longer so before it was sent."


def _give_up(lease: Lease[Notice], reason: str, now: datetime) -> None:
    Notice.objects.filter(pk=lease.pk).update(given_up_at=now, error=reason)
    Notice.objects.release(lease, None, now)


def _put_off(lease: Lease[Notice], error: str, now: datetime) -> None:
    if now - lease.row.written_at > TRIED_FOR:
        _give_up(lease, error, now)
    else:
        Notice.objects.filter(pk=lease.pk).update(error=error)
        Notice.objects.back_off(lease, lease.row.tries, now)


def send(contact: Contact, title: str, text: str) -> str:
    """Send a message now, and note beside the contact what came of it; return the error, or ''."""
    try:
        error = send_to(contact.read_address(), title, text)
    except SealedError:
        error = NO_KEY
    now, row = timezone.now(), Contact.objects.filter(pk=contact.pk)
    if error:
        log.warning("notice_not_sent", contact=contact.pk)
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
    return hide(said[0] if said else "The service did not take it.", address)


def hide(said: str, address: str) -> str:
    """Return what a service said, without what stands in the address, encoded or not."""
    encoded = re.split(r"[/?&=:@#;]+", address)[1:]
    parts = {*encoded, *map(unquote, encoded)}
    for part in sorted(parts, key=len, reverse=True):
        if len(part) >= LEAST_SECRET:
            said = said.replace(part, "…")
    return said
