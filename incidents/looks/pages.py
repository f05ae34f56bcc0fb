"""Pages that people of ours are refused: by a name, or from an address, that no setting allows."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Sum

from backoffice.counts import counted
from incidents.troubles import Trouble
from webhooks.models import Knock

HOST, ORIGIN = "host", "origin"
WITHIN = timedelta(hours=1)
MOST = 5  # names: whoever has logged in may make up more
TITLES = {
    HOST: "Pages cannot be opened: the name {name} is not allowed",
    ORIGIN: "Nothing can be saved: the address {name} is not trusted",
}
SAYS = {
    HOST: "{many} of staff refused within an hour. Webhooks are taken and the bot answers, but"
    " nobody can log in or reply by this name.",
    ORIGIN: "{many} of staff refused within an hour: pages open, but nobody can log in, reply or"
    " save from there.",
}
NEXT_STEPS = {
    HOST: "Add {name} to ALLOWED_HOSTS and restart web and worker.",
    ORIGIN: "Add {name} to CSRF_TRUSTED_ORIGINS and restart web and worker, or have the proxy pass"
    " the header Host on as it is.",
}


def find_refused(now: datetime) -> Iterator[Trouble]:
    """What one of ours was refused within an hour (instabot.evidence says who that is)."""
    rows = Knock.objects.filter(kind__in=TITLES, last_at__gt=now - WITHIN)
    found = rows.values("kind", "fits").annotate(many=Sum("count"))
    for row in found.order_by("kind", "fits")[:MOST]:
        kind, name = row["kind"], row["fits"]
        many = counted(row["many"], "request")
        yield Trouble(
            kind, TITLES[kind].format(name=name), SAYS[kind].format(many=many),
            NEXT_STEPS[kind].format(name=name),
            subject=name,
        )  # fmt: skip
