"""The demonstration's processes: they start together and end together."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from urllib.parse import quote
from urllib.request import urlopen

import pytest
from django.db import connection

from config.demo import supervisor
from config.demo.fair import words
from config.demo.supervisor import Died, Supervisor
from stores.models import Storefront

STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)"
)


def alive(number):
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_death_of_one_ends_all_and_tells_its_last_words(tmp_path):
    with pytest.raises(Died) as fault, Supervisor(tmp_path, {}) as children:
        sleeper = children.start("sleeper", [sys.executable, "-c", "import time; time.sleep(60)"])
        children.start("weak", [sys.executable, "-c", "print('no more oil'); raise SystemExit(3)"])
        children.watch()

    assert "weak ended with code 3" in str(fault.value)
    assert "no more oil" in str(fault.value)
    assert not alive(sleeper.process.pid)


def test_who_does_not_listen_is_killed_when_patience_ends(tmp_path, monkeypatch):
    assert supervisor.PATIENCE < 10
    monkeypatch.setattr(supervisor, "PATIENCE", 0.5)
    with Supervisor(tmp_path, {}) as children:
        child = children.start("stubborn", [sys.executable, "-c", STUBBORN])
        while b"ready" not in child.log.read_bytes():
            time.sleep(0.02)

    assert child.process.returncode == -signal.SIGKILL
    assert not alive(child.process.pid)


def start_demo(tmp_path, port):
    settings = connection.settings_dict
    password = f":{quote(settings['PASSWORD'])}" if settings.get("PASSWORD") else ""
    host = quote(str(settings["HOST"]), safe="")
    address = (
        f"postgresql://{settings['USER']}{password}@/{settings['NAME']}?host={host}&port={settings['PORT'] or 5432}"
    )
    environment = {
        **os.environ,
        "DATABASE_URL": address,
        "PIEPOWDER_ENV": "test",
        "PIEPOWDER_DATA": str(tmp_path),
        "PYTHONUNBUFFERED": "1",
    }
    return subprocess.Popen(
        [sys.executable, "manage.py", "demo", "--port", str(port)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until_ready(demo):
    said = []
    for line in demo.stdout:
        said.append(line)
        if "Ctrl-C ends everything" in line:
            return "".join(said)
    pytest.fail(f"the demonstration did not start: {''.join(said)}")


@pytest.mark.django_db(transaction=True)
def test_it_starts_on_what_is_there_and_a_sigterm_ends_it(tmp_path):
    Storefront.objects.create(name=words()["storefronts"][0])
    port = free_port()
    demo = start_demo(tmp_path, port)

    said = until_ready(demo)
    with urlopen(f"http://127.0.0.1:{port}/readyz") as answer:
        assert answer.status == 200
    demo.send_signal(signal.SIGTERM)
    rest, _ = demo.communicate(timeout=60)

    assert "The marketplace is there already" in said
    assert re.search(r"moderator@piepowder.example +moderator", said)
    assert "Everything has ended" in rest
    assert demo.returncode == 0


@pytest.mark.django_db(transaction=True)
def test_a_port_that_is_taken_is_said_at_once(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        out, _ = start_demo(tmp_path, taken.getsockname()[1]).communicate(timeout=120)

    assert "choose another one with --port" in out
