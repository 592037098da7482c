"""A67: the whole commission table, written out once more by hand, against the parameter and against an order."""

from __future__ import annotations

import re

import pytest

from rulebook.money import Money
from rulebook.rules import Rulebook
from tests.court import BEGIN, Court

FIVE = """
Home Appliances | Furniture | Weddings & Events | Security & Protection | Shoes
Phones & Telecommunications/Mobile Phones | Phones & Telecommunications/Mobile Phone LCDs
Tools/Garden Tools | Tools/Measurement & Analysis Instruments | Tools/Power Tools | Tools/Tool Sets
Sports & Entertainment/Sneakers
Automobiles & Motorcycles/Engine Oil
Automobiles & Motorcycles/Tires | Automobiles & Motorcycles/Motorcycle Engine Oil
Automobiles & Motorcycles/Motorcycle Tires & Wheels
Home Improvement/Hardware | Home Improvement/Bathroom Fixture | Home Improvement/Kitchen Fixture
Jewelry & Accessories/Fine Jewelry
"""
FIVE_OF_COMPUTERS = """
Office Electronics | Tablets | External Storage
Computer Peripherals | Computer Components | Memory Cards & Accessories | Networking
Computer Cables & Connectors | Mini PC | Laptops | Demo Board
Industrial Computer & Accessories | Servers | Desktops | KVM Switches
Computer Cleaners | Software | DIY Computer | Workstations
LCD Hinges | Laptop Adapter | Laptop Batteries | Laptop Cooling Pads
Laptop Docking Stations | Laptop LCD Inverter | Laptop LCD Screen
Laptop lock | Replacement Keyboards | Kids Tablet
Tablet LCDs & Panels | Tablet PC Stands
Tablets Batteries & Backup Power | Internal Storage | Demo Board Accessories
"""
FIVE_OF_ELECTRONICS = """
Portable Audio & Video | Camera & Photo
Accessories & Parts | Home Audio & Video Equipments | Smart Electronics
Games & Accessories | DIY Parts | Power Source | Portable HiFi
"""
EIGHT = """
Special Category | Office & School Supplies | Beauty & Health
Phones & Telecommunications | Tools | Apparel Accessories
Computer & Office | Sports & Entertainment | Women's Clothing | Underwear | Automobiles & Motorcycles
Electronic Components & Supplies | Men's Clothing | Consumer Electronics
Mother & Kids | Luggage & Bags | Lights & Lighting
Watches | Toys & Hobbies | Home Improvement | Jewelry & Accessories | Novelty & Special Use | Home & Garden
Tools/Brushes | Computer & Office/Mouse Pads
Sports & Entertainment/Balls | Something New | Something New/And Its Child
"""


def slug(name: str) -> str:
    """Lower case, `&` and apostrophes dropped, hyphens between words."""
    return "/".join("-".join(re.sub(r"[&']", "", part).lower().split()) for part in name.split("/"))


def names(text: str, parent: str = "") -> list[str]:
    return [slug(parent + name.strip()) for line in text.strip().splitlines() for name in line.split("|")]


TABLE = {
    **dict.fromkeys(names(FIVE), 5),
    **dict.fromkeys(names(FIVE_OF_COMPUTERS, "Computer & Office/"), 5),
    **dict.fromkeys(names(FIVE_OF_ELECTRONICS, "Consumer Electronics/"), 5),
    **dict.fromkeys(names(EIGHT), 8),
    "apparel-and-accessories": 8,
    "hair-extensions-wigs": 10,
    "hair-extensions-wigs/lace-wigs": 10,
    "shoes/boots": 5,
}


@pytest.mark.parametrize(("category", "percent"), TABLE.items())
def test_the_rate_of_a_category_is_the_one_in_the_table(category: str, percent: int) -> None:
    assert Rulebook().at(BEGIN).commission.rate[category] == percent * 100


@pytest.mark.parametrize(
    ("category", "percent"), [item for item in TABLE.items() if item[1] != 8 or "/" not in item[0]]
)
def test_an_order_pays_the_rate_of_its_category_on_the_day_of_release(category: str, percent: int) -> None:
    court = Court(given={"listings": {"item": {"category": category, "price": "123.45 USD"}}})
    for verb in ("buyer.place_order", "buyer.pay", "seller.ship", "buyer.confirm_receipt"):
        court.do(verb)

    court.advance("15d")

    commission = Money((12345 * percent * 2 + 100) // 200, "USD")
    assert court.read("money.shop.commission", "0.00 USD") == commission
    assert court.read("money.shop.available", "0.00 USD") == Money(12345, "USD") - commission


def test_no_row_of_the_parameter_was_forgotten_here() -> None:
    rows = {key[0] if isinstance(key, tuple) and key else "*" for key in Rulebook().at(BEGIN).commission.rate.rows}

    assert rows - {"*"} <= set(TABLE)
