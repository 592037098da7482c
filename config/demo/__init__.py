"""The demonstration: a small marketplace seeded by actions at past moments, and the processes that keep it alive."""
