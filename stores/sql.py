"""Foreign keys over (store, template), for RunSQL: a listing takes no other store's promises."""

from __future__ import annotations

LISTING_OF_TEMPLATE = """
ALTER TABLE stores_listing ADD CONSTRAINT stores_listing_of_a_template FOREIGN KEY (store_id, template_id)
    REFERENCES stores_deliverytemplate (store_id, id) DEFERRABLE INITIALLY DEFERRED;
"""
NO_LISTING_OF_TEMPLATE = "ALTER TABLE stores_listing DROP CONSTRAINT IF EXISTS stores_listing_of_a_template;"
