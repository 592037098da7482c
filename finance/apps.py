from django.apps import AppConfig


class FinanceConfig(AppConfig):
    name = "finance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from finance.accounts import may_hold
        from finance.models import Balance, Leg, Transaction
        from rulebook.docket.books import Books, register_books

        register_books(Books(transaction=Transaction, leg=Leg, balance=Balance, may_hold=may_hold))
