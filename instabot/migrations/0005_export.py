from typing import Any

from django.db import migrations

from people import roles


def give(apps: Any, _: Any) -> None:
    roles.extend(apps, {"Owner": ["conversations.export_conversation"]})


class Migration(migrations.Migration):
    """Who may export what is kept of a customer."""

    dependencies = [("instabot", "0004_audit"), ("conversations", "0037_export")]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
