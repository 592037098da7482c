"""/healthz: this process answers. /readyz: it can do its work. Probes ask them; they show no data of anybody.

`checks` is open: whoever composes the apps adds callables, e.g. the age of the oldest overdue deadline:

    @check("deadlines")
    def deadlines() -> Finding:
        age = oldest_overdue_seconds()
        return Finding(ok=age < 300, facts={"oldest_overdue_seconds": age})
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Finding:
    """ok: whether traffic may come. facts: figures for whoever reads the answer, e.g. ages in seconds."""

    ok: bool
    facts: dict[str, Any] = field(default_factory=dict)


Check = Callable[[], Finding]
checks: dict[str, Check] = {}


def check(name: str) -> Callable[[Check], Check]:
    """Register under `name`; they run in order of registration, and one that raises counts as failed."""

    def register(function: Check) -> Check:
        checks[name] = function
        return function

    return register


@check("database")
def database() -> Finding:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return Finding(ok=True)


class Migrations:
    """Whether all are applied; once that is so it stays so for this process, and the graph is not built again."""

    def __init__(self) -> None:
        self.complete = False

    def __call__(self) -> Finding:
        if self.complete:
            return Finding(ok=True)
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        self.complete = not missing
        return Finding(ok=self.complete, facts={"missing": len(missing)})


checks["migrations"] = Migrations()


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"ok": True})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    findings = {name: _ask(name, ask) for name, ask in checks.items()}
    ok = all(finding.ok for finding in findings.values())
    body = {"ok": ok, "checks": {name: {"ok": finding.ok, **finding.facts} for name, finding in findings.items()}}
    return JsonResponse(body, status=200 if ok else 503)


def _ask(name: str, ask: Check) -> Finding:
    try:
        return ask()
    except (
        Exception
    ):  # in whatever way it fails, the answer is "not ready" and not a page of our own error; the log says why
        logger.exception("readiness check %s failed", name)
        return Finding(ok=False)
