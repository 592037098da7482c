from importlib import import_module

from django.apps import AppConfig


class DisputesConfig(AppConfig):
    name = "disputes"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from rulebook.tasks import SCHEDULES

        import_module("disputes.following")
        SCHEDULES["take up waiting notices of providers"] = "disputes.providers.receiving.take_up_waiting"
