"""People, their stores, and what these offer."""

from stores.models.access import ApiKey, Storefront
from stores.models.buyer import Buyer
from stores.models.delivery import DeliveryTemplate
from stores.models.listing import Listing
from stores.models.penalty import Penalty
from stores.models.ranking import CategoryFigures, SearchDue, SearchEntry, SearchWord, ServiceScore
from stores.models.seller import Seller
from stores.models.store import StaffMember, Store
from stores.models.user import User
from stores.models.warehouse import Warehouse

__all__ = [
    "ApiKey",
    "Buyer",
    "CategoryFigures",
    "DeliveryTemplate",
    "Listing",
    "Penalty",
    "SearchDue",
    "SearchEntry",
    "SearchWord",
    "Seller",
    "ServiceScore",
    "StaffMember",
    "Store",
    "Storefront",
    "User",
    "Warehouse",
]
