"""Whether anybody learns of it when something goes wrong, also when this host is gone."""

from collections.abc import Iterator

from django.conf import settings
from django.urls import reverse

from backoffice.counts import counted
from incidents.models import Contact
from instabot.doctor.findings import Finding, ok, warning


def check_contacts() -> Iterator[Finding]:
    link = reverse("admin:incidents_contact_changelist")
    active = list(Contact.objects.active())
    failing = [one for one in active if one.error]
    if not active and settings.SANDBOX:
        yield ok("Nobody is told of incidents, and in the sandbox nobody need be.")
    elif not active:
        yield warning(
            "Nobody is told when something goes wrong.",
            "Add yourself under Contacts, and send a test message.",
            link,
        )
    for one in failing:
        yield warning(
            f"The last message to {one} did not get there: {one.error}",
            "Correct the address, and send a test message.",
            link,
        )
    if active and not failing:
        yield ok(f"{counted(len(active), 'contact is', 'contacts are')} told.")


def check_heartbeat() -> Iterator[Finding]:
    if settings.HEARTBEAT_URL:
        yield ok("Another service is told once a minute that all is well.")
    elif settings.SANDBOX:
        yield ok("HEARTBEAT_URL is not set, which the sandbox does not need.")
    else:
        yield warning(
            "HEARTBEAT_URL is not set: if this whole host goes down, nobody is told.",
            "Create a check at healthchecks.io or the like (period 1 minute, grace 5 minutes), set"
            " HEARTBEAT_URL to its address and restart. See docs/operations.md.",
        )
