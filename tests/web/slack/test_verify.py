"""Signatures: Slack's own example, the edges of the window, and everything hostile."""

import hashlib
import hmac
import random
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_bot.settings import Secret
from incident_bot.web.slack import verify
from incident_bot.web.slack.verify import Fault

# docs.slack.dev: verifying requests from Slack
SECRET: Final = Secret("8f742231b10e8888abcd99yyyzzz85a5")
TIMESTAMP: Final = "1531420618"
NOW: Final = 1531420618.0
BODY: Final = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow"
    b"&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner"
    b"&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands"
    b"%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
SIGNATURE: Final = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"


def fault(
    timestamp: str | None = TIMESTAMP,
    signature: str | None = SIGNATURE,
    body: bytes = BODY,
    *,
    secrets: tuple[Secret, ...] = (SECRET,),
    now: float = NOW,
) -> Fault | None:
    return verify.fault(timestamp, signature, body, secrets=secrets, now=now)


def signed(timestamp: str, body: bytes, secret: str) -> str:
    """A signature made the way the documentation says, apart from our own code."""
    base = f"v0:{timestamp}:".encode() + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def test_slacks_published_example_is_accepted() -> None:
    assert fault() is None
    assert verify.sign(TIMESTAMP, BODY, SECRET) == SIGNATURE.encode()


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, None),
        (299, None),
        (300, None),
        (300.5, Fault.STALE),
        (301, Fault.STALE),
        (-300, None),
        (-300.5, Fault.FUTURE),
        (-301, Fault.FUTURE),
    ],
)
def test_a_request_is_good_for_five_minutes_either_way(
    seconds: float, expected: Fault | None
) -> None:
    assert fault(now=NOW + seconds) == expected


@pytest.mark.parametrize("secrets", [("old", "new"), ("new", "old")])
@pytest.mark.parametrize("used", ["old", "new"])
def test_both_secrets_of_a_rotation_are_accepted(secrets: tuple[str, str], used: str) -> None:
    given = tuple(Secret(each) for each in secrets)
    assert fault(signature=signed(TIMESTAMP, BODY, used), secrets=given) is None
    assert fault(signature=signed(TIMESTAMP, BODY, "third"), secrets=given) is Fault.MISMATCH


def test_any_bytes_can_be_signed() -> None:
    body = bytes(range(256)) * 4
    assert fault(signature=signed(TIMESTAMP, body, SECRET.reveal()), body=body) is None


@pytest.mark.parametrize("timestamp", [None, ""])
def test_a_request_without_a_timestamp_is_refused(timestamp: str | None) -> None:
    assert fault(timestamp) is Fault.MISSING


@pytest.mark.parametrize("signature", [None, ""])
def test_a_request_without_a_signature_is_refused(signature: str | None) -> None:
    assert fault(signature=signature) is Fault.MISSING


@pytest.mark.parametrize(
    "timestamp",
    [
        *("now", "1531420618.0", "-1531420618", "+1531420618", " 1531420618", "1531420618\n"),
        *("1_531_420_618", "0x5b47", "1e9", "nan", "inf", "١٥٣١٤٢٠٦١٨", "9" * 12, "1" * 5000),
    ],
)
def test_a_timestamp_that_is_no_plain_number_is_refused(timestamp: str) -> None:
    assert fault(timestamp, signed(timestamp, BODY, SECRET.reveal())) is Fault.MALFORMED


@pytest.mark.parametrize(
    "signature",
    [
        SIGNATURE.upper(),
        SIGNATURE + "\n",
        SIGNATURE + "0",
        SIGNATURE[:-1],
        SIGNATURE[3:],
        "v1" + SIGNATURE[2:],
        "v0=" + "é" * 64,
        "v0=" + "٣" * 64,
        "v0=" + "\x00" * 64,
        "v0=" + "a" * 100_000,
    ],
)
def test_a_signature_of_another_shape_is_refused(signature: str) -> None:
    assert fault(signature=signature) is Fault.MALFORMED


def test_the_same_number_written_differently_is_another_timestamp() -> None:
    assert fault("0" + TIMESTAMP) is Fault.MISMATCH


def test_hostile_requests_are_refused_without_an_exception() -> None:
    chance = random.Random(20_000)
    for _ in range(20_000):
        timestamp = chance.choice((TIMESTAMP, _noise(chance)))
        body = chance.choice((BODY, chance.randbytes(chance.randrange(40))))
        signature = chance.choice((SIGNATURE, _noise(chance), f"v0={_noise(chance)}"))
        expected_good = (timestamp, signature, body) == (TIMESTAMP, SIGNATURE, BODY)
        assert (fault(timestamp, signature, body) is None) == expected_good


def _noise(chance: random.Random) -> str:
    """Text of every kind, halves of surrogate pairs and unusual digits among it."""
    alphabet = "0123456789abcdef=v.-+ \n\r\x00\x7fé٣\U0001d7d8\ud800\udfff\u2028"
    return "".join(chance.choices(alphabet, k=chance.randrange(70)))


def test_every_changed_byte_of_the_body_is_noticed() -> None:
    for position in range(len(BODY)):
        changed = bytearray(BODY)
        changed[position] ^= 1
        assert fault(body=bytes(changed)) is Fault.MISMATCH
        assert fault(body=BODY[:position] + BODY[position + 1 :]) is Fault.MISMATCH


def test_every_changed_character_of_the_signature_is_noticed() -> None:
    for position in range(3, len(SIGNATURE)):
        for digit in set("0123456789abcdef") - {SIGNATURE[position]}:
            changed = SIGNATURE[:position] + digit + SIGNATURE[position + 1 :]
            assert fault(signature=changed) is Fault.MISMATCH


@given(age=st.integers(-300, 300).filter(bool))
def test_a_timestamp_that_was_not_signed_is_noticed(age: int) -> None:
    assert fault(str(int(TIMESTAMP) + age)) is Fault.MISMATCH


@given(body=st.binary(), secret=st.text(min_size=1, max_size=40).filter(str.isascii))
def test_whatever_slack_signs_is_accepted_and_nobody_elses(body: bytes, secret: str) -> None:
    signature = signed(TIMESTAMP, body, secret)
    assert fault(signature=signature, body=body, secrets=(Secret(secret),)) is None
    assert fault(signature=signature, body=body, secrets=(Secret(secret + "x"),)) is not None
