"""Requests from Slack to the app: signed, timed, remembered so that they can be repeated."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from slack_sandbox import signing
from slack_sandbox.model import Json, View

SECONDS_TO_ANSWER = 3.0
FORM = "application/x-www-form-urlencoded"
Transport = Callable[[str, dict[str, str], bytes], tuple[int, Mapping[str, str], bytes]]


@dataclass(frozen=True, slots=True)
class AppRequest:
    """A request of Slack's, without the signature, which is made anew each time."""

    path: str
    body: bytes
    headers: dict[str, str]


@dataclass(slots=True)
class Answer:
    """An answer of the app's, and what became of it.

    `status` 0 means nothing was sent (the client itself complained) or no answer came; `error` is
    what the person was shown; `errors` are those under the fields of a form; `view` is what is
    open afterwards; `options` are those of a suggestion.
    """

    status: int = 0
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    ms: float = 0.0
    error: str | None = None
    request: AppRequest | None = None
    errors: dict[str, str] = field(default_factory=dict)
    view: View | None = None
    options: list[Json] = field(default_factory=list)

    @property
    def json(self) -> Any:
        """The decoded body; {} when it is empty or is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return {}

    @property
    def text(self) -> str:
        """The words of the answer, whether it came as JSON or as plain text."""
        decoded = self.json
        if isinstance(decoded, dict) and decoded:
            return str(decoded.get("text", ""))
        return self.body.decode("utf-8", "replace")


class AppLink:
    """The app by URL, or by a `transport` callable when it lives in the same process."""

    def __init__(self, secret: str, url: str | None, transport: Transport | None) -> None:
        self.secret, self.url, self.transport = secret, url, transport
        self.clock: Callable[[], float] = time.time
        self.last_request: AppRequest | None = None
        self._lock = threading.Lock()

    def post_form(self, path: str, fields: Mapping[str, str]) -> Answer:
        return self.send(AppRequest(path, urlencode(fields).encode(), {"Content-Type": FORM}))

    def post_payload(self, payload: Json) -> Answer:
        packed = json.dumps(payload, ensure_ascii=False)
        return self.post_form("/slack/interactions", {"payload": packed})

    def post_json(self, path: str, value: Json, **headers: str) -> Answer:
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        body = json.dumps(value, ensure_ascii=False).encode()
        return self.send(AppRequest(path, body, {"Content-Type": "application/json", **named}))

    def send(self, request: AppRequest) -> Answer:
        """Sign and send; the same request again is the same bytes with a fresh signature."""
        with self._lock:
            self.last_request = request
        signed = signing.headers(self.secret, str(int(self.clock())), request.body)
        headers = {**request.headers, "User-Agent": "Slackbot 1.0 (sandbox)", **signed}
        begun = time.monotonic()
        try:
            status, answered, body = self._carry(request.path, headers, request.body)
        except TimeoutError:
            return Answer(ms=_since(begun), error="operation_timeout", request=request)
        except (OSError, http.client.HTTPException):
            return Answer(ms=_since(begun), error="dispatch_failed", request=request)
        ms = _since(begun)
        error = "operation_timeout" if ms > SECONDS_TO_ANSWER * 1000 else _complaint(status)
        return Answer(status, body, dict(answered), ms, error, request)

    def _carry(
        self, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        if self.transport is not None:
            return self.transport(path, headers, body)
        if self.url is None:
            raise ConnectionRefusedError("the sandbox knows no app")
        return _over_http(self.url, path, headers, body)


def _over_http(
    url: str, path: str, headers: dict[str, str], body: bytes
) -> tuple[int, Mapping[str, str], bytes]:
    target = urlsplit(url)
    kind = http.client.HTTPSConnection if target.scheme == "https" else http.client.HTTPConnection
    connection = kind(target.netloc, timeout=SECONDS_TO_ANSWER)
    try:
        connection.request("POST", target.path.rstrip("/") + path, body, headers)
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    finally:
        connection.close()


def _since(begun: float) -> float:
    return (time.monotonic() - begun) * 1000


def _complaint(status: int) -> str | None:
    if 200 <= status < 300:
        return None
    return "http_service_error" if status >= 500 else "http_client_error"
