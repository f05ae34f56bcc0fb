from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0004_shop'),
    ]

    operations = [
        migrations.CreateModel(
            name='Label',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=50, unique=True)),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.AddField(
            model_name='conversation',
            name='disclosed_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='conversation',
            name='last_word_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='message',
            name='variant',
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='message',
            name='why',
            field=models.JSONField(blank=True, db_default={}, default=dict),
        ),
        migrations.AlterField(
            model_name='message',
            name='verdict',
            field=models.CharField(blank=True, choices=[('undecided', 'Not decided yet'), ('answered', 'Answered'), ('together', 'Answered with another message'), ('fallback', 'Only the fallback answered'), ('no_answer', 'No answer'), ('paused', 'Left to a person'), ('too_old', 'Came too late'), ('standby', 'Left to another app'), ('kept', 'Kept, not answered'), ('failed', 'Failed')], db_default='', max_length=10),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('verdict__in', ('no_answer', 'fallback'))), fields=['-at'], name='message_unanswered'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('rule__isnull', False)), fields=['rule', 'at'], name='message_rule'),
        ),
        migrations.AddField(
            model_name='conversation',
            name='labels',
            field=models.ManyToManyField(blank=True, related_name='conversations', to='conversations.label'),
        ),
    ]
