from django.db import migrations, models


class Migration(migrations.Migration):
    """Alone: it waits for a lock of all messages, and a transaction with another may deadlock."""

    dependencies = [
        ('conversations', '0030_automatic_texts_of_accounts'),
    ]

    operations = [
        migrations.AddField(
            model_name='message',
            name='found_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
