from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "orders"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from rulebook.tasks import SCHEDULES

        SCHEDULES["take up parked scans"] = "orders.carriers.receiving.take_up_parked"
        SCHEDULES["go on with shipping lists"] = "orders.tasks.go_on_with_lists"
