from typing import Any

from django.db import migrations

from people import roles

ADDED = {"Owner": [f"people.{right}_invitation" for right in ("view", "add", "delete")]}


def give(apps: Any, _: Any) -> None:
    roles.extend(apps, ADDED)


class Migration(migrations.Migration):
    """Owners invite people."""

    dependencies = [("instabot", "0003_incidents"), ("people", "0002_second_factor")]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
