"""What production refuses to start with."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import ImproperlyConfigured


def insist_on_security(settings: Mapping[str, Any], environment: Mapping[str, str]) -> None:
    """Raise with every fault at once, each with the variable that mends it."""
    if faults := list(insecurities(settings, environment)):
        listed = "".join(f"\n  - {fault}" for fault in faults)
        raise ImproperlyConfigured(f"Production does not start with insecure settings:{listed}")


def insecurities(settings: Mapping[str, Any], environment: Mapping[str, str]) -> Iterator[str]:
    yield from _secret("SECRET_KEY", settings["SECRET_KEY"])
    yield from _secret("SIGNING_KEY", settings["SIGNING_KEY"])
    if settings["SIGNING_KEY"] and settings["SIGNING_KEY"] == settings["SECRET_KEY"]:
        yield "SIGNING_KEY is the SECRET_KEY: the journal's seals need a key of their own."
    if settings["DEBUG"]:
        yield "DEBUG is on: unset PIEPOWDER_DEBUG."
    if not settings["ALLOWED_HOSTS"]:
        yield "ALLOWED_HOSTS is empty: name your hosts in PIEPOWDER_ALLOWED_HOSTS, separated by commas."
    if any(host in {"*", "."} for host in settings["ALLOWED_HOSTS"]):
        yield "ALLOWED_HOSTS lets every host in: name your own in PIEPOWDER_ALLOWED_HOSTS."
    if not environment.get("DATABASE_URL", "").strip():
        yield "There is no database: DATABASE_URL must name one; the private server is for development."
    if not (settings["SESSION_COOKIE_SECURE"] and settings["CSRF_COOKIE_SECURE"]):
        yield "Cookies would travel without TLS: unset PIEPOWDER_SECURE_COOKIES."
    if not (settings["SECURE_SSL_REDIRECT"] or settings.get("SECURE_PROXY_SSL_HEADER")):
        yield "Nobody sees to TLS: unset PIEPOWDER_SSL_REDIRECT, or set PIEPOWDER_BEHIND_PROXY=1 behind a proxy."
    if settings["SECURE_HSTS_SECONDS"] <= 0:
        yield "Browsers are not told to insist on TLS: PIEPOWDER_HSTS_SECONDS must be above 0."
    if any(origin.startswith("http://") for origin in settings["CSRF_TRUSTED_ORIGINS"]):
        yield "An origin without TLS is trusted: PIEPOWDER_TRUSTED_ORIGINS must hold https:// addresses only."
    for kind in ("carrier", "provider"):
        for code, secrets in settings.get(f"{kind.upper()}_SECRETS", {}).items():
            if any(len(secret) < 24 or len(set(secret)) < 10 for secret in secrets):
                name = f"PIEPOWDER_{kind.upper()}_SECRETS"
                yield f"A secret of {kind} {code} is weak: {name} must hold 24 random characters or more."


def _secret(name: str, key: str) -> Iterator[str]:
    if not key:
        yield f"{name} is missing: set PIEPOWDER_{name} to 50 random characters or more."
    elif len(key) < 50 or len(set(key)) < 10 or "insecure" in key:
        yield f"{name} is weak: PIEPOWDER_{name} must hold 50 random characters or more."
