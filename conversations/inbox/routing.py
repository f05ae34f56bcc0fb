"""How the customer came, and which app answers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from conversations.inbox.ledger import Recorded, conversation_id, kind_of
from conversations.models import Account, Conversation, later_of
from instagram.events import Handed, Referred
from instagram.limits import MAX_ID


def refer(item: Referred, account: Account) -> Recorded:
    """Keep how the customer came this time; a tap on an ig.me link opens the window, too."""
    conversation, kind = conversation_id(item, account), kind_of(item)
    at = min(item.at, timezone.now())
    changed = keep_referral(conversation, item.referral, at)
    Conversation.objects.filter(pk=conversation).update(
        last_inbound_at=later_of("last_inbound_at", at)
    )
    reason = f"Came from {ref_of(item.referral) or 'a link'}." if changed else ""
    return Recorded("kept" if changed else "duplicate", kind, reason)


def keep_referral(conversation: int, referral: Mapping[str, Any], at: datetime) -> bool:
    """Write the newest referral on its conversation; tell whether it was news."""
    older = Q(referred_at=None) | Q(referred_at__lt=at)
    changed = Conversation.objects.filter(older, pk=conversation).update(
        referral=dict(referral), referral_ref=ref_of(referral), referred_at=at
    )
    return bool(changed)


def ref_of(referral: Mapping[str, Any]) -> str:
    """Return what a rule can ask for: the link's ref, else the ad, else the product."""
    product = referral.get("product")
    asked = [
        referral.get("ref"),
        referral.get("ad_id"),
        product.get("id") if isinstance(product, dict) else None,
    ]
    return next((str(one) for one in asked if one), "")[:MAX_ID]


def hand_over(item: Handed, account: Account) -> Recorded:
    """Note which app answers from now on, unless something newer is known."""
    conversation, kind, at = conversation_id(item, account), kind_of(item), item.at
    if item.to_us:
        ours = Conversation.objects.filter(pk=conversation, other_app_at__lte=at)
        changed = bool(ours.update(other_app_at=None))
        reason = "Control returned to this app."
    else:
        changed = note_other_app(conversation, at)
        reason = "Another app took over this conversation."
    if not changed:
        return Recorded("duplicate", kind)
    return Recorded("control", kind, reason)


def note_other_app(conversation: int, at: datetime) -> bool:
    """Another app owned the conversation then; tell whether that is news."""
    at = min(at, timezone.now())
    newer = Q(last_inbound_at__gt=at) | Q(other_app_at__gte=at)
    rows = Conversation.objects.filter(pk=conversation).exclude(newer)
    return bool(rows.update(other_app_at=at))
