from django.db import migrations

from orders.sql import KEYS, NO_KEYS


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_initial")]

    operations = [migrations.RunSQL(KEYS, NO_KEYS)]
