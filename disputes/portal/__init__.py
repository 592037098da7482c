"""Disputes at the sellers' door."""
