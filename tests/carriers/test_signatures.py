"""A signed notice comes from who knows the secret, now, unchanged."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest

from rulebook.webhooks import BadSignature, new_secret, sign, verify

SENT = datetime(2026, 3, 7, 6, 0, tzinfo=UTC)
BODY = b'{"events": []}'


def test_the_header_is_what_anybody_can_compute_with_common_tools():
    mac = hmac.new(b"secret", b"1772863200." + BODY, hashlib.sha256).hexdigest()

    assert sign(BODY, "secret", at=SENT) == f"t=1772863200,v1={mac}"


def test_a_good_signature_tells_when_the_notice_was_sent():
    assert verify(sign(BODY, "secret", at=SENT), BODY, ["secret"], at=SENT + timedelta(seconds=3)) == SENT


@pytest.mark.parametrize("signed_with", [("old",), ("new",), ("new", "old"), ("another", "old")])
def test_while_a_secret_is_changed_both_are_good_on_either_side(signed_with):
    assert verify(sign(BODY, *signed_with, at=SENT), BODY, ["new", "old"], at=SENT) == SENT


@pytest.mark.parametrize(
    ("elapsed", "good"), [("-301", False), ("-300", True), ("0", True), ("300", True), ("301", False)]
)
def test_five_minutes_between_the_clocks_are_too_many_from_the_second_after(elapsed, good):
    header, moment = sign(BODY, "secret", at=SENT), SENT + timedelta(seconds=int(elapsed))

    if good:
        assert verify(header, BODY, ["secret"], at=moment) == SENT
    else:
        with pytest.raises(BadSignature, match="300 seconds"):
            verify(header, BODY, ["secret"], at=moment)


def changed(text: str, place: int) -> str:
    return text[:place] + ("0" if text[place] != "0" else "1") + text[place + 1 :]


GOOD = sign(BODY, "secret", at=SENT)


@pytest.mark.parametrize(
    ("header", "body"),
    [
        (changed(GOOD, len(GOOD) - 1), BODY),
        (changed(GOOD, len("t=1772863200,v1=")), BODY),
        (changed(GOOD, len("t=177286320")), BODY),
        (GOOD, BODY + b" "),
        (GOOD, b""),
        (sign(BODY, "guess", at=SENT), BODY),
        (sign(BODY, "secret ", at=SENT), BODY),
    ],
)
def test_what_was_changed_on_the_way_or_signed_by_others_is_not_believed(header, body):
    with pytest.raises(BadSignature, match="does not fit"):
        verify(header, body, ["secret"], at=SENT)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "v1=" + "0" * 64,
        "t=1772863200",
        "t=1772863200,v1=",
        f"t=1772863200,v2={GOOD[-64:]}",
        GOOD.upper(),
        f" {GOOD}",
        f"{GOOD},",
        f"{GOOD}\n",
        GOOD.replace("t=", "t=-"),
        GOOD.replace("1772863200", "١٧٧٢٨٦٣٢٠٠"),
        GOOD.replace("1772863200", "1" * 400),
        GOOD + ",v1=é" + "0" * 63,
        GOOD + f",v1={'0' * 64}" * 20,
        "\x00",
    ],
)
def test_whatever_else_stands_in_the_header_is_refused_without_a_stumble(header):
    with pytest.raises(BadSignature):
        verify(header, BODY, ["secret"], at=SENT)


def test_without_a_secret_nobody_is_believed_and_nothing_is_signed():
    with pytest.raises(BadSignature):
        verify(GOOD, BODY, [], at=SENT)
    with pytest.raises(BadSignature):
        verify(
            f"t=1772863200,v1={hmac.new(b'', b'1772863200.' + BODY, hashlib.sha256).hexdigest()}", BODY, [""], at=SENT
        )
    for secrets in [(), ("",), ("secret", "")]:
        with pytest.raises(ValueError):
            sign(BODY, *secrets, at=SENT)


def test_a_new_secret_is_long_and_never_the_same():
    made = {new_secret() for _ in range(50)}

    assert len(made) == 50
    assert all(len(secret) >= 40 for secret in made)
