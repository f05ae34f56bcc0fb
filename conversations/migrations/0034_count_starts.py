from datetime import timedelta

from django.db import migrations
from django.utils import timezone

DAYS = 84  # what conversations.silence learns from


def count_again(apps, schema_editor):
    """Days that were counted before do not know who began to write."""
    days = apps.get_model("conversations", "AccountDay").objects
    days.filter(day__gte=timezone.now().date() - timedelta(days=DAYS)).update(dirty=True)


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0033_silence'),
    ]

    operations = [migrations.RunPython(count_again, migrations.RunPython.noop, elidable=True)]
