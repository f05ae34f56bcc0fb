from typing import Any

from django.db import migrations

from people import roles

KNOW = ["incidents.view_incident", "incidents.change_incident"]
CONTACTS = [f"incidents.{right}_contact" for right in ("view", "add", "change", "delete")]
ADDED = {
    "Owner": [*KNOW, *CONTACTS],
    "Engineer": [*KNOW, *CONTACTS],
    "Support": KNOW,
    "Reviewer": ["incidents.view_incident"],
}


def give(apps: Any, _: Any) -> None:
    roles.extend(apps, ADDED)


class Migration(migrations.Migration):
    """Who sees incidents, and who says whom instabot tells of them."""

    dependencies = [("instabot", "0002_connection"), ("incidents", "0001_initial")]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
