"""Orders at the sellers' door."""
