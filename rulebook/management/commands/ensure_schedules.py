"""`manage.py ensure_schedules`: what the task queue does every minute. Can run any time after the migrations."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from rulebook.tasks import SCHEDULES, ensure_schedules


class Command(BaseCommand):
    help = "Make the queue's schedule what it should be."

    def handle(self, *args: Any, **options: Any) -> None:
        made = ensure_schedules()
        self.stdout.write(f"{len(SCHEDULES)} schedules, {len(made)} of them new")
