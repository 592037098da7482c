from django.db import migrations

from finance.sql import GUARDS, NO_GUARDS


class Migration(migrations.Migration):
    dependencies = [("finance", "0002_initial"), ("rulebook", "0002_guards")]

    operations = [migrations.RunSQL(GUARDS, NO_GUARDS)]
