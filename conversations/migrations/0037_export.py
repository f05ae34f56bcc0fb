from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("conversations", "0036_erasure")]

    operations = [
        migrations.AlterModelOptions(
            name="conversation",
            options={
                "base_manager_name": "objects",
                "permissions": [("export_conversation", "Can export what is kept of a customer")],
            },
        ),
    ]
