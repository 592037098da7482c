"""`manage.py demo`: the whole marketplace on one machine, seeded once, until Ctrl-C."""

from __future__ import annotations

import secrets
import socket
import sys
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from config.demo import seeding
from config.demo.supervisor import Died, Stopped, Supervisor, manage
from config.postgres.places import ServerError
from config.postgres.server import Server
from rulebook.clock import now
from rulebook.progress import Progress
from rulebook.tasks import ensure_schedules

HOST = "127.0.0.1"
PACE = 1440
"""A day of the sandbox carrier's journeys passes in a minute: what is shipped by hand is scanned while one looks."""
SHOWN = (
    ("moderator@piepowder.example", "moderator (arbitrator)", "console/"),
    ("second@piepowder.example", "second moderator (senior arbitrator)", "console/"),
    ("finance@piepowder.example", "finance officer", "console/"),
    ("policy@piepowder.example", "policy manager", "console/"),
    ("mei@kilnandclay.example", "owner of Kiln & Clay and Copper & Wick", "portal/"),
    ("jonas@northlight.example", "owner of Northlight Optics", "portal/"),
    ("tomas@kilnandclay.example", "packs for Kiln & Clay", "portal/"),
    ("pavel@kilnandclay.example", "money of Kiln & Clay", "portal/"),
    ("aisha@fairhands.example", "support of Kiln & Clay, manager of Papermoon Stationery", "portal/"),
    ("viewer@northlight.example", "may only look at Northlight Optics", "portal/"),
)


class Command(BaseCommand):
    help = "Run a small believable marketplace: database, web, sweeper, task queue. Seeds it the first time."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reset", action="store_true", help="Empty the private database first and seed anew.")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--no-serve", action="store_true", help="Seed and end.")

    def handle(self, *, reset: bool, port: int, no_serve: bool, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demonstration has known passwords; it does not run with PIEPOWDER_ENV=production.")
        self.home = Path(settings.DATA) / "demo"
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not no_serve:
            _insist_on_free(port)
        started_here = not _private_server_runs()
        try:
            if reset:
                self._reset()
            self._prepare()
            if not no_serve:
                self._serve(port)
        except KeyboardInterrupt:
            raise CommandError(
                "Stopped before everything was there; nothing half-made was kept. Run it again."
            ) from None
        except (Died, ServerError) as fault:
            raise CommandError(str(fault)) from None
        finally:
            if started_here:
                _stop_private_server()

    # ------------------------------------------------------------------ before

    def _reset(self) -> None:
        server = _private_server()
        if server is None:
            raise CommandError("--reset empties the private database only; DATABASE_URL names another one.")
        connection.close()
        server.reset()
        self.stdout.write("The private database is empty.")

    def _prepare(self) -> None:
        call_command("migrate", interactive=False, verbosity=0, stdout=self.stdout)
        if seeding.is_seeded():
            self.stdout.write("The marketplace is there already; --reset makes a new one.")
        else:
            self._seed()
        ensure_schedules()

    def _seed(self) -> None:
        began = time.perf_counter()
        self.stdout.write("Seeding two months of a marketplace, act by act …")
        with _without_query_log(), Progress(self.stdout, 100, "per cent", rate=False) as progress:
            seeded = seeding.seed(now(), tell=lambda done, total: progress.advance(done * 100 // total - progress.done))
        self.stdout.write(
            f"{seeded.orders} orders and {seeded.disputes} disputes in {time.perf_counter() - began:.0f} s."
        )
        lines = [f"{name}: {text}\n" for name, text in seeded.keys.items()]
        _write_secret(self.home / "keys.txt", "".join(lines))
        self.stdout.write(f"API keys (shown once; kept in {self.home / 'keys.txt'}):")
        for line in lines:
            self.stdout.write(f"  {line.rstrip()}")

    # ------------------------------------------------------------------ while it runs

    def _serve(self, port: int) -> None:
        address = f"http://{HOST}:{port}"
        with Supervisor(self.home / "logs", self._environment(port)) as children:
            try:
                children.start("web", [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py", "config.wsgi"])
                children.start("sweeper", manage("sweep"))
                children.start("queue", manage("watch_queue"))
                children.start("outbox", manage("deliver", "--loop"))
                children.start("carrier", manage("sandbox_carrier", "--follow", "--pace", str(PACE)))
                children.wait_for(f"{address}/healthz")
                self._greet(address)
                children.watch()
            except Stopped:
                self.stdout.write("\nEnding …")
        self.stdout.write("Everything has ended. The data stay for the next time.")

    def _environment(self, port: int) -> dict[str, str]:
        key = (
            Path(settings.DATA) / "secret_key"
        )  # read by the settings, so that commands beside the demonstration have it, too
        if not key.exists():
            _write_secret(key, secrets.token_urlsafe(50))
        mail = Path(settings.DATA) / "mail"
        mail.mkdir(parents=True, exist_ok=True)
        return {
            "PIEPOWDER_ENV": settings.ENV,
            "PIEPOWDER_DEBUG": "0",
            "PIEPOWDER_BIND": f"{HOST}:{port}",
            "PIEPOWDER_EMAIL_FOLDER": str(mail),
            "PYTHONUNBUFFERED": "1",
        }

    def _greet(self, address: str) -> None:
        say = self.stdout.write
        say("")
        say(f"  Console  {address}/console/     moderators, finance, policy")
        say(f"  Portal   {address}/portal/      sellers and their staff")
        say(f"  API      {address}/api/docs/    keys in {self.home / 'keys.txt'}")
        say(f"  E-mails  {Path(settings.DATA) / 'mail'}")
        say("")
        say(f"  Sign in with the password: {seeding.PASSWORD}")
        for email, what, door in SHOWN:
            say(f"    {email:<30} {what:<56} /{door}")
        say("")
        say("  Deadlines fire while you look; parcels that you ship travel a day in a minute. Ctrl-C ends everything.")


def _insist_on_free(port: int) -> None:
    if not 1 <= port <= 65535:
        raise CommandError(f"--port {port}: a port is a number from 1 to 65535.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise CommandError(
                f"Port {port} cannot be used ({error.strerror}); choose another one with --port."
            ) from None


def _private_server() -> Server | None:
    home = settings.DATABASES["default"].get("PRIVATE_SERVER")
    return Server.at(home) if home else None


def _private_server_runs() -> bool:
    server = _private_server()
    return server is None or server.is_running()


def _stop_private_server() -> None:
    server = _private_server()
    if server is not None:
        connection.close()
        server.stop()


class _without_query_log:
    """In debug mode Django keeps every statement; the seeding makes too many."""

    def __enter__(self) -> None:
        self.before, connection.force_debug_cursor = settings.DEBUG, False
        settings.DEBUG = False

    def __exit__(self, *_: object) -> None:
        settings.DEBUG = self.before


def _write_secret(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text)
