from django.db import migrations, models

from workqueue.indexes import AddIndexMeanwhile


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('conversations', '0019_search'),
    ]

    operations = [
        AddIndexMeanwhile(
            model_name='conversation',
            index=models.Index(condition=models.Q(('in_directory', False)), fields=['id'], name='conversation_not_listed'),
        ),
        AddIndexMeanwhile(
            model_name='message',
            index=models.Index(condition=models.Q(('search_text__isnull', True)), fields=['id'], name='message_not_searchable'),
        ),
        AddIndexMeanwhile(
            model_name='note',
            index=models.Index(condition=models.Q(('search_text__isnull', True)), fields=['id'], name='note_not_searchable'),
        ),
    ]
