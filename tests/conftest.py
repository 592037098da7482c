"""What all tests share: the test environment and a browser."""

import math
import os
import shutil
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from django.conf import settings

# Playwright's sync API runs an event loop in the thread of the test, where the ORM would refuse to work.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

CHROMIUM_SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

PATIENCE = "-c lock_timeout=60s -c idle_in_transaction_session_timeout=300s"
"""Nothing hangs in silence: who waits for a lock that long gets an error, and a transaction that was left open ends. Both
are far above what a race waits for on purpose (`tests.races.meeting`)."""


def pytest_configure() -> None:
    if settings.ENV != "test":
        raise pytest.UsageError(f"PIEPOWDER_ENV is {settings.ENV}; the tests run with PIEPOWDER_ENV=test only.")
    options = settings.DATABASES["default"]["OPTIONS"]
    options["options"] = f"{options.get('options', '')} {PATIENCE}".strip()


@pytest.fixture(autouse=True, scope="session")
def emptying_between_tests() -> None:
    """Transactional tests end by emptying every table; append-only ones refuse that: their triggers sleep meanwhile."""
    from django.db import connection

    operations = type(connection.ops)  # the class: beside a running browser a thread has another connection object
    empty = operations.execute_sql_flush

    def asleep(self: object, statements: list[str]) -> None:
        empty(self, ["SET session_replication_role = replica", *statements, "SET session_replication_role = DEFAULT"])

    operations.execute_sql_flush = asleep


@pytest.fixture(autouse=True)
def nothing_grows_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test begins with the files' rulebook and with no statistics, and neither ages: what a process reads again after some
    seconds would be one statement more for the test that happens to run then. What a test changes, it sees as the product does."""
    from django.core.cache import cache

    from orders import searching
    from rulebook import amending

    cache.clear()  # counts of wrong passwords and of a key's requests
    monkeypatch.setattr(amending, "_cache", [(math.inf, _rulebook_of_the_files())])
    monkeypatch.setattr(searching, "_statistics", searching._Statistics(until=math.inf))


@cache
def _rulebook_of_the_files() -> Any:
    from rulebook.rules import Rulebook

    return Rulebook()


@pytest.fixture(scope="session")
def browser() -> Iterator:
    """A Chromium for the whole session; a test opens its own context in it. `make test` finds or installs one."""
    from playwright.sync_api import sync_playwright

    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    path = next((found for name in names if name and (found := shutil.which(name))), None)
    if path is None:
        pytest.fail("No Chromium: install the package chromium, or set CHROMIUM=/path/to/chromium.")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM_SWITCHES)
        yield chromium
        chromium.close()
