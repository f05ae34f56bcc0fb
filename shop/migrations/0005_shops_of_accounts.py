"""Beside the general shop, each account may have one of its own."""

import django.db.models.expressions
from django.db import migrations, models


def keep_the_general_one(apps, schema_editor):
    """On the way back: an earlier version knows one shop."""
    own = apps.get_model("shop", "Shop").objects.exclude(account=None)
    apps.get_model("shop", "OpenHours").objects.filter(shop__in=own).delete()
    own.delete()
    if schema_editor.connection.vendor == "postgresql":  # which alters no table with checks to come
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class Migration(migrations.Migration):

    dependencies = [
        ('shop', '0004_settings_history'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='shop',
            name='one_shop',
        ),
        migrations.AddField(
            model_name='shop',
            name='account',
            field=models.PositiveIntegerField(blank=True, editable=False, null=True),
        ),
        migrations.AddConstraint(
            model_name='shop',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('account', None), ('id', 1)), models.Q(('account__gte', 1), ('id', django.db.models.expressions.CombinedExpression(models.F('account'), '+', models.Value(1)))), _connector='OR'), name='one_shop_each'),
        ),
        migrations.RunPython(migrations.RunPython.noop, keep_the_general_one),
    ]
