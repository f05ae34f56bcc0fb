from typing import Any

from django.db import migrations, models


def name_the_fallback(apps: Any, _: Any) -> None:
    """What answered everything after all other rules is the fallback; any other stays as it was."""
    rules = apps.get_model("rules", "ResponseRule").objects.filter(active=True)
    last = rules.exclude(match="everything").order_by("order", "id").last()
    for rule in rules.filter(match="everything", for_messages=True, referral=""):
        if last is None or (rule.order, rule.id) > (last.order, last.id):
            rule.match = "fallback"
            rule.save(update_fields=["match"])


class Migration(migrations.Migration):

    dependencies = [
        ('rules', '0003_rich_answers'),
    ]

    operations = [
        migrations.AddField(
            model_name='responserule',
            name='first_day',
            field=models.DateField(blank=True, null=True, verbose_name='from'),
        ),
        migrations.AddField(
            model_name='responserule',
            name='hours',
            field=models.CharField(blank=True, choices=[(None, 'at any time'), ('inside', 'in business hours'), ('outside', 'outside business hours')], max_length=10, verbose_name='answers'),
        ),
        migrations.AddField(
            model_name='responserule',
            name='label',
            field=models.CharField(blank=True, help_text='A word, such as returns.', max_length=50, verbose_name='label the conversation'),
        ),
        migrations.AddField(
            model_name='responserule',
            name='last_day',
            field=models.DateField(blank=True, help_text='This day included.', null=True, verbose_name='until'),
        ),
        migrations.AddField(
            model_name='responserule',
            name='needs_person',
            field=models.BooleanField(default=False, help_text='The conversation is marked for your team.', verbose_name='ask for a person'),
        ),
        migrations.AddField(
            model_name='responserule',
            name='never',
            field=models.TextField(blank=True, help_text='One word or phrase per line. With one of them in the message the rule does not answer.', verbose_name='but has none of these'),
        ),
        migrations.AddField(
            model_name='responserule',
            name='once_in_hours',
            field=models.PositiveSmallIntegerField(default=0, help_text='0: every time.', verbose_name='at most once per customer in so many hours'),
        ),
        migrations.AddField(
            model_name='responserule',
            name='only_new',
            field=models.BooleanField(default=False, help_text='To whom nobody has written yet: neither the bot nor a person.', verbose_name='only new customers'),
        ),
        migrations.AddField(
            model_name='responserule',
            name='other_replies',
            field=models.TextField(blank=True, help_text='Between two of them stands a line with only ===. A customer never gets the same one twice running.', verbose_name='other ways to say it'),
        ),
        migrations.AddField(
            model_name='responserule',
            name='pause_hours',
            field=models.PositiveSmallIntegerField(default=0, help_text='For this customer, after the answer. 0: it goes on.', verbose_name='pause the bot for so many hours'),
        ),
        migrations.AddField(
            model_name='responserule',
            name='typos',
            field=models.PositiveSmallIntegerField(choices=[(0, 'none'), (1, 'one letter'), (2, 'two letters')], default=0, help_text='In long words only. A word that another rule listens for is never taken for a mistyped one.', verbose_name='forgive wrong letters'),
        ),
        migrations.AlterField(
            model_name='responserule',
            name='match',
            field=models.CharField(choices=[('words', 'has any of these words or phrases'), ('all', 'has all of these words and phrases'), ('exact', 'is exactly one of these'), ('begins', 'begins with one of these'), ('ends', 'ends with one of these'), ('contains', 'contains one of these, even inside a word'), ('regex', 'fits one of these regular expressions'), ('everything', 'is anything at all'), ('fallback', 'is anything that no other rule answers (the fallback)')], default='words', max_length=10, verbose_name='the message'),
        ),
        migrations.RunPython(name_the_fallback, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='responserule',
            name='reply',
            field=models.TextField(blank=True, help_text='What the customer gets. A line with only --- begins another message; longer than 1000 bytes is sent as several. You can write {first_name|there}, {username|…}, {shop_name}, {opening_hours} and {matched_word}; behind the | stands what is said where we do not know it.'),
        ),
    ]
