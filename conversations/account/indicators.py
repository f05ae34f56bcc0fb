"""Shows a customer that an answer is coming: "seen", and "typing". Never delays or fails one.

Meta is called from threads of their own; where those are busy, or Meta says no, nothing is shown.
"""

import threading
from concurrent.futures import ThreadPoolExecutor

import structlog
from django.utils import timezone

from conversations.account import identity
from conversations.models import Conversation
from instagram.client import Sign
from instagram.errors import GraphError
from shop import tuning

log = structlog.get_logger("signs")

THREADS = 2
MOST_WAITING = 20  # an old sign is worth nothing

_free = threading.BoundedSemaphore(MOST_WAITING)
_threads = ThreadPoolExecutor(THREADS, "Signs")


def seen(conversation: Conversation) -> None:
    """Show that the customer's messages were read, if staff have switched that on."""
    if tuning.get("show_seen"):
        _show(conversation, Sign.SEEN)


def typing(conversation: Conversation) -> None:
    """Show that somebody is typing, while the customer is waited for, if switched on."""
    now = timezone.now()
    paused = conversation.bot_is_paused(now) or conversation.has_opted_out
    silent = paused or conversation.other_app_at or conversation.bot_off_by
    if tuning.get("show_typing") and not silent:
        _show(conversation, Sign.TYPING)


def _show(conversation: Conversation, sign: Sign) -> None:
    account, customer = identity.ready(conversation.account_id), conversation.customer_id
    silent = account.sending_held or account.is_paused(timezone.now())
    if silent or not _free.acquire(blocking=False):
        return

    def call() -> None:
        try:
            identity.client(account).show(customer, sign)
        except GraphError as error:
            log.info("sign_not_shown", sign=sign, exc_info=error)
        finally:
            _free.release()

    try:
        _threads.submit(call)
    except RuntimeError:  # the process is about to end
        _free.release()
