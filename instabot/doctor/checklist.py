"""All checks, in the order in which a message meets what they look at."""

from instabot.doctor import (
    account,
    address,
    alarms,
    door,
    installation,
    menu,
    processes,
    proxy,
    recovery,
    silence,
    subscription,
    traffic,
)
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
            "connections", "Connections", "Where none is left, webhooks are refused.",
            installation.check_connections,
        ),
        Check(
            "migrations", "Migrations", "Code and tables that do not fit lose messages.",
            installation.check_migrations,
        ),
        Check(
            "disk", "Disk", "On a full disk no message can be kept.", installation.check_disk,
        ),
        Check(
            "erasures", "Erasures", "What was erased must not come back with a backup.",
            installation.check_erasures,
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
        Check(
            "contacts", "Contacts", "Incidents are told to them; else customers notice first.",
            alarms.check_contacts,
        ),
        Check(
            "heartbeat", "Heartbeat", "A host that is gone cannot say so itself.",
            alarms.check_heartbeat,
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
            "buffering", "Slow senders", "Who sends slowly must not keep a webhook waiting.",
            proxy.check_buffering,
        ),
        Check(
            "proxies", "Proxies", "Wrong passwords are counted by address: a proxy hides them all.",
            address.check_proxies,
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
            "connection", "Connection", "Answers are sent this way.", account.check_connection,
        ),
        Check(
            "clock", "Clock", "With a wrong clock windows close too early, or too late.",
            processes.check_clock,
        ),
        Check(
            "version", "API version", "Meta ends each version about two years after it came.",
            account.check_version,
        ),
        Check(
            "host", "Host", "Meta's other host does not know the token: nothing is sent.",
            account.check_host,
        ),
        Check(
            "token", "Access token", "With it we send and read. Without it nobody is answered.",
            account.check_token,
        ),
        Check(
            "secret", "App secret",
            "Meta signs webhooks with it: with another one all of them are refused.",
            account.check_secret,
        ),
        Check(
            "account", "Account ID", "Webhooks name it: those for another account are set aside.",
            account.check_account,
        ),
        Check(
            "permissions", "Permissions", "What the token may not do is refused each time.",
            account.check_permissions,
        ),
        Check(
            "access", "App access", "Until Meta has approved the app, customers do not reach it.",
            account.check_access,
        ),
        Check(
            "callback", "App webhooks", "The app decides where webhooks go, and which.",
            subscription.check_callback,
        ),
        Check(
            "fields", "Webhook fields",
            "What is not subscribed never reaches us, and no error says so.",
            subscription.check_fields,
        ),
        Check(
            "routing", "Conversation routing", "Only the app that has a conversation may answer in"
            " it.", traffic.check_routing,
        ),
        Check(
            "sending", "Sending", "A pause holds back all messages of the account.",
            account.check_sending,
        ),
        Check(
            "menu", "Menu and ice breakers", "Customers tap there: what no rule answers is for"
            " people.", menu.check_menu,
        ),
        Check(
            "echoes", "Echoes", "They tell what arrived, and what colleagues wrote in the app.",
            traffic.check_echoes,
        ),
        Check(
            "read_back", "Read-back", "It tells what became of a message that nobody confirmed.",
            traffic.check_read_back,
        ),
        Check(
            "missed", "Missed messages", "A lost webhook is a customer whom nobody sees.",
            recovery.check_missed,
        ),
        Check(
            "silence", "Silence", "Where nothing comes any more, nobody complains to instabot.",
            silence.check_silence,
        ),
    ],
}  # fmt: skip
