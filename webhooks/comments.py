"""By which comments an event may tell of a customer whom it does not name.

A comment of the shop's own names nobody but the one that it answers, by its id.
"""

from conversations.models import COMMENT, PUBLIC_REPLY, Message, mid_of

PREFIX = "comment:"  # of their mids (instagram.parser)
MOST = 200  # ids that are looked for in one statement
OF_ALL = "comments"  # stands in every event that tells of one


def ids_of(account: int, conversation: int) -> set[str]:
    """Return the ids of a customer's comments, and of our public replies to them."""
    said = Message.objects.filter(conversation=conversation, kind__in=[COMMENT, PUBLIC_REPLY])
    keys = said.exclude(mid=None).values_list("mid", flat=True)
    mids = (mid_of(account, key) for key in keys)
    return {mid.removeprefix(PREFIX) for mid in mids if mid.startswith(PREFIX)}


def needles(ids: set[str]) -> list[str]:
    """Return one of which stands in each event that tells of one of these comments."""
    return sorted(ids) if len(ids) <= MOST else [OF_ALL]
