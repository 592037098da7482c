"""Secrets of webhooks, as the environment gives them."""

import json
from collections.abc import Mapping


def secrets_from(name: str, text: str) -> Mapping[str, tuple[str, ...]]:
    """``{"post": "secret", "sandbox": ["new", "old"]}``; the first is the newest. The message repeats no secret."""
    try:
        said = json.loads(text or "{}")
    except ValueError:
        raise SystemExit(f'{name} is not JSON; write {{"code": ["secret", "older secret"]}}.') from None
    found = {}
    for code, value in said.items() if isinstance(said, dict) else [("", None)]:
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list) or not all(isinstance(secret, str) and secret.strip() for secret in listed):
            raise SystemExit(f'{name}: give each code a secret or a list of them: {{"code": ["secret"]}}.')
        found[code] = tuple(secret.strip() for secret in listed)
    return found
