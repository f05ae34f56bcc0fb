"""Meta's data-deletion callback, and the page that says what became of the request.

Meta names somebody by an id of the app's, which often is none that a customer has here: messages
name customers by ids of their own. Where it is one, the customer is erased; else the page says so,
and how to ask. A request is believed only with Meta's signature, which is all that can add rows.
"""

import secrets
from datetime import datetime

import structlog
from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from audit import trail
from conversations.address import DELETION_PATH, address_of
from conversations.models import Account, Conversation, CustomerErasure
from conversations.removal import request as removal
from conversations.retention import digests, journal
from instagram.signature import read_signed_request
from instagram.values import read_time
from webhooks.answer import say
from webhooks.models import DeletionRequest

log = structlog.get_logger("deletion")

BY = "Instagram"
NONE = "0"  # an id of nobody
MOST_ID = 64
NOT_OURS = "asked by Meta to delete somebody's data, who is no customer here by the ID that it gave"


@csrf_exempt
@require_POST
def delete(request: HttpRequest) -> HttpResponse:
    """Answer with the status page and its code what Meta signed, and 403 to anything else."""
    told = read_signed_request(request.POST.get("signed_request", ""), settings.WEBHOOK_SECRETS)
    named = str((told or {}).get("user_id") or "")[:MOST_ID]
    if told is None or named in ("", NONE):
        return say(403, "The signature is missing or wrong.\n")
    code = _ask(named, read_time(told.get("issued_at")) or timezone.now())
    return JsonResponse({"url": address_of(f"{DELETION_PATH}/{code}"), "confirmation_code": code})


@transaction.atomic
def _ask(named: str, said_at: datetime) -> str:
    """Begin to erase who has this id, and return the request's code.

    Asked once more about the same id, the request of before is asked again: no row is added. Who
    has come back since is not erased by a request of before that.
    """
    digest = digests.digest(journal.key(), 0, digests.name_of(named))
    row, is_new = DeletionRequest.objects.get_or_create(
        digest=digest, defaults={"code": secrets.token_urlsafe(12)}
    )
    begun = [removal.begin(pk, BY) for pk in _find(named, said_at)]
    if not begun and not row.erasures:  # raw events may have what retention took
        every = Account.objects.order_by("pk").values_list("pk", flat=True)
        begun = [removal.begin_leftovers(account, named, BY) for account in list(every)]
    erasures = [one.pk for one in begun if one]
    if erasures:
        row.erasures = [*row.erasures, *erasures]
    row.asked_at = timezone.now()
    row.save(update_fields=["erasures", "asked_at"])
    if is_new and not erasures:
        trail.record(trail.Kind.ERASURE, NOT_OURS)
    log.info("deletion_asked", request=row.pk, erasures=len(erasures))
    return row.code


def _find(named: str, said_at: datetime) -> list[int]:
    rows = Conversation.objects.filter(customer_id=named)
    rows = rows.filter(created_at__lte=said_at + digests.CLOCKS_DIFFER)
    return list(rows.values_list("pk", flat=True))


@require_safe
def show_status(request: HttpRequest, code: str) -> HttpResponse:
    """Say what became of a request; whoever has its code may see it, and it names nobody."""
    row = DeletionRequest.objects.filter(code=code).first()
    if row is None:
        raise Http404
    going = CustomerErasure.objects.under_way().filter(pk__in=row.erasures).exists()
    shop = Account.objects.order_by("pk").values_list("username", flat=True).first()
    context = {"row": row, "found": bool(row.erasures), "going": going, "shop": shop}
    return render(request, "webhooks/deletion.html", context)
