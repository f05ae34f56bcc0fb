from django.db import migrations, models

from workqueue.indexes import AddIndexMeanwhile


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('conversations', '0025_retention'),
    ]

    operations = [
        AddIndexMeanwhile(
            model_name='message',
            index=models.Index(condition=models.Q(('in_reply_to__isnull', False)), fields=['in_reply_to'], name='message_answers'),
        ),
    ]
