"""Rows of the list as HTML: drawn once for all who look at the same list.

To draw a row takes a hundred times as long as to find it again, and with twenty open pages each
that changes is wanted twenty times at once. What is kept is kept by the row's version, which rises
with whatever staff can see of it; what the clock alone changes, for a few seconds.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe

from conversations.display import queue
from conversations.models import Conversation, Seen
from conversations.queries import CLOSES_SOON
from instagram.limits import WINDOW, WINDOW_MARGIN
from workqueue.snapshot import Recent

TEMPLATE = "conversations/queue_row.html"
FRESH_SECONDS = 5  # so long a row says how long ago something was, and a colleague's former name
MOST_DRAWN = 2000


class Look(NamedTuple):
    """What a row's looks depend on beside its conversation."""

    kept: str  # the address of the list, which its link leads back to
    may_change: bool
    says_account: bool  # whoever looks sees several
    opened: int | None = None  # the conversation beside the list


class _Drawn(NamedTuple):
    html: SafeString
    until: datetime  # when the clock changes it


_drawn: Recent[_Drawn] = Recent(FRESH_SECONDS, MOST_DRAWN)


def draw(
    pks: Sequence[int],
    look: Look,
    read: Callable[[Sequence[int]], Iterable[queue.Row]],
    now: datetime,
    *,
    keep: bool,
) -> list[SafeString]:
    """Draw these rows, in this order; read: reads those that nobody has drawn lately.

    keep: false where they say what a search found, which changes without a version.
    """
    if not keep:
        return [_draw(row, look) for row in read(pks)]
    drawn, rest = {}, []
    for pk, version in _versions(pks):
        found = _drawn.find(_key(pk, version, look))
        if found is not None and found.until > now:
            drawn[pk] = found.html
        else:
            rest.append(pk)
    for row in read(rest) if rest else []:
        drawn[row.conversation.pk] = html = _draw(row, look)
        _keep(row.conversation, look, html, now)
    return [drawn[pk] for pk in pks if pk in drawn]


def forget() -> None:
    """Draw all rows anew."""
    _drawn.drop()


def next_change(row: Seen, now: datetime) -> datetime | None:
    """Return when the clock next changes it: a window closes, what is put off comes back."""
    closes = row.last_inbound_at + WINDOW - WINDOW_MARGIN if row.last_inbound_at else None
    times = (closes, closes and closes - CLOSES_SOON, row.put_off_until, row.bot_paused_until)
    return min((time for time in times if time and time > now), default=None)


def _versions(pks: Sequence[int]) -> Iterable[tuple[int, int]]:
    return Conversation.objects.filter(pk__in=pks).order_by().values_list("pk", "version")


def _key(pk: int, version: int, look: Look) -> tuple[int, int, Look]:
    beside = look.opened if look.opened == pk else None
    return pk, version, look._replace(opened=beside)


def _draw(row: queue.Row, look: Look) -> SafeString:
    is_open = row.conversation.pk == look.opened
    shown = {"row": row, "may_change": look.may_change, "is_open": is_open}
    return mark_safe(get_template(TEMPLATE).render(shown))  # noqa: S308 - a template escapes


def _keep(talk: Conversation, look: Look, html: SafeString, now: datetime) -> None:
    """Keep a row under the version that was read before anything else of it."""
    until = next_change(Seen(*(getattr(talk, name) for name in Seen._fields)), now)
    longest = now + timedelta(seconds=FRESH_SECONDS)
    _drawn.keep(_key(talk.pk, talk.version, look), _Drawn(html, min(until or longest, longest)))
