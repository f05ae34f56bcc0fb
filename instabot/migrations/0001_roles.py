from typing import Any

from django.db import migrations

from people import roles


def make(apps: Any, _: Any) -> None:
    """Groups that are there are left alone, so that this can run again."""
    roles.create(apps)


class Migration(migrations.Migration):
    dependencies = [
        ("api", "0002_plain_words"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("conversations", "0022_reports_indexes"),
        ("rules", "0010_opt_out"),
        ("shop", "0004_settings_history"),
        ("webhooks", "0001_initial"),
    ]

    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
