from django.db import migrations, models

from workqueue.indexes import AddIndexMeanwhile


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('conversations', '0021_reports'),
    ]

    operations = [
        AddIndexMeanwhile(
            model_name='conversation',
            index=models.Index(condition=models.Q(('version', models.F('counted_version')), _negated=True), fields=['id'], name='conversation_uncounted'),
        ),
        AddIndexMeanwhile(
            model_name='message',
            index=models.Index(fields=['at'], name='message_at'),
        ),
    ]
