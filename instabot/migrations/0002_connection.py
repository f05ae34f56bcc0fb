from typing import Any

from django.db import migrations

from people import roles

ADDED = {role: ["conversations.add_account"] for role in ("Owner", "Engineer")}


def give(apps: Any, _: Any) -> None:
    roles.extend(apps, ADDED)


class Migration(migrations.Migration):
    """Who may connect an Instagram account, and disconnect it."""

    dependencies = [("instabot", "0001_roles")]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
