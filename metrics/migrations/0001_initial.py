from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='ProcessSums',
            fields=[
                ('name', models.CharField(max_length=300, primary_key=True, serialize=False)),
                ('sums', models.JSONField(db_default=[], default=list)),
                ('states', models.JSONField(db_default=[], default=list)),
                ('written_at', models.DateTimeField()),
                ('folded_at', models.DateTimeField(null=True)),
            ],
            options={
                'default_permissions': (),
            },
        ),
    ]
