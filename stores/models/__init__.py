"""People and their stores."""

from stores.models.access import ApiKey, Storefront
from stores.models.buyer import Buyer
from stores.models.listing import Listing
from stores.models.seller import Seller
from stores.models.store import StaffMember, Store
from stores.models.user import User

__all__ = ["ApiKey", "Buyer", "Listing", "Seller", "StaffMember", "Store", "Storefront", "User"]
