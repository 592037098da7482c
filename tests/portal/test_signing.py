"""Coming in, going out, and how somebody reads."""

from typing import Any

import pytest
from django.test import Client

from stores.portal import signing
from tests.fair import PASSWORD, Fair

DOOR = "/portal/sign-in/"


def enter(client: Client, email: str, password: str = PASSWORD, **more: str) -> Any:
    return client.post(DOOR, {"username": email, "password": password, **more})


def test_the_start_page_leads_to_the_door_and_the_door_to_the_desk(fair: Fair) -> None:
    client = Client()

    assert client.get("/")["Location"] == "/portal/"
    assert client.get("/portal/")["Location"] == f"{DOOR}?next=/portal/"
    assert enter(client, "OWNER@lin.example")["Location"] == "/portal/", "an e-mail means the same whatever its case"
    assert client.get("/portal/").status_code == 200
    assert client.get(DOOR)["Location"] == "/portal/", "who is in need not knock"


def test_the_door_leads_on_to_what_was_asked_for_and_never_elsewhere(fair: Fair) -> None:
    assert (
        enter(Client(), "owner@lin.example", next="/portal/orders/?state=shipped")["Location"]
        == "/portal/orders/?state=shipped"
    )
    for elsewhere in ("https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"):
        assert enter(Client(), "owner@lin.example", next=elsewhere)["Location"] == "/portal/", elsewhere


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("owner@lin.example", "wrong"),
        ("nobody@lin.example", PASSWORD),
        ("", ""),
        ("x" * 5000, "y" * 5000),
        ("a\x00b@lin.example", "p\x00"),
    ],
)
def test_a_wrong_try_is_refused_without_telling_what_was_wrong(email: str, password: str, fair: Fair) -> None:
    client = Client()

    answer = enter(client, email, password)

    assert answer.status_code == 422
    assert "_auth_user_id" not in client.session


def test_too_many_wrong_passwords_close_the_door_for_a_while(fair: Fair) -> None:
    client = Client()
    for _try in range(signing.TRIES_BY_EMAIL):
        assert enter(client, "owner@lin.example", "wrong").status_code == 422

    closed = enter(client, "owner@lin.example")

    assert closed.status_code == 429
    assert closed["Retry-After"] == str(signing.WINDOW_SECONDS)
    assert "too many wrong tries" in closed.content.decode()
    assert enter(client, "manager@lin.example").status_code == 302, "a colleague is not kept out"


def test_one_address_cannot_try_all_the_people(fair: Fair) -> None:
    for number in range(signing.TRIES_BY_ADDRESS):
        enter(Client(), f"somebody{number}@lin.example", "wrong")

    assert enter(Client(), "owner@lin.example").status_code == 429


def test_a_closed_sign_in_does_not_open(fair: Fair) -> None:
    person = fair.staff["support"]
    client = Client()
    client.force_login(person)
    person.is_active = False
    person.save()

    assert enter(Client(), person.email).status_code == 422
    assert client.get("/portal/").status_code == 302, "nor does a session that was open before"


def test_going_out_takes_a_post(fair: Fair) -> None:
    client = Client()
    enter(client, "owner@lin.example")

    assert client.get("/portal/sign-out/").status_code == 405
    assert client.post("/portal/sign-out/")["Location"] == DOOR
    assert client.get("/portal/").status_code == 302


def test_who_serves_no_store_is_told_so(fair: Fair) -> None:
    client = Client()
    client.force_login(fair.moderators["auditor"])

    answer = client.get("/portal/")

    assert answer.status_code == 403
    assert "You serve no store" in answer.content.decode()
    assert "Go to the console" in answer.content.decode()


def test_moments_are_written_in_the_zone_that_the_reader_chose(fair: Fair) -> None:
    client = Client()
    enter(client, "owner@lin.example")
    order = fair.paid()
    address = f"/portal/orders/{order.public_id}/"
    assert "UTC+8" in client.get(address).content.decode()

    answer = client.post("/portal/you/", {"name": "Mei Lin", "zone": "America/St_Johns", "language": "en"})

    assert answer.status_code == 302
    page = client.get(address).content.decode()
    assert "America/St_Johns" in page
    assert "UTC−3:30" in page
    assert "UTC+8" not in page


@pytest.mark.parametrize(
    "typed",
    [
        {"zone": "Mars/Olympus", "language": "en"},
        {"zone": "", "language": "xx"},
        {"zone": "../../etc", "language": "en"},
        {"name": "x" * 121, "language": "en"},
        {"name": "a\x00b", "language": "en"},
    ],
)
def test_settings_that_make_no_sense_are_not_kept(typed: dict[str, str], fair: Fair) -> None:
    client = Client()
    enter(client, "owner@lin.example")

    answer = client.post("/portal/you/", typed)

    assert answer.status_code == 422
    fair.staff["owner"].refresh_from_db()
    assert (fair.staff["owner"].zone, fair.staff["owner"].language, fair.staff["owner"].name) == (
        "",
        "en",
        "Owner of Lin",
    )


def test_the_password_changes_with_the_old_one_only(fair: Fair) -> None:
    client = Client()
    enter(client, "owner@lin.example")
    new = "a lantern over the gate"

    wrong = client.post("/portal/you/password/", {"old_password": "no", "new_password1": new, "new_password2": new})
    weak = client.post(
        "/portal/you/password/", {"old_password": PASSWORD, "new_password1": "12345678", "new_password2": "12345678"}
    )
    good = client.post("/portal/you/password/", {"old_password": PASSWORD, "new_password1": new, "new_password2": new})

    assert (wrong.status_code, weak.status_code, good.status_code) == (422, 422, 302)
    assert client.get("/portal/").status_code == 200, "this session goes on"
    assert enter(Client(), "owner@lin.example", new).status_code == 302
    assert enter(Client(), "owner@lin.example").status_code == 422


def test_nothing_of_a_page_is_kept_by_the_browser_or_run_inline(fair: Fair) -> None:
    client = Client()
    enter(client, "owner@lin.example")

    answer = client.get("/portal/")

    assert "no-store" in answer["Cache-Control"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    page = answer.content.decode()
    assert "style=" not in page
    assert "onclick" not in page
