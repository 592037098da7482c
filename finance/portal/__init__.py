"""Money at the sellers' door."""
