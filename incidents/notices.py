"""The messages about incidents: who is told what, and when.

One when an incident opens, one a day while it lasts and nobody has said that they know, one when it
is over. Who was told that it began is told that it ended, and nobody else; and, where it is back
soon after that, that it is.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.urls import reverse

from backoffice import ages
from incidents.ledger import News
from incidents.models import Contact, Incident, Notice
from incidents.models.incident import MAX_TITLE

KEPT_FOR = timedelta(days=30)
Occasion = Notice.Occasion


def write(news: News, now: datetime) -> None:
    """Write the messages that are due; part of the transaction that writes the incidents."""
    for row in [*news.opened, *news.lasting]:
        if occasion := _why_now(row, now):
            _tell(row, occasion, Contact.objects.told_of(row), now)
    for row in news.returned:
        _say_again(row, now)
    for row in news.ended:
        _say_over(row, now)
    # While it lasts they say who was told that it began.
    old = Notice.objects.filter(written_at__lt=now - KEPT_FOR, due_at=None)
    old.filter(incident__ended_at__lt=now - KEPT_FOR).delete()


def _why_now(row: Incident, now: datetime) -> Notice.Occasion | None:
    """Return why whoever listens is to be told of an incident now, if they are."""
    if row.told_at is None:
        return Occasion.OPENED
    level, _, step = row.told_step.partition(" ")
    if row.step != step or (row.is_urgent and level != row.level):
        return Occasion.STILL
    is_due = row.repeats is not None and now - row.told_at >= row.repeats
    return Occasion.STILL if is_due and row.known_at is None else None


def _tell(row: Incident, why: Notice.Occasion, to: Iterable[Contact], now: datetime) -> None:
    title, text = subject_of(row, why), text_of(row, now)
    Notice.objects.bulk_create(
        Notice(
            contact=contact, incident=row, occasion=why, title=title, text=text, written_at=now,
            due_at=contact.quiet_ends(now, row.level) or now,
        )
        for contact in to
    )  # fmt: skip
    Incident.objects.filter(pk=row.pk).update(told_at=now, told_step=f"{row.level} {row.step}")


def _say_again(row: Incident, now: datetime) -> None:
    """Tell that it is back; but not those who have not heard yet that it was over."""
    waiting = _free(Notice.objects.filter(incident=row, occasion=Occasion.ENDED), now)
    unaware = list(waiting.values_list("contact", flat=True))
    waiting.delete()
    _tell(row, Occasion.AGAIN, Contact.objects.told_of(row).exclude(pk__in=unaware), now)


def _say_over(row: Incident, now: datetime) -> None:
    """Tell whoever was told, or is being told now; what still waits is not said any more."""
    notices = Notice.objects.filter(incident=row)
    _free(notices, now).delete()
    told = notices.filter(Q(sent_at__isnull=False) | Q(leased_until__gte=now))
    last = dict(told.order_by("written_at", "pk").values_list("contact", "occasion"))
    aware = [contact for contact, occasion in last.items() if occasion != Occasion.ENDED]
    _tell(row, Occasion.ENDED, Contact.objects.active().of(row).filter(pk__in=aware), now)


def _free(notices: QuerySet[Notice], now: datetime) -> QuerySet[Notice]:
    """Keep only those that wait, and that nobody is sending."""
    waiting = notices.filter(sent_at=None, due_at__isnull=False)
    return waiting.exclude(leased_until__gte=now)


def subject_of(row: Incident, why: Notice.Occasion) -> str:
    said = row.title[:MAX_TITLE]
    before = {Occasion.ENDED: "over: ", Occasion.STILL: "still: ", Occasion.AGAIN: "again: "}
    return f"instabot: {before.get(why, '')}{said}"


def text_of(row: Incident, now: datetime) -> str:
    """Return what a message says: since when, why, what to do, and where."""
    page = f"{settings.PUBLIC_URL}{reverse('admin:incidents_incident_changelist')}"
    since = ages.clock(row.since, now)
    if row.ended_at:
        length = ages.age(row.ended_at - row.since)
        return f"{row.title}: this is over. It began at {since} and lasted {length}.\n\n{page}"
    lines = [f"Since {since}: {row.says}", f"What to do: {row.next_step}"]
    if row.link:
        lines.append(f"Open: {settings.PUBLIC_URL}{row.link}")
    return "\n\n".join([*lines, f"“I know” ends the reminders: {page}"])
