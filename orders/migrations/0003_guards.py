from django.db import migrations

from orders.search_sql import DOWN, UP
from orders.sql import KEYS, NO_KEYS


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_initial"), ("stores", "0002_guards")]

    operations = [migrations.RunSQL(KEYS, NO_KEYS), migrations.RunSQL(UP, DOWN)]
