import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('kind', models.CharField(choices=[('login', 'log-in'), ('session', 'session'), ('password', 'password'), ('second_factor', 'second factor'), ('person', 'person'), ('role', 'role'), ('invitation', 'invitation'), ('token', 'API token'), ('account', 'Instagram account'), ('export', 'export'), ('erasure', 'erasure'), ('setting', 'setting')], max_length=20)),
                ('person_id', models.BigIntegerField(null=True)),
                ('name', models.CharField(blank=True, max_length=300, verbose_name='by')),
                ('address', models.CharField(blank=True, max_length=45, verbose_name='from')),
                ('says', models.TextField(verbose_name='what')),
                ('words', models.TextField(editable=False)),
            ],
            options={
                'verbose_name': 'entry',
                'verbose_name_plural': 'audit log',
                'default_permissions': ('view',),
                'indexes': [models.Index(fields=['at', 'id'], name='audit_newest')],
            },
        ),
    ]
