"""Where evidence lies: a private folder, or a private bucket of any service that speaks S3."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

FORM = "s3://bucket/folder?region=…, with endpoint=https://… for another service than Amazon's"
KNOWN = {"region": "region_name", "endpoint": "endpoint_url", "style": "addressing_style"}


def storage(url: str) -> dict[str, Any]:
    """The value of STORAGES["default"]. url: empty for the folder (MEDIA_ROOT).

    Key and secret come from `s3://key:secret@bucket`, or, better, from the machine (AWS_ACCESS_KEY_ID and
    AWS_SECRET_ACCESS_KEY, a profile, a role). Nothing is ever public: every file goes out through a view that has asked
    who is reading. An error never repeats the address, which may hold a secret.
    """
    if not url:
        return {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    parts = urlsplit(url)
    asked = dict(parse_qsl(parts.query))
    if parts.scheme != "s3" or not parts.hostname or not asked.keys() <= KNOWN.keys():
        raise ImproperlyConfigured(f"PIEPOWDER_STORAGE_URL must look like {FORM}.")
    if not asked.get("endpoint", "https://").startswith(("https://", "http://")):
        raise ImproperlyConfigured("The endpoint in PIEPOWDER_STORAGE_URL must be an https:// address.")
    options: dict[str, Any] = {
        "bucket_name": parts.netloc.rpartition("@")[2],
        "location": unquote(parts.path.strip("/")),
        "default_acl": None,
        "querystring_auth": True,
        "file_overwrite": True,  # a name is the hash of its content: the same name is the same file
        **{KNOWN[name]: value for name, value in asked.items()},
    }
    if parts.username:
        options |= {"access_key": unquote(parts.username), "secret_key": unquote(parts.password or "")}
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
