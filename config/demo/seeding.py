"""Seeding the demonstration: two months of a marketplace, told by actions at their moments."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from django.db import transaction

from config.demo.court_stories import CourtStories
from config.demo.fair import PASSWORD, Seeded, Shop, Story, words
from finance.models import Balance
from rulebook.ids import new_id
from rulebook.models import CannedText
from rulebook.money import Money
from stores import ranking_run
from stores.models import Storefront

__all__ = ["PASSWORD", "Seeded", "is_seeded", "seed"]


YEAR = timedelta(days=365)


def is_seeded() -> bool:
    return Storefront.objects.filter(name=words()["storefronts"][0]).exists()


def seed(
    present: datetime, *, scale: float = 1.0, seed: int = 1, tell: Callable[[int, int], None] = lambda done, total: None
) -> Seeded:
    """All or nothing, in one transaction. scale: of the number of ordinary orders. tell: stories told, of how many."""
    with transaction.atomic():
        seeded = Seeding(present, scale, Random(seed), tell).run()
        ranking_run.run(present)  # so that the first search finds something, and in its order
    return seeded


class Seeding(CourtStories):
    """Everything, in the order in which the one needs the other."""

    def run(self) -> Seeded:
        self._people()
        self._texts()
        self.shops = [self._shop(entry) for entry in self.words["stores"]]
        self._buyers()
        self._keys()
        for shop in self.shops:
            self.ordinary_orders(shop)
        self.told_reviews()
        self.life()
        self.disputes()
        self.court()
        self._withdrawals()
        self.play()
        return self.seeded

    # ------------------------------------------------------------------ the moderators' desk

    def _texts(self) -> None:
        """Prepared texts, written by the arbitrators long ago."""
        writer = self.moderators[1]
        CannedText.objects.bulk_create(
            CannedText(
                **entry, id=new_id(), made_by=writer.id, made_by_name=writer.name, changed_at=self.present - YEAR
            )
            for entry in self.words["prepared"]
        )

    # ------------------------------------------------------------------ money

    def _withdrawals(self) -> None:
        kiln, north, _paper, tide, *_ = self.shops
        for shop, age, ending in (
            (kiln, 14, "paid"),
            (kiln, 6, "paid"),
            (kiln, 0.6, ""),
            (north, 9, "paid"),
            (north, 3, "failed"),
            (north, 0.3, ""),
            (tide, 5, "paid"),
        ):
            self.begin(self.withdrawal(shop, self.ago(age), ending))

    def withdrawal(self, shop: Shop, at: datetime, ending: str) -> Story:
        """Two thirds of what is free at that moment."""
        yield at
        held = Balance.objects.filter(store_id=shop.store.id, kind="available", currency=shop.currency).values_list(
            "amount_minor", flat=True
        )
        amount = Money(sum(held) * 2 // 3, shop.currency)
        if amount.minor < 2000:
            return
        withdrawal = self.do("seller.request_withdrawal", shop.finance, shop.store.id, amount=str(amount))
        yield at + timedelta(days=self.random.uniform(0.8, 2.2))
        if ending == "paid":
            self.do("bank.settle_withdrawal", self.bank, withdrawal)
        elif ending == "failed":
            self.do(
                "bank.fail_withdrawal",
                self.bank,
                withdrawal,
                reason="The account number does not exist at the receiving bank.",
            )
