from typing import Any

from django.db import migrations

from people import roles


def give(apps: Any, _: Any) -> None:
    roles.extend(apps, {"Owner": ["audit.view_entry"]})


class Migration(migrations.Migration):
    """Who reads the audit log."""

    dependencies = [("instabot", "0003_incidents"), ("audit", "0001_initial")]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
