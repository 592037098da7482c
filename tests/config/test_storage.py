"""Evidence lies in a folder, or in a bucket of a service that speaks S3; either way views alone hand it out."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import InMemoryStorage, storages
from django.test import Client

from config.storage import storage
from rulebook.samples import sample
from tests.fair import PASSWORD, build_fair

S3 = "storages.backends.s3.S3Storage"


def test_without_an_address_evidence_lies_in_the_folder():
    assert storage("") == {"BACKEND": "django.core.files.storage.FileSystemStorage"}


def test_a_bucket_is_named_by_one_address():
    found = storage("s3://AKIA1:se%2Fcret@evidence/court?region=eu-central-1&endpoint=https://s3.example&style=path")

    assert found["BACKEND"] == S3
    assert found["OPTIONS"] == {
        "bucket_name": "evidence",
        "location": "court",
        "default_acl": None,
        "querystring_auth": True,
        "file_overwrite": True,
        "region_name": "eu-central-1",
        "endpoint_url": "https://s3.example",
        "addressing_style": "path",
        "access_key": "AKIA1",
        "secret_key": "se/cret",
    }


def test_without_a_key_in_the_address_the_machine_says_who_it_is():
    options = storage("s3://evidence")["OPTIONS"]

    assert (options["bucket_name"], options["location"]) == ("evidence", "")
    assert not {"access_key", "secret_key"} & options.keys()


@pytest.mark.parametrize(
    "address", ["https://evidence", "s3:///court", "s3://", "gs://evidence", "s3://evidence?public=1", "evidence"]
)
def test_another_address_is_refused_without_repeating_it(address: str):
    with pytest.raises(ImproperlyConfigured, match="PIEPOWDER_STORAGE_URL") as refusal:
        storage(address.replace("://", "://key:hush@", 1))

    assert "hush" not in str(refusal.value)


def test_an_endpoint_is_a_web_address():
    with pytest.raises(ImproperlyConfigured, match="endpoint"):
        storage("s3://evidence?endpoint=file:///etc")


class Elsewhere(InMemoryStorage):
    """A store of objects far away: no address of it opens without asking."""

    opened: list[str] = []

    def url(self, name: str) -> str:
        raise AssertionError("nobody is sent to the storage itself")

    def _open(self, name: str, mode: str = "rb"):
        self.opened.append(name)
        return super()._open(name, mode)


@pytest.mark.django_db
def test_files_of_another_storage_go_out_through_the_view_that_asks_who_is_reading(settings):
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": f"{__name__}.Elsewhere"}}
    fair = build_fair()
    dispute = fair.disputed()
    piece = fair.do("buyer.add_evidence", on=dispute, file=sample("crack.jpg"))
    assert storages["default"].exists(piece.file_key)
    address = f"/portal/disputes/{dispute.public_id}/evidence/{piece.public_id}/"
    owner = Client()
    owner.login(username=fair.staff["owner"].email, password=PASSWORD)
    stranger = Client()
    stranger.login(username=fair.stranger.email, password=PASSWORD)

    found = owner.get(address)

    assert (found.status_code, found["Content-Type"]) == (200, "image/jpeg")
    assert found.content == storages["default"].open(piece.file_key).read()
    assert "sandbox" in found["Content-Security-Policy"]
    before = len(Elsewhere.opened)
    assert stranger.get(address).status_code == 404
    assert Client().get(address).status_code == 302
    assert len(Elsewhere.opened) == before, "a stranger does not make the storage work"
