from typing import Any

from django.db import migrations

from backoffice.search import fold


def merge(apps: Any, schema_editor: Any) -> None:
    """Make one label of those that differ in capitals or accents alone: the oldest stays."""
    Label = apps.get_model("conversations", "Label")
    oldest: dict[str, Any] = {}
    for label in Label.objects.order_by("pk"):
        kept = oldest.setdefault(fold(label.name), label)
        if kept is not label:
            kept.conversations.add(*label.conversations.all())
            label.delete()


class Migration(migrations.Migration):
    dependencies = [("conversations", "0008_plain_words")]

    operations = [migrations.RunPython(merge, migrations.RunPython.noop, elidable=True)]
