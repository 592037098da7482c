"""The API door: routes made from the registry of actions, objects with what may be done to them, problems with rules.

An app says in its own `api` module which of its kinds may be read, and by whom (`rulebook.api.resources`); its actions
need nothing more than their registration.
"""
