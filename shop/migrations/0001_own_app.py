"""The shop gets an app of its own: its tables stay, their content types and permissions move."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import shop.models

MODELS = ["shop", "openhours", "tuning"]


def _move(apps, here, there):
    """Permissions belong to content types, so whoever had one keeps it, and history stays readable."""
    types = apps.get_model("contenttypes", "ContentType").objects
    types.filter(app_label=here, model__in=MODELS).update(app_label=there)


def move(apps, _):
    _move(apps, "conversations", "shop")


def move_back(apps, _):
    _move(apps, "shop", "conversations")


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('contenttypes', '0002_remove_content_type_name'),
        ('conversations', '0005_bursts'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name='Shop',
                    fields=[
                        ('id', models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                        ('name', models.CharField(help_text='As customers know it.', max_length=100)),
                        ('time_zone', models.CharField(default='UTC', help_text='Of the hours below, and of all times in this admin.', max_length=64, validators=[shop.models.validate_time_zone])),
                        ('disclosure', models.TextField(blank=True, help_text="Sent once before the first answer: that this is an automated service. Empty: nothing is sent. For example: “You are writing with our automatic assistant. Write 'person' to reach one of our team.”", validators=[shop.models.validate_bytes], verbose_name='first words')),
                        ('disclosure_again_days', models.PositiveSmallIntegerField(default=30, help_text='When nothing was answered for so long.', validators=[django.core.validators.MinValueValidator(1)], verbose_name='say them again after (days)')),
                    ],
                    options={
                        'verbose_name_plural': 'shop',
                        'db_table': 'conversations_shop',
                        'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='one_shop')],
                    },
                ),
                migrations.CreateModel(
                    name='OpenHours',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('weekday', models.PositiveSmallIntegerField(choices=[(0, 'Monday'), (1, 'Tuesday'), (2, 'Wednesday'), (3, 'Thursday'), (4, 'Friday'), (5, 'Saturday'), (6, 'Sunday')], verbose_name='day')),
                        ('opens', models.TimeField()),
                        ('closes', models.TimeField()),
                        ('shop', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='hours', to='shop.shop')),
                    ],
                    options={
                        'verbose_name': 'business hours',
                        'verbose_name_plural': 'business hours',
                        'db_table': 'conversations_openhours',
                        'ordering': ['weekday', 'opens'],
                        'constraints': [models.CheckConstraint(condition=models.Q(('weekday__lte', 6)), name='seven_days')],
                    },
                ),
                migrations.CreateModel(
                    name='Tuning',
                    fields=[
                        ('name', models.CharField(max_length=60, primary_key=True, serialize=False)),
                        ('value', models.CharField(max_length=200)),
                    ],
                    options={'db_table': 'conversations_tuning'},
                ),
            ],
        ),
        migrations.RunPython(move, move_back),
    ]
