"""What the notices about money say."""

from django.utils.translation import gettext_noop as _

from rulebook.telling import tell

MONEY = ("finance",)

tell(
    "withdrawal_paid", says=_("Your withdrawal {subject} was paid: {net}, after the bank's fee of {fee}."), roles=MONEY
)
tell(
    "withdrawal_failed",
    says=_("Your withdrawal of {amount} failed and is back in your balance: {reason}."),
    roles=MONEY,
    then=_("Check the bank account, then ask for it again."),
)
