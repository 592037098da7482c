from django.db import migrations

from stores.search_sql import DOWN, UP
from stores.sql import LISTING_OF_TEMPLATE, NO_LISTING_OF_TEMPLATE


class Migration(migrations.Migration):
    dependencies = [("stores", "0001_initial")]

    operations = [migrations.RunSQL(LISTING_OF_TEMPLATE, NO_LISTING_OF_TEMPLATE), migrations.RunSQL(UP, DOWN)]
