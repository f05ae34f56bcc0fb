"""Menu and ice breakers: whether Instagram has what staff saved, and rules answer each tap."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils import timezone

from conversations.account import identity, menu
from conversations.display.menu import name
from conversations.models import Menu
from instabot.doctor.findings import Finding, ok, warning
from instabot.doctor.subjects import Subject, ask, subjects
from instagram.menu import Part
from rules.checks.menu import Judge

WELL = "Instagram has the menu and ice breakers that were saved here, and rules answer each tap."


def check_menu() -> Iterator[Finding]:
    """Look at each account for which staff have saved any."""
    rows = {row.account_id: row for row in Menu.objects.exclude(changed_at=None)}
    for subject in subjects():
        if row := rows.get(subject.account.pk):
            yield from _check(subject, row)


def _check(subject: Subject, row: Menu) -> Iterator[Finding]:
    found, trouble = ask(subject, lambda: identity.client(subject.account).menu())
    if trouble or found is None:
        if trouble:
            yield trouble
        return
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
