"""Start, stop and look after one private PostgreSQL, which listens on a Unix socket in its owner's closed folder."""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, cached_property
from pathlib import Path
from subprocess import CompletedProcess

import psycopg
from psycopg import pq, sql
from psycopg.conninfo import make_conninfo

from config.database import PRIVATE_NAME
from config.postgres.places import SOCKET_NAME, Place, Programs, ServerError, find_programs, locate

PATIENCE = 60  # seconds that a start, a crash recovery or a stop may take
HELPERS_END = 10  # seconds in which the helpers of a killed server notice that it is gone

SETTINGS = {
    "listen_addresses": "",
    "port": "5432",  # of the socket's name only
    "unix_socket_permissions": "0700",
    "shared_buffers": "256MB",
    "max_connections": "200",
    "jit": "off",
    "fsync": "on",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class Server:
    """The private server of one data folder. It outlives the process that started it."""

    def __init__(self, wanted: Path) -> None:
        self.wanted = wanted
        self._seen_running = False

    @classmethod
    @cache
    def at(cls, wanted: str) -> "Server":
        """The same object for the same folder, so that a process looks after it once."""
        return cls(Path(wanted))

    @cached_property
    def place(self) -> Place:
        return locate(self.wanted)

    def ensure(self) -> None:
        """Start it unless this process has seen it run."""
        if not self._seen_running:
            self.start()

    def start(self) -> None:
        """Start it unless it runs; of several processes that try at once, one does and the others wait."""
        with self._alone():
            if not self.is_running():
                programs = self._programs()
                self._initialise(programs)
                self._write_settings()
                self._clear_stale_locks()
                self._launch(programs)
            self._create_database()
        self._seen_running = True

    def stop(self) -> bool:
        """Ends all connections. Returns False when it did not run."""
        with self._alone():
            if not self.is_running():
                return False
            answer = self._pg_ctl(self._programs(), "stop", "-m", "fast")
            if answer.returncode:
                raise ServerError(f"PostgreSQL did not stop: {answer.stderr.strip()}")
            self._seen_running = False
            return True

    def reset(self) -> None:
        """Stop it and delete its data; the next start makes an empty database."""
        self.stop()
        with self._alone():
            for path in (self.place.data, self.place.home / "data.new"):
                if path.exists():
                    shutil.rmtree(path)
            self.place.log.unlink(missing_ok=True)

    def is_running(self) -> bool:
        """True when it takes connections; waits for one that is just starting up or shutting down."""
        address = make_conninfo(**self._address(), connect_timeout=5)
        end = time.monotonic() + PATIENCE
        while (answer := pq.PGconn.ping(address.encode())) == pq.Ping.REJECT and time.monotonic() < end:
            time.sleep(0.1)
        return answer == pq.Ping.OK

    def _address(self) -> dict[str, str]:
        """Of the maintenance database, which is always there."""
        return {"host": str(self.place.sockets), "port": "5432", "dbname": "postgres", "user": PRIVATE_NAME}

    def process(self) -> int | None:
        """The number in the server's pid file, whether or not that process is alive."""
        try:
            return int((self.place.data / "postmaster.pid").read_text().split("\n")[0])
        except (FileNotFoundError, ValueError):
            return None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self.place.prepare()
        with self.place.lock.open("w") as lock:
            os.fchown(lock.fileno(), self.place.account.uid, self.place.account.gid)
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _programs(self) -> Programs:
        mark = self.place.data / "PG_VERSION"
        major = int(mark.read_text().split(".")[0]) if mark.exists() else None
        return find_programs(major).reachable_for(self.place)

    def _initialise(self, programs: Programs) -> None:
        """Make the cluster in a draft folder first: an interrupted initdb must not look like data."""
        if self.place.data.exists():
            return
        draft = self.place.home / "data.new"
        if draft.exists():
            shutil.rmtree(draft)
        answer = self.place.account.run(
            programs.folder / "initdb",
            f"--pgdata={draft}",
            f"--username={PRIVATE_NAME}",
            "--auth-local=trust",
            "--auth-host=reject",
            "--encoding=UTF8",
            *_locale(programs),
            cwd=self.place.home,
        )
        if answer.returncode:
            raise ServerError(f"PostgreSQL could not make its data folder: {answer.stderr.strip()}")
        with (draft / "postgresql.conf").open("a") as conf:
            conf.write("\ninclude_if_exists = 'piepowder.conf'\n")
        draft.rename(self.place.data)

    def _write_settings(self) -> None:
        settings = {**SETTINGS, "unix_socket_directories": str(self.place.sockets)}
        lines = [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'\n" for name, value in settings.items()]
        path = self.place.data / "piepowder.conf"
        path.write_text("".join(lines))
        os.chown(path, self.place.account.uid, self.place.account.gid)

    def _clear_stale_locks(self) -> None:
        """Remove a pid file whose number belongs to somebody else by now, as happens when a container is restarted.

        PostgreSQL itself clears those of dead processes and refuses those of living ones. All its processes work in
        the data folder, so if nobody does, the living one is a stranger.
        """
        number = self.process()
        if number is None or not _alive(number) or not Path("/proc/self/cwd").exists() or _used(self.place.data):
            return
        (self.place.data / "postmaster.pid").unlink()
        (self.place.sockets / f"{SOCKET_NAME}.lock").unlink(missing_ok=True)

    def _launch(self, programs: Programs) -> None:
        """Try for a while: as long as a killed server has living helpers, PostgreSQL refuses to start another."""
        end = time.monotonic() + HELPERS_END
        while True:
            answer = self._pg_ctl(programs, "start", f"--log={self.place.log}")
            if answer.returncode == 0:
                return
            if time.monotonic() >= end:
                raise ServerError(f"PostgreSQL did not start. The end of {self.place.log}:\n{_tail(self.place.log)}")
            time.sleep(0.5)

    def _pg_ctl(self, programs: Programs, act: str, *options: str) -> CompletedProcess[str]:
        command = [programs.folder / "pg_ctl", act, f"--pgdata={self.place.data}", "--wait", f"--timeout={PATIENCE}"]
        return self.place.account.run(*command, *options, cwd=self.place.home)

    def _create_database(self) -> None:
        with psycopg.connect(**self._address(), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [PRIVATE_NAME]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(PRIVATE_NAME)))


def _locale(programs: Programs) -> list[str]:
    """Sort by code point and know the letters of all scripts; from version 17 on without a locale of the machine."""
    if programs.major >= 17:
        return ["--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return ["--locale=C.UTF-8"]


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _used(folder: Path) -> bool:
    """Whether any process that we can look at has `folder` as its working directory."""
    for link in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if link.readlink() == folder.resolve():
                return True
        except OSError:
            continue
    return False


def _tail(path: Path, lines: int = 15) -> str:
    return (
        "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else "(no log was written)"
    )
