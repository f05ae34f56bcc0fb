"""Menu and ice breakers: whether Instagram has what staff saved, and rules answer each tap."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils import timezone

from conversations.account import identity, menu
from conversations.account.menu import Found
from conversations.display.menu import name
from conversations.models import Menu
from instabot.doctor.findings import Finding, ok, warning
from instabot.doctor.subjects import Subject, ask_each, subjects
from instagram.menu import Part
from rules.checks.menu import Judge

WELL = "Instagram has the menu and ice breakers that were saved here, and rules answer each tap."


def check_menu() -> Iterator[Finding]:
    """Look at each account for which staff have saved any."""
    rows = {row.account_id: row for row in Menu.objects.exclude(changed_at=None)}
    asked = [one for one in subjects() if one.account.pk in rows]
    for subject, found, trouble in ask_each(asked, _read):
        if trouble:
            yield trouble
        elif found is not None:
            yield from _judge(subject, rows[subject.account.pk], found)


def _read(subject: Subject) -> Found:
    return identity.client(subject.account).menu()


def _judge(subject: Subject, row: Menu, found: Found) -> Iterator[Finding]:
    link = reverse("admin:conversations_menu_account", args=[subject.account.pk])
    left = menu.differing(row, found)
    if left:
        says = f"Instagram has something else than was saved here: {name(*left)}."
        next_step = "On the page Menu, publish what was saved, or use what Instagram has."
        yield warning(subject.say(says), next_step, link)
    judge = Judge.saved(subject.account.instagram_id, timezone.now())
    lost = [one.text for part in Part for one in found[part].options if not judge.tell(one).is_well]
    if lost:
        taps = ", ".join(f"“{text}”" for text in dict.fromkeys(lost))
        says = subject.say(f"No rule that is meant for it answers a tap on {taps}.")
        yield warning(says, "The page Menu says why, beside each.", link)
    if not left and not lost:
        yield ok(subject.say(WELL))
