"""Packing slips as PDF: what goes into the parcels of one order or of many."""
