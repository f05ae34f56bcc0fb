"""Which webhook fields an account is subscribed to (`subscribed_apps`), and what the app posts."""

from typing import Any

from django.conf import settings

from sandbox import meta
from sandbox.models import Fault, Subscription
from sandbox.parameters import Parameters
from sandbox.refusal import RefusedError

FIELDS = (
    "agent_messages", "messages", "messaging_postbacks", "messaging_seen", "messaging_handover",
    "messaging_referral", "messaging_optins", "message_reactions", "message_edit", "standby",
    "comments", "live_comments", "mentions", "story_insights", "creator_marketplace_projects",
    "creator_marketplace_invited_creator_onboarding", "delta", "story_reactions",
    "onboarding_welcome_message_series", "follow", "comment_poll_response", "story_poll_response",
    "share_to_story",
)  # fmt: skip
LOST = "comments"
OF_APP = {  # faults of the app's own webhooks
    Fault.Kind.APP_REFUSED: (190, "Invalid OAuth access token signature.", 400),
    Fault.Kind.APP_BUSY: (4, "(#4) Application request limit reached", 400),
    Fault.Kind.APP_BROKEN: (2, "An unexpected error has occurred.", 500),
}


def begin(node: str) -> None:
    """Let an account be subscribed from the start, unless it was ever told otherwise."""
    Subscription.objects.get_or_create(node=node, defaults={"fields": list(FIELDS)})


def answer(method: str, node: str, asked: Parameters) -> dict[str, Any]:
    """Subscribe, tell, or end it."""
    if node == "me":
        raise RefusedError(100, f"Unsupported request - method type: {method.lower()}")
    rows = Subscription.objects.filter(node=node)
    if method == "POST":
        _subscribe(node, asked)
        return {"success": True}
    if method == "DELETE":
        rows.delete()
        return {"success": True}
    listed = [
        {"id": settings.INSTAGRAM_APP_ID, "name": "Your shop", "subscribed_fields": row.fields}
        for row in rows
    ]
    return {"data": listed}


def _subscribe(node: str, asked: Parameters) -> None:
    """Take all fields or none: a name that is none, or that the app lacks, is refused."""
    fields = [name for name in str(asked.get("subscribed_fields", "")).split(",") if name]
    if not fields:
        raise RefusedError(100, "(#100) The parameter subscribed_fields is required.")
    for number, name in enumerate(fields):
        if name not in FIELDS:
            allowed = ", ".join(FIELDS)
            said = f"(#100) Param subscribed_fields[{number}] must be one of {{{allowed}}}"
            raise RefusedError(100, f'{said} - got "{name}".')
    fault = Fault.take(None, [Fault.Kind.FIELDS_REFUSED, Fault.Kind.FIELDS_LOST])
    if fault == Fault.Kind.FIELDS_REFUSED:
        raise RefusedError(200, "(#200) The app is not subscribed to these fields")
    kept = [name for name in fields if fault != Fault.Kind.FIELDS_LOST or name != LOST]
    Subscription.objects.update_or_create(node=node, defaults={"fields": kept})


def posted(app: str, token: str) -> dict[str, Any]:
    """Tell the app itself where it posts to, and which fields (`/{app}/subscriptions`)."""
    secrets = settings.FACEBOOK_APP_SECRET
    if app != settings.FACEBOOK_APP_ID or token not in [f"{app}|{secret}" for secret in secrets]:
        raise RefusedError(190, "Invalid OAuth access token signature.")
    if fault := Fault.take(None, OF_APP):
        code, said, status = OF_APP[Fault.Kind(fault)]
        raise RefusedError(code, said, status=status)
    fields = [{"name": name, "version": "v26.0"} for name in FIELDS]
    posts = {"object": "instagram", "callback_url": meta.webhook_url(), "active": True}
    return {"data": [{**posts, "fields": fields}]}
