"""Django's PostgreSQL backend on the private server of DATABASES["…"]["PRIVATE_SERVER"]."""

from typing import Any

from django.db.backends.postgresql import base
from django.db.backends.postgresql import client as postgresql_client
from django.db.utils import OperationalError
from psycopg import OperationalError as DriverError

from config.postgres.server import Server


class DatabaseClient(postgresql_client.DatabaseClient):
    def runshell(self, parameters: Any) -> None:
        self.connection.use_private_server()
        super().runshell(parameters)


class DatabaseWrapper(base.DatabaseWrapper):
    client_class = DatabaseClient

    def use_private_server(self) -> None:
        """Make sure, once in a process, that the server runs, and point the settings at its socket."""
        server = Server.at(self.settings_dict["PRIVATE_SERVER"])
        server.ensure()
        self.settings_dict["HOST"] = str(server.place.sockets)

    def get_connection_params(self) -> dict[str, Any]:
        self.use_private_server()
        return super().get_connection_params()

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A second try when the server was stopped behind the back of a process that had seen it run."""
        try:
            return super().get_new_connection(conn_params)
        except (DriverError, OperationalError):
            server = Server.at(self.settings_dict["PRIVATE_SERVER"])
            if server.is_running():
                raise
            server.start()
            return super().get_new_connection(conn_params)
