from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("conversations", "0035_hold"),
    ]

    operations = [
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("message", "Message that was unsent"),
                            ("customer", "Customer of whom nothing is left"),
                            ("name", "Customer's name"),
                        ],
                        max_length=10,
                    ),
                ),
                ("digest", models.UUIDField()),
                ("at", models.DateTimeField()),
            ],
            options={"default_permissions": ()},
        ),
    ]
