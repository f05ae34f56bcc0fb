"""Which tables are in a backup: all of Django's models, but for what is of a moment."""

from django.db import connection

# Sessions, and what was tried to begin one, are of this moment; signs of life, counts and turns
# are of processes that are gone; messages to staff were for people of then.
LEFT_OUT = frozenset({
    "people_session", "people_endedsession", "people_tries", "conversations_worker",
    "incidents_presence", "incidents_probe", "incidents_watch", "incidents_notice",
    "notices_personalnotice", "metrics_processsums",
})  # fmt: skip
# Numbers of these went out to Meta, which tells of them once more: none is given twice, though the
# instabot of then gave some after its backup.
SKIPPED_NUMBERS = {"conversations_message": 10_000_000}


def every() -> list[str]:
    """Return all tables of models; Django's list of migrations is none of them."""
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return sorted(set(names))


def names() -> list[str]:
    """Return the tables whose rows are in a backup."""
    return [name for name in every() if name not in LEFT_OUT]


def quote(name: str) -> str:
    return connection.ops.quote_name(name)
