"""HTTP over kept-alive connections, where one deadline covers a whole exchange."""

import json
import logging
import math
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, ClassVar, Final
from urllib.request import Request

import urllib3
from requests.utils import get_auth_from_url
from slack_sdk import WebClient
from slack_sdk.web import SlackResponse
from urllib3.util import make_headers

from incident_bot import metrics
from incident_bot.clients.deadlines import HttpPool, HttpsPool, deadline
from incident_bot.clients.network import proxy_for, way_to
from incident_bot.errors import DeliveryError, Reason
from incident_bot.libraries import require

# Without these the deadlines, and the looks before a message is posted again, would be passed by.
require("slack-sdk>=3.47,<4", WebClient, "api_call", "_perform_urllib_http_request_internal")
require("urllib3>=2.8,<3", urllib3.PoolManager(), "pool_classes_by_scheme")
require("urllib3>=2.8,<3", urllib3.HTTPConnectionPool, "ConnectionCls")
require("urllib3>=2.8,<3", urllib3.connection.HTTPConnection, "connect", "send")
require("urllib3>=2.8,<3", urllib3.connection.HTTPConnection("nowhere"), "sock")

CONNECTIONS: Final = 64
"""Connections kept alive to one host: as many as a worker has threads."""

_CONNECT_SECONDS: Final = 3.0
_MAX_BODY_BYTES: Final = 20_000_000
_MAX_RETRY_AFTER: Final = 3600.0
_DEFAULT_RETRY_AFTER: Final = 5.0
_NEVER_SENT: Final = (
    ConnectionRefusedError,
    socket.gaierror,
    urllib3.exceptions.ConnectTimeoutError,  # also a connection that was refused
    urllib3.exceptions.ProxyError,
    ValueError,  # a certificate that is not trusted, a header that cannot carry the key
)
_PROXY: Final = "ProxyError"
_UNTRUSTED: Final = "SSLCertVerificationError"
_STATUS: Final = re.compile(r"(?<=Tunnel connection failed: )[0-9]{3}\b")

_before_each: ContextVar[Callable[[], None] | None] = ContextVar("before_each", default=None)


@contextmanager
def before_each_call(check: Callable[[], None]) -> Iterator[None]:
    """Have `check` called before every request to a vendor; what it raises ends the call."""
    token = _before_each.set(check)
    try:
        yield
    finally:
        _before_each.reset(token)


def check_call() -> None:
    """Run the check of `before_each_call`. Each client calls this before each request."""
    if check := _before_each.get():
        check()


@contextmanager
def logged_call(
    log: logging.Logger, upstream: str, method: str, *, metric: str | None = None
) -> Iterator[dict[str, Any]]:
    """Count a call of a vendor, and log at DEBUG its method, the code of its answer and its time.

    The code is `ok` or that of the failure, unless it is set in what this yields. `metric` names
    the method where it is counted, if the method itself holds ids.
    """
    began, line, counted = time.monotonic(), {"method": method, "code": "ok"}, "ok"
    try:
        yield line
    except DeliveryError as error:
        line["code"], counted = error.detail, error.reason
        raise
    finally:
        seconds, labels = time.monotonic() - began, (upstream, metric or method)
        metrics.UPSTREAM_REQUESTS.labels(*labels, counted).inc()
        metrics.UPSTREAM_SECONDS.labels(*labels).observe(seconds)
        if log.isEnabledFor(logging.DEBUG):
            log.debug("vendor called", extra={**line, "ms": round(seconds * 1000)})


def retry_after_seconds(raw: str) -> float:
    """Read a Retry-After header: from 1 second to an hour, and 5 seconds if it makes no sense."""
    try:
        seconds = float(raw)
    except ValueError:
        return _DEFAULT_RETRY_AFTER
    if math.isnan(seconds) or seconds < 0:
        return _DEFAULT_RETRY_AFTER
    return min(max(seconds, 1.0), _MAX_RETRY_AFTER)


def transport_failure(error: Exception, *, writes: bool = True) -> DeliveryError:
    """Classify a request that got no whole answer: it timed out, or its connection failed.

    A write is ambiguous unless the error proves that nothing was sent. `writes` is false for a
    request that only reads and so can be repeated in any case.
    """
    causes = list(_causes(error))
    timed_out = any(_is_timeout(each) for each in causes)
    was_never_sent = any(isinstance(each, _NEVER_SENT) for each in causes)
    return DeliveryError(
        Reason.TIMEOUT if timed_out else Reason.CONNECTION,
        _detail(error, causes),
        retryable=True,
        ambiguous=writes and not was_never_sent,
    )


def is_of_proxy(error: DeliveryError) -> bool:
    """Say whether a proxy was away or refused, so that the vendor was not reached."""
    return error.detail.startswith(_PROXY)


def is_of_trust(error: DeliveryError) -> bool:
    """Say whether the certificate that the other side showed is not trusted."""
    return error.detail.startswith(_UNTRUSTED)


@contextmanager
def located(url: str) -> Iterator[None]:
    """Note on what is raised where the request went, for the log."""
    try:
        yield
    except Exception as error:
        error.way = way_to(url)  # type: ignore[attr-defined]
        raise


def _detail(error: Exception, causes: list[BaseException]) -> str:
    """Say what failed, and where if it is the operator's to change: no library's own words."""
    way = next((each.way for each in causes if hasattr(each, "way")), "")
    for each in causes:
        if isinstance(each, ssl.SSLCertVerificationError):
            return f"{_UNTRUSTED} {way}: SSL_CERT_FILE names whom to trust"
    proxy = [each for each in causes if isinstance(each, urllib3.exceptions.ProxyError)]
    if not proxy:
        return type(error).__name__
    status = next((found[0] for each in causes if (found := _STATUS.search(str(each)))), "")
    return " ".join([_PROXY, *([f"HTTP {status}"] if status else []), way])


def _is_timeout(error: BaseException) -> bool:
    # urllib3 derives a refused connection from its timeouts.
    return isinstance(error, TimeoutError | urllib3.exceptions.TimeoutError) and not isinstance(
        error, urllib3.exceptions.NewConnectionError
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and those it wraps, however requests and urllib3 keep them."""
    yield error
    for inner in (getattr(error, "reason", None), *error.args):
        if isinstance(inner, BaseException):
            yield from _causes(inner)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchanged:
    """An answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport:
    """Calls HTTP servers; threads share it, and each exchange ends by its deadline.

    A read timeout alone would not do: a server that sends a byte a second keeps a thread for ever.
    """

    pool_classes: ClassVar[Mapping[str, type[urllib3.HTTPConnectionPool]]] = {
        "http": HttpPool,
        "https": HttpsPool,
    }

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._tls = tls
        self._pools: dict[str | None, urllib3.PoolManager] = {}
        self._making = threading.Lock()

    def post(
        self, url: str, body: bytes | None, headers: Mapping[str, str], *, seconds: float
    ) -> Exchanged:
        """Post once, following no redirect; raises TimeoutError when the time is over."""
        return self._exchange("POST", url, body, headers, seconds)

    def get(
        self, url: str, headers: Mapping[str, str] | None = None, *, seconds: float
    ) -> Exchanged:
        """Read once, in the same way."""
        return self._exchange("GET", url, None, headers or {}, seconds)

    def _exchange(
        self, verb: str, url: str, body: bytes | None, headers: Mapping[str, str], seconds: float
    ) -> Exchanged:
        with deadline(seconds), located(url):
            answer = self.request(verb, url, body, headers, seconds=seconds)
            try:
                return Exchanged(
                    status=answer.status,
                    headers=dict(answer.headers.items()),
                    body=answer.read(_MAX_BODY_BYTES),
                )
            finally:
                answer.release_conn()

    def request(
        self, verb: str, url: str, body: bytes | None, headers: Mapping[str, str], *, seconds: float
    ) -> urllib3.BaseHTTPResponse:
        """Send once, following no redirect; whoever calls it sets the deadline and reads."""
        return self._pool(proxy_for(url)).urlopen(
            verb,
            url,
            body=body,
            headers=dict(headers),
            timeout=urllib3.Timeout(connect=min(_CONNECT_SECONDS, seconds), read=seconds),
            redirect=False,
            preload_content=False,
        )

    def _pool(self, proxy: str | None) -> urllib3.PoolManager:
        with self._making:
            if proxy not in self._pools:
                self._pools[proxy] = self._make_pool(proxy)
            return self._pools[proxy]

    def _make_pool(self, proxy: str | None) -> urllib3.PoolManager:
        options: dict[str, Any] = {
            "maxsize": CONNECTIONS,
            "ssl_context": self._tls,
            "retries": False,
        }
        if proxy is None:
            pool = urllib3.PoolManager(**options)
        else:
            user, password = get_auth_from_url(proxy)
            headers = make_headers(proxy_basic_auth=f"{user}:{password}") if user else None
            pool = urllib3.ProxyManager(proxy, proxy_headers=headers, **options)
        pool.pool_classes_by_scheme = dict(self.pool_classes)
        return pool


class BoundedWebClient(WebClient):
    """Slack's client on this transport, which checks before each call that it may be made."""

    def __init__(self, transport: Transport, **options: Any) -> None:
        # The SDK's own handlers would post a message again without looking whether it arrived.
        super().__init__(retry_handlers=[], **options)
        self._transport = transport

    def api_call(self, api_method: str, **options: Any) -> SlackResponse:
        # Not further down, where the SDK catches and logs whatever is raised.
        check_call()
        return super().api_call(api_method, **options)

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:
        body = req.data if isinstance(req.data, bytes) else None
        answer = self._transport.post(url, body, dict(req.header_items()), seconds=self.timeout)
        return {
            "status": answer.status,
            "headers": answer.headers,
            "body": _json_object(answer.body),
        }


def _json_object(body: bytes) -> str:
    """The body if it is a JSON object, else nothing: the SDK would fail on anything else."""
    text = body.decode("utf-8", "replace")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    return text if isinstance(found, dict) else ""
