"""Meta's word that somebody has removed the app: their accounts are disconnected."""

from collections.abc import Iterable
from typing import Any

import structlog
from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from conversations.account import connection, renewal
from conversations.models import Account
from instagram.signature import read_signed_request
from instagram.values import read_time
from webhooks.answer import say

log = structlog.get_logger("deauthorization")

BY = "Instagram"


@csrf_exempt
@require_POST
def deauthorize(request: HttpRequest) -> HttpResponse:
    """Answer 200 to what Meta signed, whomever it is about, and 403 to anything else."""
    told = read_signed_request(request.POST.get("signed_request", ""), settings.WEBHOOK_SECRETS)
    if told is None:
        return say(403, "The signature is missing or wrong.\n")
    names = {str(told.get(name) or "") for name in ("user_id", "profile_id")} - {"", "0"}
    if not _disconnect(names, told.get("issued_at")):
        # Of Facebook Login Meta names the person, whom no account of ours has kept: ask about all.
        renewal.look_soon()
    return say(200, "")


def _disconnect(names: Iterable[str], issued_at: Any) -> int:
    """Disconnect the accounts of these ids; return how many there are.

    issued_at: when Meta said so, in seconds. Whoever was connected again since then stays.
    """
    named = Q(node_id__in=names) | Q(instagram_id__in=names)
    accounts = list(Account.objects.filter(named))
    said_at = read_time(issued_at)
    gone = [
        account.pk
        for account in accounts
        if not (said_at and account.token_made_at and account.token_made_at > said_at)
    ]
    for pk in gone:
        connection.disconnect(pk, BY)
    log.info("deauthorized", accounts=gone)
    return len(accounts)
