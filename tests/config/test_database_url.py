"""DATABASE_URL and what stands in for it."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.database import database, from_url


def test_every_part_of_the_address_is_read():
    settings = from_url("postgresql://cl%40rk:p%2Fw%3A1@db.example:6432/fair?sslmode=require&connect_timeout=3")

    assert settings == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "fair",
        "USER": "cl@rk",
        "PASSWORD": "p/w:1",
        "HOST": "db.example",
        "PORT": "6432",
        "OPTIONS": {"sslmode": "require", "connect_timeout": "3"},
    }


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("postgres:///fair", "", ""),
        ("postgres:///fair?host=/run/postgresql", "/run/postgresql", ""),
        ("postgres://clerk@/fair?host=/run/postgresql&port=5433", "/run/postgresql", "5433"),
        ("postgres://%2Frun%2Fpg/fair", "/run/pg", ""),
        ("postgres://[::1]:5432/fair", "::1", "5432"),
    ],
)
def test_a_server_is_found_by_socket_folder_or_by_address(url, host, port):
    settings = from_url(url)

    assert (settings["HOST"], settings["PORT"], settings["OPTIONS"]) == (host, port, {})


@pytest.mark.parametrize("url", ["mysql://u:secret@h/fair", "postgres://u:secret@h", "postgres://u:secret@h:9z/fair"])
def test_a_wrong_address_is_refused_without_repeating_its_password(url):
    with pytest.raises(ImproperlyConfigured) as refusal:
        from_url(url)

    assert "secret" not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_without_an_address_there_is_a_private_server_in_the_data_folder(tmp_path):
    settings = database("", tmp_path, pool=False)

    assert settings["ENGINE"] == "config.postgres"
    assert settings["PRIVATE_SERVER"] == str(tmp_path / "postgres")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["", "postgres:///fair"])
def test_a_pool_is_there_only_when_asked_for(url, tmp_path):
    assert "pool" in database(url, tmp_path, pool=True)["OPTIONS"]
    assert "pool" not in database(url, tmp_path, pool=False)["OPTIONS"]
