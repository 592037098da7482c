"""Production starts with secure settings or not at all."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.production import insecurities

ROOT = Path(__file__).resolve().parents[2]
KEY = "k3-".join("abcdefghijklmnopqrstuvwxyz0123456789")
SECURE = {
    "SECRET_KEY": KEY,
    "SIGNING_KEY": KEY[::-1],
    "DEBUG": False,
    "ALLOWED_HOSTS": ["court.example"],
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "SECURE_SSL_REDIRECT": True,
    "SECURE_HSTS_SECONDS": 3600,
    "CSRF_TRUSTED_ORIGINS": [],
}
ADDRESS = {"DATABASE_URL": "postgres:///fair"}


def test_secure_settings_have_no_fault():
    assert list(insecurities(SECURE, ADDRESS)) == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"SECRET_KEY": ""}, "PIEPOWDER_SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "PIEPOWDER_SECRET_KEY"),
        ({"SECRET_KEY": "a" * 60}, "PIEPOWDER_SECRET_KEY"),
        ({"SECRET_KEY": f"insecure{KEY}"}, "PIEPOWDER_SECRET_KEY"),
        ({"SIGNING_KEY": ""}, "PIEPOWDER_SIGNING_KEY"),
        ({"SIGNING_KEY": KEY}, "SIGNING_KEY is the SECRET_KEY"),
        ({"DEBUG": True}, "PIEPOWDER_DEBUG"),
        ({"ALLOWED_HOSTS": []}, "PIEPOWDER_ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": ["court.example", "*"]}, "PIEPOWDER_ALLOWED_HOSTS"),
        ({"SESSION_COOKIE_SECURE": False}, "PIEPOWDER_SECURE_COOKIES"),
        ({"CSRF_COOKIE_SECURE": False}, "PIEPOWDER_SECURE_COOKIES"),
        ({"SECURE_SSL_REDIRECT": False}, "PIEPOWDER_SSL_REDIRECT"),
        ({"SECURE_HSTS_SECONDS": 0}, "PIEPOWDER_HSTS_SECONDS"),
        ({"CSRF_TRUSTED_ORIGINS": ["http://court.example"]}, "PIEPOWDER_TRUSTED_ORIGINS"),
    ],
)
def test_each_fault_names_the_variable_that_mends_it(change, named):
    faults = list(insecurities({**SECURE, **change}, ADDRESS))

    assert len(faults) == 1
    assert named in faults[0]


def test_the_private_database_is_not_for_production():
    assert ["DATABASE_URL" in fault for fault in insecurities(SECURE, {})] == [True]


def import_settings(**variables):
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PIEPOWDER_", "DATABASE_"))}
    return subprocess.run(
        [sys.executable, "-c", "import config.settings"],
        cwd=ROOT,
        env={**environment, "PIEPOWDER_ENV": "production", **variables},
        capture_output=True,
        text=True,
    )


def test_a_process_with_nothing_set_ends_with_all_faults_in_one_message():
    process = import_settings()

    assert process.returncode != 0
    for name in ("PIEPOWDER_SECRET_KEY", "PIEPOWDER_ALLOWED_HOSTS", "DATABASE_URL"):
        assert name in process.stderr


def test_a_process_with_four_variables_starts():
    process = import_settings(
        PIEPOWDER_SECRET_KEY=KEY, PIEPOWDER_SIGNING_KEY=KEY[::-1], PIEPOWDER_ALLOWED_HOSTS="court.example", **ADDRESS
    )

    assert (process.returncode, process.stderr) == (0, "")


def test_a_misspelt_environment_is_refused():
    process = import_settings(PIEPOWDER_ENV="prod")

    assert process.returncode != 0
    assert "development, test or production" in process.stderr
