"""Scenarios: the rules as YAML stories that run, on the database or in memory."""
