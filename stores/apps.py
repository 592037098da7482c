from django.apps import AppConfig


class StoresConfig(AppConfig):
    name = "stores"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from rulebook.tasks import SCHEDULES

        SCHEDULES["count listings for the ranking"] = "stores.tasks.rank_listings"
