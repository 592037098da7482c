from django.db import migrations

from disputes.sql import KEYS, NO_KEYS


class Migration(migrations.Migration):
    dependencies = [("disputes", "0003_initial"), ("orders", "0003_guards")]

    operations = [migrations.RunSQL(KEYS, NO_KEYS)]
