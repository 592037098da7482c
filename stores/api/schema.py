"""How the description of the API shows the key."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class KeyScheme(OpenApiAuthenticationExtension):
    """A bearer key; the buyer's headers are parameters of the operations."""

    target_class = "stores.api.authentication.KeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "pp_<prefix>_<secret>",
            "description": "Made by `manage.py create_api_key`. A storefront's key names the buyer in each call.",
        }
