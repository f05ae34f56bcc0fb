"""All checks, in the order in which a message meets what they look at."""

from instabot.doctor import address, door, installation, processes
from instabot.doctor.examination import Groups
from instabot.doctor.findings import Check

CHECKS: Groups = {
    "This installation": [
        Check(
            "settings", "Settings", "With a wrong setting instabot refuses Meta, or Meta us.",
            installation.check_settings,
        ),
        Check(
            "database", "Database", "All messages are kept there: without it nothing is taken.",
            installation.check_database,
        ),
        Check(
            "migrations", "Migrations", "Code and tables that do not fit lose messages.",
            installation.check_migrations,
        ),
        Check(
            "disk", "Disk", "On a full disk no message can be kept.", installation.check_disk,
        ),
        Check(
            "queue", "Queue", "It wakes the workers at once; without it they look by themselves.",
            processes.check_queue,
        ),
        Check(
            "worker", "Worker", "Workers read what customers write, and answer it.",
            processes.check_worker,
        ),
        Check(
            "work", "Work", "What waits here is a customer who waits.", processes.check_work,
        ),
    ],
    "The way in": [
        Check(
            "address", "Public address", "Meta tells us of each message at this address.",
            address.check_address,
        ),
        Check(
            "certificate", "Certificate", "Meta calls nobody whose certificate is not valid.",
            address.check_certificate,
        ),
        Check(
            "redirect", "Login page", "Staff open instabot here.", address.check_redirect,
        ),
        Check(
            "verification", "Verify token",
            "Meta begins to send webhooks once the address has been verified.",
            door.check_verification,
        ),
        Check(
            "signatures", "Signatures",
            "With a wrong app secret every webhook is refused, and nobody is told.",
            door.check_signatures,
        ),
        Check(
            "webhooks", "Webhooks", "Without them we do not know that anybody wrote.",
            door.check_webhooks,
        ),
    ],
    "Instagram": [
        Check(
            "clock", "Clock", "With a wrong clock windows close too early, or too late.",
            processes.check_clock,
        ),
    ],
}  # fmt: skip
