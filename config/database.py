"""Which PostgreSQL is used: the one that DATABASE_URL names, else a private one under the project's data folder."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

SCHEMES = ("postgres", "postgresql")
PRIVATE_NAME = "piepowder"


def database(url: str, data: Path, *, pool: bool) -> dict[str, Any]:
    """The value of DATABASES["default"].

    url: empty for the private server, which lives in `data`/postgres and starts at the first connection.
    pool: for web processes only; a pool that is open when a process forks (django-q2 does) breaks in the child.
    """
    settings = from_url(url) if url else private(data / "postgres")
    if pool:
        settings["OPTIONS"]["pool"] = {"min_size": 1, "max_size": 16, "timeout": 10}
    return settings


def private(home: Path) -> dict[str, Any]:
    """Settings of the private server; its socket's path is filled in when the first connection is made."""
    return {
        "ENGINE": "config.postgres",
        "NAME": PRIVATE_NAME,
        "USER": PRIVATE_NAME,
        "OPTIONS": {},
        "PRIVATE_SERVER": str(home),
    }


def from_url(url: str) -> dict[str, Any]:
    """postgresql://user:password@host:port/name?option=value, or …@/name?host=/socket/directory.

    Options other than `host` and `port` go to the driver as they are (sslmode, connect_timeout, …). An error never
    repeats the address, which holds a password.
    """
    parts = urlsplit(url)
    name = unquote(parts.path.removeprefix("/"))
    if parts.scheme not in SCHEMES or not name:
        raise ImproperlyConfigured("DATABASE_URL must look like postgresql://user:password@host:5432/name.")
    try:
        port = parts.port
    except ValueError:
        raise ImproperlyConfigured("The port in DATABASE_URL is not a number below 65536.") from None
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", unquote(parts.hostname or "")),
        "PORT": options.pop("port", str(port or "")),
        "OPTIONS": options,
    }
