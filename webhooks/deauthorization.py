"""Meta's word that somebody has removed the app: their accounts are disconnected."""

from dataclasses import replace
from datetime import datetime

import structlog
from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from audit.actors import acting, current
from conversations.account import connection, identity, renewal, tokens
from conversations.models import Account
from instagram.errors import GraphError
from instagram.signature import read_signed_request
from instagram.values import read_time
from webhooks.answer import say

log = structlog.get_logger("deauthorization")

BY = "Instagram"
NOT_VALID = 190  # Meta's code for a token that it does not take, and will not


@csrf_exempt
@require_POST
def deauthorize(request: HttpRequest) -> HttpResponse:
    """Answer 200 to what Meta signed, whomever it is about, and 403 to anything else.

    503 where it cannot be told whether it is about the connection of now.
    """
    told = read_signed_request(request.POST.get("signed_request", ""), settings.WEBHOOK_SECRETS)
    if told is None:
        return say(403, "The signature is missing or wrong.\n")
    names = {str(told.get(name) or "") for name in ("user_id", "profile_id")} - {"", "0"}
    accounts = list(Account.objects.filter(Q(node_id__in=names) | Q(instagram_id__in=names)))
    if not accounts:
        # Of Facebook Login Meta names the person, whom no account of ours has kept: ask about all.
        renewal.look_soon()
    said_at = read_time(told.get("issued_at"))
    known = [_disconnect(account, said_at) for account in accounts]
    if not all(known):
        return say(503, "Instagram does not say whether the account is connected. Send it again.\n")
    return say(200, "")


def _disconnect(account: Account, said_at: datetime | None) -> bool:
    """Disconnect an account, unless it was connected again since Meta said so.

    Meta may say it once more much later. False: nobody knows which of both it is.
    """
    is_over = _is_over(account, said_at)
    if is_over:
        with acting(replace(current(), name=BY)):
            connection.disconnect(account.pk, BY, account.token_version)
    log.info("deauthorized", account=account.pk, is_over=is_over)
    return is_over is not None


def _is_over(account: Account, said_at: datetime | None) -> bool | None:
    """Tell whether the account's token is one that Meta's word is about; None: nobody knows.

    Where it is not known when the token was made, Meta is asked whether it takes it still.
    """
    if said_at and account.token_made_at:
        return account.token_made_at <= said_at
    try:
        identity.client(account).me()
    except GraphError as error:
        is_refused = isinstance(error, tokens.NoTokenError) or error.reply.code == NOT_VALID
        return True if is_refused else None
    return False
