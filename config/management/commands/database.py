"""manage.py database start | stop | status | reset: the private PostgreSQL."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.postgres.places import ServerError
from config.postgres.server import Server


class Command(BaseCommand):
    help = "Start, stop, look at or empty the private PostgreSQL that is used when DATABASE_URL is not set."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("act", choices=["start", "stop", "status", "reset"])
        parser.add_argument("--yes", action="store_true", help="with reset: do not ask")

    def handle(self, *, act: str, yes: bool, **options: Any) -> None:
        wanted = settings.DATABASES["default"].get("PRIVATE_SERVER")
        if not wanted:
            raise CommandError("DATABASE_URL names the database; there is no private one to look after.")
        server = Server.at(wanted)
        try:
            getattr(self, act)(server, yes)
        except ServerError as error:
            raise CommandError(str(error)) from error

    def start(self, server: Server, yes: bool) -> None:
        server.start()
        self.status(server, yes)

    def stop(self, server: Server, yes: bool) -> None:
        self.stdout.write("stopped" if server.stop() else "it was not running")

    def status(self, server: Server, yes: bool) -> None:
        running = server.is_running()
        self.stdout.write(f"running, process {server.process()}" if running else "not running")
        self.stdout.write(f"data     {server.place.data}")
        self.stdout.write(f"log      {server.place.log}")
        self.stdout.write(f"socket   {server.place.sockets}")

    def reset(self, server: Server, yes: bool) -> None:
        question = f"Delete all data in {server.place.data}? Type yes: "
        if not yes and input(question).strip() != "yes":
            raise CommandError("Nothing was deleted.")
        server.reset()
        self.stdout.write("The database is empty; the next start makes a new one.")
