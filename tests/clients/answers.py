"""The answers of a vendor, and the failure that a client without rules of its own makes of each."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from incident_bot.errors import Reason
from incident_bot.settings import Secret
from tests.clients.vendor import Answer, closes, hangs, resets, resets_unread, says, sends

SECRET: Final = "c4n4ry"
"""Stands in the key, in each URL and in each body; no error and no log may show it."""

KEY: Final = Secret(f"xoxb-{SECRET}-key")
LIMITED: Final = "429 with Retry-After"
_HTML: Final = f"<html><h1>Server Error</h1>{SECRET}</html>".encode()


def error_body(code: str) -> bytes:
    """A refusal that both Slack and Statuspage might write."""
    return json.dumps({"ok": False, "error": code, "provided": SECRET}).encode()


def ok_body(**fields: Any) -> bytes:
    return json.dumps({"ok": True, "provided": SECRET, **fields}).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """The DeliveryError that an answer becomes; `is_held` says that it names a hold.

    `ambiguous` counts only for a request that writes.
    """

    reason: Reason
    retryable: bool = True
    ambiguous: bool = False
    retry_after: float | None = None
    is_held: bool = False


_CUT: Final = Failure(reason=Reason.CONNECTION, ambiguous=True)
_FAULT: Final = Failure(reason=Reason.VENDOR_FAULT, ambiguous=True)
_GARBAGE: Final = Failure(reason=Reason.GARBAGE, ambiguous=True)
NEVER_SENT: Final = Failure(reason=Reason.CONNECTION)
REFUSED: Final = Failure(reason=Reason.REFUSED, retryable=False)
_TIMEOUT: Final = Failure(reason=Reason.TIMEOUT, ambiguous=True)

# What a vendor answers, and what a client without rules of its own makes of it.
ANSWERS: Final[Mapping[str, tuple[Answer, Failure]]] = {
    "400": (says("400 Bad Request", error_body("invalid_arguments")), REFUSED),
    "401": (
        says("401 Unauthorized", error_body("invalid_auth")),
        Failure(reason=Reason.NOT_AUTHORISED, retryable=False),
    ),
    "404": (
        says("404 Not Found", error_body("not_found")),
        Failure(reason=Reason.NOT_FOUND, retryable=False),
    ),
    "400 that echoes the key": (
        says("400 Bad Request", error_body(f"What is {KEY.reveal()}?")),
        _GARBAGE,
    ),
    LIMITED: (
        says("429 Too Many Requests", error_body("ratelimited"), "Retry-After: 7"),
        Failure(reason=Reason.RATE_LIMITED, retry_after=7, is_held=True),
    ),
    "429 in HTML": (
        says("429 Too Many Requests", _HTML),
        Failure(reason=Reason.RATE_LIMITED, retry_after=5, is_held=True),
    ),
    "500 in HTML": (says("500 Internal Server Error", _HTML), _FAULT),
    "503": (says("503 Service Unavailable", error_body("busy")), _FAULT),
    "redirect": (says("302 Found", _HTML, f"Location: /{SECRET}"), _GARBAGE),
    "HTML": (says("200 OK", _HTML), _GARBAGE),
    "nothing": (says("200 OK", b""), _GARBAGE),
    "half of JSON": (says("200 OK", ok_body()[:-5]), _GARBAGE),
    "endless nesting": (says("200 OK", b"[" * 100_000), _GARBAGE),
    "a number": (says("200 OK", b"7"), _GARBAGE),
    "another shape": (says("200 OK", ok_body()), _GARBAGE),
    "not HTTP": (sends(f"220 {SECRET} ESMTP\r\n\r\n".encode()), _CUT),
    "hangs": (hangs, _TIMEOUT),
    "closes": (closes, _CUT),
    "resets before the request is read": (resets_unread, _CUT),
    "resets after the request is read": (resets, _CUT),
}
