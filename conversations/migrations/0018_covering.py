from django.db import migrations, models
from django.db.models.functions import Coalesce

from workqueue.indexes import AddIndexMeanwhile, RemoveIndexMeanwhile


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('conversations', '0017_text_before'),
    ]

    operations = [
        RemoveIndexMeanwhile(
            model_name='conversation',
            name='conversation_newest',
        ),
        AddIndexMeanwhile(
            model_name='conversation',
            index=models.Index(models.OrderBy(Coalesce('last_inbound_at', 'created_at'), descending=True), models.F('id'), models.F('last_inbound_at'), models.F('created_at'), models.F('waiting_since'), models.F('assignee'), name='conversation_newest'),
        ),
        AddIndexMeanwhile(
            model_name='message',
            index=models.Index(condition=models.Q(('kind__in', ('story_reply', 'story_mention', 'comment')), ('origin__in', ['customer'])), fields=['conversation', 'kind'], name='message_came'),
        ),
    ]
