"""Checks that Slack signed a request, over its raw bytes."""

import hashlib
import hmac
import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from incident_bot.settings import Secret

WINDOW_SECONDS: Final = 300  # docs.slack.dev: verifying requests from Slack


class Fault(StrEnum):
    """The reason of a refusal; for the log, never for the sender."""

    MISSING = "missing"
    MALFORMED = "malformed"
    STALE = "stale"
    FUTURE = "future"
    MISMATCH = "mismatch"
    FOREIGN_TEAM = "foreign_team"


def fault(
    timestamp: str | None,
    signature: str | None,
    body: bytes,
    *,
    secrets: Sequence[Secret],
    now: float,
) -> Fault | None:
    """Return None when a secret signed exactly these bytes within five minutes of `now`."""
    if not timestamp or not signature:
        return Fault.MISSING
    if not re.fullmatch(r"[0-9]{1,11}", timestamp, re.ASCII):
        return Fault.MALFORMED
    if not re.fullmatch(r"v0=[0-9a-f]{64}", signature, re.ASCII):
        return Fault.MALFORMED
    if abs(age := now - int(timestamp)) > WINDOW_SECONDS:
        return Fault.STALE if age > 0 else Fault.FUTURE
    given = signature.encode()
    # Every secret is tried, so that the time taken does not tell which one was near.
    matches = [hmac.compare_digest(sign(timestamp, body, each), given) for each in secrets]
    return None if any(matches) else Fault.MISMATCH


def sign(timestamp: str, body: bytes, secret: Secret) -> bytes:
    """Return the signature Slack puts on a request."""
    base = b"v0:" + timestamp.encode() + b":" + body
    return b"v0=" + hmac.new(secret.reveal().encode(), base, hashlib.sha256).hexdigest().encode()
