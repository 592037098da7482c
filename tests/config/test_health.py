"""What the probes answer."""

from importlib import import_module

import pytest

from config import health
from config.health import Finding


@pytest.fixture
def checks(monkeypatch):
    """A copy of the registry that the test may change; what the first request would register is there already."""
    import_module("config.checks")
    copy = dict(health.checks)
    monkeypatch.setattr(health, "checks", copy)
    return copy


def test_a_living_process_says_so_without_a_database(client):
    response = client.get("/healthz")

    assert (response.status_code, response.json()) == (200, {"ok": True})
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
def test_a_migrated_database_is_ready(client, checks):
    for name in set(checks) - {"database", "migrations"}:
        del checks[name]

    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json() == {
        "ok": True,
        "checks": {"database": {"ok": True}, "migrations": {"ok": True, "missing": 0}},
    }


def test_a_failed_check_gives_503_with_its_figures(client, checks):
    checks.clear()
    checks["deadlines"] = lambda: Finding(ok=False, facts={"oldest_overdue_seconds": 901})

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {"ok": False, "checks": {"deadlines": {"ok": False, "oldest_overdue_seconds": 901}}}


def test_a_check_that_raises_is_a_failed_one_and_tells_nobody_why(client, checks):
    def broken():
        raise RuntimeError("password=hunter2")

    checks.clear()
    checks["broken"] = broken

    response = client.get("/readyz")

    assert response.status_code == 503
    assert b"hunter2" not in response.content


@pytest.mark.django_db
def test_missing_migrations_are_counted_until_there_are_none(monkeypatch):
    plan = [("a", False), ("b", False)]
    monkeypatch.setattr(health.MigrationExecutor, "migration_plan", lambda self, targets: plan)
    migrations = health.Migrations()

    assert migrations() == Finding(ok=False, facts={"missing": 2})
    plan.clear()
    assert migrations().ok


def test_probes_are_not_posted_to(client):
    assert client.post("/healthz").status_code == 405
