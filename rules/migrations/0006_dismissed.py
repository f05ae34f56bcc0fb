import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('rules', '0005_change'),
    ]

    operations = [
        migrations.CreateModel(
            name='DismissedGroup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('phrase', models.CharField(max_length=500)),
                ('whole', models.BooleanField(default=False)),
                ('messages', models.PositiveIntegerField()),
                ('newest', models.BigIntegerField()),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('by', models.CharField(max_length=255)),
            ],
            options={
                'verbose_name': 'dismissed group',
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('phrase', 'whole'), name='one_dismissal')],
            },
        ),
    ]
