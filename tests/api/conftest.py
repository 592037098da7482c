"""A fair, and callers that speak to the API with a key."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from rulebook.files import MemoryFiles, memory_files
from tests.fair import Fair, build_fair


class Caller:
    """Speaks for the owner of a key. `last` is the answer before it was read; `call` returns status and body."""

    def __init__(self, key: str, **headers: str) -> None:
        self.client = Client(headers={"Authorization": f"Bearer {key}", **headers})
        self.last: Any = None

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        content = body if isinstance(body, bytes | str) else json.dumps({} if body is None else body)
        self.last = self.client.generic(
            method, f"/api/v1/{path}", content, content_type="application/json", headers=headers
        )
        return self.last.status_code, self._body()

    def _body(self) -> Any:
        return json.loads(self.last.content) if "json" in self.last.get("Content-Type", "") else self.last.content

    def get(self, path: str, **headers: str) -> tuple[int, Any]:
        self.last = self.client.get(f"/api/v1/{path}", headers=headers)
        return self.last.status_code, self._body()

    def post(self, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        return self.call("POST", path, body, **headers)

    def form(self, path: str, fields: dict[str, Any], **headers: str) -> tuple[int, Any]:
        self.last = self.client.post(f"/api/v1/{path}", fields, headers=headers)
        return self.last.status_code, self._body()

    def done(self, path: str, body: Any = None, **headers: str) -> Any:
        """An action that must succeed."""
        status, answer = self.post(path, body, **headers)
        assert status in (200, 201), answer
        return answer


@pytest.fixture
def fair(db: None) -> Fair:
    return build_fair()


@pytest.fixture(autouse=True)
def files() -> Iterator[MemoryFiles]:
    with memory_files() as kept:
        yield kept


@pytest.fixture
def buyer(fair: Fair) -> Caller:
    """The fair's buyer, through his storefront's key."""
    return Caller(fair.storefront_key(), **{"Piepowder-Buyer": fair.buyer.reference})


@pytest.fixture
def seller(fair: Fair) -> Caller:
    """The owner's system of the fair's store."""
    return Caller(fair.store_key("owner"))


@pytest.fixture
def stranger(fair: Fair) -> Caller:
    """The owner's system of another store."""
    return Caller(fair.store_key("owner", store=fair.other_store))


@pytest.fixture
def arbitrator(fair: Fair) -> Caller:
    return Caller(fair.moderator_key("arbitrator"))


@pytest.fixture
def bank(fair: Fair) -> Caller:
    return Caller(fair.provider_key("bank"))


@pytest.fixture
def carrier(fair: Fair) -> Caller:
    return Caller(fair.provider_key("carrier"))


Statements = Callable[[], int]
