"""The moderators' pages about money."""

from __future__ import annotations

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from finance.accounts import Account, shown
from finance.models import Balance, Leg, Payment, Transaction, Withdrawal
from rulebook.admin.base import CaseAdmin
from rulebook.money import Money
from rulebook.templatetags.piepowder import rule_link


@admin.register(Transaction)
class TransactionAdmin(CaseAdmin):
    """The ledger, movement by movement."""

    list_display = ("kind_label", "law", "store_id", "order_id", "effective_at", "reverses_id")
    search_ids = {"sto": "store_id", "ord": "order_id"}
    search_help_text = _("A transaction's, a store's or an order's id.")
    readonly_fields = ("legs",)

    @admin.display(description=_("Movement"))
    def kind_label(self, transaction: Transaction) -> str:
        return transaction.kind.replace("_", " ").capitalize()

    @admin.display(description=_("Rule"))
    def law(self, transaction: Transaction) -> str:
        return rule_link(transaction.rule)

    @admin.display(description=_("Legs"))
    def legs(self, transaction: Transaction) -> SafeString:
        rows = Leg.objects.filter(transaction_id=transaction.pk).order_by("id")
        said = ((Account(leg.kind).label, str(Money(leg.amount_minor, leg.currency))) for leg in rows)
        return format_html_join("", "<div>{}: {}</div>", said)


@admin.register(Balance)
class BalanceAdmin(CaseAdmin):
    list_display = ("store_id", "kind", "amount")
    search_ids = {"sto": "store_id"}
    search_help_text = _("A store's id.")

    @admin.display(description=_("Balance"))
    def amount(self, balance: Balance) -> str:
        return str(shown(balance.kind, balance.amount_minor, balance.currency))


@admin.register(Payment)
class PaymentAdmin(CaseAdmin):
    list_display = ("reference", "amount", "method", "network", "provider", "state_shown", "captured_at")
    search_ids = {"ord": "order_id"}
    search_help_text = _("A payment's or an order's id.")


@admin.register(Withdrawal)
class WithdrawalAdmin(CaseAdmin):
    list_display = ("name", "store", "state_shown", "amount", "fee", "requested_by", "requested_at", "ended_at")
    list_filter = ("state",)
    list_select_related = ("store",)
    search_ids = {"sto": "store_id"}
    search_help_text = _("A withdrawal's or a store's id.")

    @admin.display(description=_("Withdrawal"))
    def name(self, withdrawal: Withdrawal) -> str:
        return f"W{withdrawal.number}" if withdrawal.number else withdrawal.public_id
