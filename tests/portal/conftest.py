"""A fair with a person signed in."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from rulebook.files import MemoryFiles, memory_files
from tests.fair import PASSWORD, Fair, build_fair


@pytest.fixture
def fair(db: Any) -> Fair:
    return build_fair()


@pytest.fixture
def kept() -> Any:
    """Evidence stays in memory."""
    files: MemoryFiles
    with memory_files() as files:
        yield files


@pytest.fixture
def sign_in(fair: Fair) -> Callable[..., Client]:
    def enter(who: Any = "owner") -> Client:
        """By role in the fair's store, or a person."""
        client = Client()
        user = fair.staff[who] if isinstance(who, str) else who
        assert client.login(username=user.email, password=PASSWORD)
        return client

    return enter


@pytest.fixture
def owner(sign_in: Callable[..., Client]) -> Client:
    return sign_in("owner")
