"""Makes incidents of troubles that stay, and ends those that are over.

A trouble that is seen twice in a row opens an incident, or once where it is sure; three looks in a
row that do not see it end it. One that comes back soon is the same incident, and ends more slowly:
what comes and goes would be a message each time. Whoever watches is alone (incidents.watch), so
rows are read, and then written.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from incidents.models import Incident
from incidents.models.incident import MAX_TITLE, MAX_WORDS
from incidents.troubles import Trouble

OPENS_AFTER, ENDS_AFTER = 2, 3  # looks
ENDS_AFTER_RETURN = 30  # looks
RETURNS_WITHIN = timedelta(minutes=30)  # of its end


@dataclass(frozen=True, slots=True)
class News:
    """What came of a look: incidents that have begun, are back, go on, or are over."""

    opened: list[Incident] = field(default_factory=list)
    returned: list[Incident] = field(default_factory=list)
    lasting: list[Incident] = field(default_factory=list)
    ended: list[Incident] = field(default_factory=list)


@transaction.atomic
def write(found: Sequence[Trouble], looked_at: Collection[str], now: datetime) -> News:
    """Write down what was found; looked_at: the kinds that were looked at, whatever was found."""
    known = {(row.kind, row.subject): row for row in Incident.objects.going_on()}
    news = News()
    for trouble in {one.key: one for one in found}.values():
        _see(known.pop(trouble.key, None) or _begin(trouble, now), trouble, now, news)
    for row in known.values():
        if row.kind in looked_at:
            _miss(row, now, news)
        elif row.opened_at:
            news.lasting.append(row)
    return news


def _begin(trouble: Trouble, now: datetime) -> Incident:
    since = trouble.since or now
    return Incident(kind=trouble.kind, subject=trouble.subject, since=min(since, now))


def _see(row: Incident, trouble: Trouble, now: datetime, news: News) -> None:
    listed = news.lasting
    if row.opened_at is None and (trouble.is_sure or row.bad + 1 >= OPENS_AFTER):
        row, is_back = _open(row, now)
        listed = news.returned if is_back else news.opened
    row.account_id = trouble.account
    row.level, row.title = trouble.level, trouble.title[:MAX_TITLE]
    row.says, row.next_step = trouble.says[:MAX_WORDS], trouble.next_step[:MAX_WORDS]
    row.link, row.step, row.repeats = trouble.link, trouble.step, trouble.repeats
    row.bad, row.good = row.bad + 1, 0
    _save(row)
    if row.opened_at:
        listed.append(row)


def _open(row: Incident, now: datetime) -> tuple[Incident, bool]:
    """Return the incident that is open from now on, and whether it is back: then it is the old."""
    same = Incident.objects.ended().filter(kind=row.kind, subject=row.subject)
    earlier: Incident | None = same.filter(ended_at__gte=now - RETURNS_WITHIN).first()
    if earlier is None:
        row.opened_at = now
        return row, False
    if row.pk:
        row.delete()
    earlier.ended_at, earlier.bad, earlier.returns = None, 0, earlier.returns + 1
    return earlier, True


def _miss(row: Incident, now: datetime, news: News) -> None:
    if row.opened_at is None:
        row.delete()
        return
    row.bad, row.good = 0, row.good + 1
    if row.good >= (ENDS_AFTER_RETURN if row.returns else ENDS_AFTER):
        row.ended_at = now
    _save(row)
    (news.ended if row.ended_at else news.lasting).append(row)


# Not: who knows of it, which staff write meanwhile; who was told, which notices write.
_OWN = [
    "account", "level", "title", "says", "next_step", "link", "step", "repeats", "opened_at",
    "ended_at", "bad", "good", "returns",
]  # fmt: skip


def _save(row: Incident) -> None:
    row.save(update_fields=_OWN if row.pk else None)
