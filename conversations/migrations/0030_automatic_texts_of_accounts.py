"""Automatic texts may be of one account; those that are there stay for all of them."""

import django.db.models.deletion
from django.db import migrations, models


def keep_those_for_all(apps, _):
    """On the way back: to an earlier version each text is one for all accounts."""
    apps.get_model("conversations", "AutomaticText").objects.exclude(account=None).delete()


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0029_menu'),
    ]

    operations = [
        migrations.AddField(
            model_name='automatictext',
            name='account',
            field=models.ForeignKey(blank=True, help_text='Leave empty for all accounts.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='automatic_texts', to='conversations.account'),
        ),
        migrations.AlterField(
            model_name='automatictext',
            name='digest',
            field=models.CharField(editable=False, max_length=64),
        ),
        migrations.AddConstraint(
            model_name='automatictext',
            constraint=models.UniqueConstraint(fields=('digest', 'account'), name='one_automatic_text'),
        ),
        migrations.AddConstraint(
            model_name='automatictext',
            constraint=models.UniqueConstraint(condition=models.Q(('account', None)), fields=('digest',), name='one_automatic_text_for_all'),
        ),
        migrations.RunPython(migrations.RunPython.noop, keep_those_for_all),
    ]
