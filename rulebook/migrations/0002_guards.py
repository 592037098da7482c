from django.db import migrations

from rulebook.sql import GUARDS, NO_GUARDS


class Migration(migrations.Migration):
    dependencies = [("rulebook", "0001_initial")]

    operations = [migrations.RunSQL(GUARDS, NO_GUARDS)]
