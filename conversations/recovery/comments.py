"""Comments below the newest posts that no webhook told of, where rules answer comments."""

from collections import defaultdict

from conversations.account import subscription
from conversations.inbox import found
from conversations.models import Account
from conversations.recovery.thread import Source, Taken, missing_of
from instagram.comments import Found
from instagram.events import Echo, Incoming

FIELD = "comments"


def are_needed() -> bool:
    """Tell whether a rule in use answers comments: else nobody reads them here."""
    return FIELD in subscription.of_app()


def take_in(said: list[Found], account: Account, source: Source) -> Taken:
    """Import what is missing of the comments below a post."""
    asked = [one for one in said if source.has(one.comment.at)]
    answered = {one.comment.mid for one in asked if one.is_answered}
    by_customer: dict[str, list[Incoming]] = defaultdict(list)
    for one in sorted(asked, key=lambda one: one.comment.at):
        by_customer[one.comment.customer].append(one.comment)
    taken = [_take_in(theirs, answered, account) for theirs in by_customer.values()]
    return Taken(sum(one.count for one in taken), all(one.is_all for one in taken))


def _take_in(theirs: list[Incoming], answered: set[str], account: Account) -> Taken:
    count, is_all = 0, True
    for is_answered in (False, True):
        these: list[Incoming | Echo] = [
            one for one in theirs if (one.mid in answered) is is_answered
        ]
        missing = missing_of(these, account)
        is_all &= missing.is_all
        if missing.items:
            count += found.record(missing.items, account, is_answered=is_answered)
    return Taken(count, is_all)
