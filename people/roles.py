"""What each role may do, and the groups that are made of it, once: then they are the owner's.

A later permission is given to those who have a role by a migration that calls `extend`.
"""

from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import Any

from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission, User
from django.db.models import Q, QuerySet

READ, WRITE, ALL = "view", "view change", "view add change delete"

# Role → what → which rights. Pages beside a list ask for a right to it: the bot's switch for that
# to change the shop, unanswered questions for that to view conversations.
ROLES: Mapping[str, Mapping[str, str]] = {
    "Owner": {
        "conversations.conversation": f"{WRITE} export erase",
        "conversations.customererasure": READ,
        "conversations.latequestion": WRITE,
        "conversations.outboxmessage": WRITE,
        "conversations.account": "view add",
        "conversations.automatictext": ALL,
        "conversations.label": ALL,
        "conversations.savedreply": ALL,
        "conversations.reports": READ,
        "rules.responserule": ALL,
        "shop.shop": WRITE,
        "shop.tuning": WRITE,
        "webhooks.webhookevent": WRITE,
        "incidents.incident": WRITE,
        "incidents.contact": ALL,
        "api.token": "view add delete",
        "audit.entry": READ,
        "auth.user": ALL,
        "auth.group": ALL,
        "people.invitation": "view add delete",
    },
    "Support": {
        "conversations.conversation": WRITE,
        "conversations.latequestion": WRITE,
        "conversations.label": "view add change",
        "conversations.savedreply": ALL,
        "conversations.reports": READ,
        "rules.responserule": ALL,
        "shop.shop": READ,
        "incidents.incident": WRITE,
    },
    "Reviewer": {
        "conversations.conversation": READ,
        "conversations.latequestion": READ,
        "conversations.outboxmessage": READ,
        "conversations.label": READ,
        "conversations.savedreply": READ,
        "conversations.reports": READ,
        "rules.responserule": READ,
        "shop.shop": READ,
        "incidents.incident": READ,
    },
    "Engineer": {
        "webhooks.webhookevent": WRITE,
        "conversations.outboxmessage": WRITE,
        "conversations.account": "view add",
        "shop.tuning": WRITE,
        "incidents.incident": WRITE,
        "incidents.contact": ALL,
    },
}
MEANINGS: Mapping[str, str] = {
    "Owner": "everything, with people, settings and the bot's switch",
    "Support": "answers customers and writes rules",
    "Reviewer": "reads conversations and rules, and changes nothing",
    "Engineer": "Instagram accounts, webhook events, outbox, settings and who is told of incidents",
}
NEW_PERSON = "Support"  # what somebody new is offered first


def list_permissions(role: str) -> list[str]:
    """Return the permissions of a role, as in `conversations.view_conversation`."""
    found = []
    for what, rights in ROLES[role].items():
        app, model = what.split(".")
        found += [f"{app}.{right}_{model}" for right in rights.split()]
    return found


def create(apps: Any) -> None:
    """Make the roles that are not there; one that is there is its owner's, and stays as it is.

    apps: Django's, or those of a migration.
    """
    _make_permissions(apps)
    groups = apps.get_model("auth", "Group").objects
    for role in ROLES:
        group, is_new = groups.get_or_create(name=role)
        if is_new:
            group.permissions.set(_find(apps, list_permissions(role)))


def extend(apps: Any, added: Mapping[str, Iterable[str]]) -> None:
    """Give roles that are there what they may do from now on."""
    _make_permissions(apps)
    groups = apps.get_model("auth", "Group").objects
    for role, names in added.items():
        for group in groups.filter(name=role):
            group.permissions.add(*_find(apps, names))


def _make_permissions(apps: Any) -> None:
    """Make what Django makes only after all migrations have run."""
    for label in sorted({what.split(".")[0] for role in ROLES.values() for what in role}):
        app: Any = SimpleNamespace(label=label, models_module=True)  # a migration's has none
        create_permissions(app, apps=apps, verbosity=0)


def _find(apps: Any, names: Iterable[str]) -> list[Any]:
    wanted = {tuple(name.split(".")) for name in names}
    rows = apps.get_model("auth", "Permission").objects.select_related("content_type")
    return [row for row in rows if (row.content_type.app_label, row.codename) in wanted]


def beyond(user: Any) -> list[int]:
    """Return the permissions that somebody lacks, by their ids."""
    own = user.get_all_permissions()
    rows = Permission.objects.select_related("content_type")
    return [row.pk for row in rows if f"{row.content_type.app_label}.{row.codename}" not in own]


def covers(user: Any, other: User) -> bool:
    """Tell whether somebody may do all that the other may: so they may change what that is."""
    if user.is_superuser:
        return True
    given = Permission.objects.filter(Q(user=other) | Q(group__user=other))
    return not other.is_superuser and not given.filter(pk__in=beyond(user)).exists()


def to_give(user: Any) -> QuerySet[Group]:
    """Return the roles that hold nothing that somebody may not do."""
    groups = Group.objects.order_by("name")
    if user.is_superuser or not (lacking := beyond(user)):
        return groups
    return groups.exclude(permissions__in=lacking)
