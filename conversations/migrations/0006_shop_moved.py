"""The shop has an app of its own now; its tables stay as they are."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0005_bursts'),
        ('shop', '0001_own_app'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.DeleteModel(name='OpenHours'),
                migrations.DeleteModel(name='Shop'),
                migrations.DeleteModel(name='Tuning'),
            ],
        ),
    ]
