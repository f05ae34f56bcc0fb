from typing import Any

from django.db import migrations

from people import roles

ADDED = {"Owner": ["conversations.erase_conversation", "conversations.view_customererasure"]}


def give(apps: Any, _: Any) -> None:
    roles.extend(apps, ADDED)


class Migration(migrations.Migration):
    """Who may erase a customer, and see the receipts."""

    dependencies = [("instabot", "0005_export"), ("conversations", "0038_customer_erasure")]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
