"""The ledger, payments and withdrawals."""

from finance.models.ledger import Balance, Leg, Transaction
from finance.models.payment import Payment
from finance.models.withdrawal import Withdrawal

__all__ = ["Balance", "Leg", "Payment", "Transaction", "Withdrawal"]
