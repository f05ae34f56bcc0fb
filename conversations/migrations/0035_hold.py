from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("conversations", "0034_count_starts"),
    ]

    operations = [
        migrations.AddField(
            model_name="account",
            name="sending_held",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AddField(
            model_name="account",
            name="restored_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="account",
            name="backup_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="account",
            name="compared_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
    ]
