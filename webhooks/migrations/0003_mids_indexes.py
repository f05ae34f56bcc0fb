from django.db import migrations, models

from workqueue.indexes import AddIndexMeanwhile


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('webhooks', '0002_mids'),
    ]

    operations = [
        AddIndexMeanwhile(
            model_name='webhookevent',
            index=models.Index(condition=models.Q(('mid_hash__isnull', False)), fields=['mid_hash'], name='webhookevent_mid'),
        ),
        AddIndexMeanwhile(
            model_name='webhookevent',
            index=models.Index(condition=models.Q(('due_at__isnull', True), ('mid_hash__isnull', True)), fields=['id'], name='webhookevent_unindexed'),
        ),
    ]
