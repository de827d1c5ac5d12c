"""Statuspage's API: typed calls in, DeliveryError out, and the key in neither."""

import json
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from incident_bot.clients.deadlines import HttpPool, HttpsPool, deadline
from incident_bot.clients.network import proxy_for, tls_context
from incident_bot.clients.transport import (
    check_call,
    located,
    logged_call,
    retry_after_seconds,
    transport_failure,
)
from incident_bot.domain.statuspage import Component
from incident_bot.errors import DeliveryError, Reason
from incident_bot.libraries import require
from incident_bot.settings import Secret

# Without these no deadline, proxy or certificate of ours would count.
require("requests>=2.34,<3", HTTPAdapter, "init_poolmanager", "proxy_manager_for", "cert_verify")
require("requests>=2.34,<3", HTTPAdapter, "send")
require("requests>=2.34,<3", HTTPAdapter(), "poolmanager")

log = logging.getLogger(__name__)

HOLD: Final = "statuspage"
"""The one rate-limit hold: Statuspage counts every request of a key."""

MAX_BODY: Final = 25_000
"""Characters that Statuspage takes in an update or a postmortem."""

_CONNECT_SECONDS: Final = 3.0
_REFUSED_KEY_SECONDS: Final = 300.0
_MAX_BODY_BYTES: Final = 2_000_000
_PER_PAGE: Final = 100

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPublicIncident:
    """An incident to be published; `notify` sends its message to the page's subscribers."""

    title: str
    message: str
    status: str
    impact: str
    component_ids: Sequence[str]
    notify: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicUpdate:
    """An update of a published incident; its components stay those it was published with."""

    message: str
    status: str
    notify: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicIncident:
    """A published incident as Statuspage returns it.

    `key` and `last_update` are what the bot stored in its metadata; None in somebody else's.
    `url` is the page's short link to it, empty where it has none.
    """

    id: str
    url: str
    key: str | None
    last_update: int | None


class Statuspage:
    """A client for one page and its key. Threads may share it; no call outlives its deadline.

    Statuspage takes one request a second of a key, over a minute; callers keep `apart_seconds`.
    """

    def __init__(
        self,
        key: Secret,
        page_id: str,
        api_url: str,
        *,
        apart_seconds: float = 1.25,
        deadline_seconds: float = 10.0,
    ) -> None:
        self.apart_seconds = apart_seconds
        self.deadline_seconds = deadline_seconds
        self._key = key
        self._base = f"{api_url.rstrip('/')}/pages/{_part(page_id)}"
        self._session = requests.Session()
        self._session.trust_env = False  # what counts of it, the adapter takes
        self._session.auth = _Key(key)
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _BoundedAdapter())
        self._holds: Mapping[str, float] = {}

    def respecting(self, holds: Mapping[str, float]) -> "Statuspage":
        """Return a client that sends nothing while Statuspage is held."""
        guarded = Statuspage.__new__(Statuspage)
        guarded.__dict__.update(self.__dict__)
        guarded._holds = holds
        return guarded

    def components(self) -> list[Component]:
        """List the components in Statuspage's order; a group has no status of its own."""
        found: list[dict[str, Any]] = []
        for page in range(1, 100):
            path = f"/components?page={page}&per_page={_PER_PAGE}"
            listed = self._call("GET", path, lambda answer: [dict(each) for each in answer])
            found += listed
            if len(listed) < _PER_PAGE:
                break
        groups = {each["id"]: str(each["name"]) for each in found if each.get("group")}
        return [
            replace(_component(each), group=groups.get(each.get("group_id"), ""))
            for each in found
            if each["id"] not in groups
        ]

    def component(self, component_id: str) -> Component:
        """Read one component."""
        return self._call("GET", f"/components/{_part(component_id)}", _component)

    def set_component(self, component_id: str, status: str) -> None:
        """Set a component's status; subscribers are not notified."""
        body = {"component": {"status": status}}
        self._call("PATCH", f"/components/{_part(component_id)}", _nothing, body)

    def unresolved(self) -> list[PublicIncident]:
        """List the published incidents that are not resolved."""
        return self._call(
            "GET", "/incidents/unresolved", lambda answer: [_incident(each) for each in answer]
        )

    def incident(self, public_incident_id: str) -> PublicIncident:
        """Read one published incident."""
        return self._call("GET", f"/incidents/{_part(public_incident_id)}", _incident)

    def create_incident(self, new: NewPublicIncident, *, key: str) -> PublicIncident:
        """Publish an incident that carries `key` in its metadata."""
        fields = {
            "name": new.title,
            "body": new.message,
            "status": new.status,
            "impact_override": new.impact,
            "component_ids": list(new.component_ids),
            "deliver_notifications": new.notify,
            **_mark(key),
        }
        return self._call("POST", "/incidents", _incident, {"incident": fields})

    def update_incident(
        self, public_incident_id: str, update: PublicUpdate, *, key: str, number: int
    ) -> None:
        """Add an update to a published incident, whose metadata then carries its number."""
        fields = {
            "body": update.message,
            "status": update.status,
            "deliver_notifications": update.notify,
            **_mark(key, number),
        }
        path = f"/incidents/{_part(public_incident_id)}"
        self._call("PATCH", path, _nothing, {"incident": fields})

    def delete_incident(self, public_incident_id: str) -> None:
        """Take a published incident off the page; raises DeliveryError NOT_FOUND if it is off."""
        self._call("DELETE", f"/incidents/{_part(public_incident_id)}", _nothing)

    def publish_postmortem(self, public_incident_id: str, body: str) -> None:
        """Publish a postmortem of a resolved incident; subscribers are not notified."""
        path = f"/incidents/{_part(public_incident_id)}/postmortem"
        self._call("PUT", path, _nothing, {"postmortem": {"body_draft": body}})
        quiet = {"notify_subscribers": False, "notify_twitter": False}
        self._call("PUT", f"{path}/publish", _nothing, {"postmortem": quiet})

    def _call(
        self,
        verb: str,
        path: str,
        make: Callable[[Any], T],
        body: Mapping[str, Any] | None = None,
    ) -> T:
        if HOLD in self._holds:
            raise DeliveryError(
                Reason.RATE_LIMITED, "held", retryable=True, retry_after=self._holds[HOLD]
            )
        # A read can be repeated; a write may have been taken, whatever we saw of it.
        writes = verb != "GET"
        status, headers, said = self._exchange(verb, path, body)
        if not 200 <= status < 300:
            raise self._refusal(status, headers, said, ambiguous=writes)
        try:
            return make(json.loads(said))
        except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
            raise DeliveryError(
                Reason.GARBAGE, f"HTTP {status}", retryable=True, ambiguous=writes
            ) from None

    def _exchange(
        self, verb: str, path: str, body: Mapping[str, Any] | None
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Send one request and read its answer; follow no redirect and repeat nothing."""
        check_call()
        method, collection = f"{verb} {path}", re.match("/[a-z]*", path)
        metric = f"{verb} {collection[0] if collection else path}"
        with logged_call(log, "statuspage", method, metric=metric) as line:
            status, headers, said = self._sent(verb, path, body)
            line["code"] = f"HTTP {status}"
        return status, headers, said

    def _sent(
        self, verb: str, path: str, body: Mapping[str, Any] | None
    ) -> tuple[int, Mapping[str, str], bytes]:
        try:
            with (
                deadline(self.deadline_seconds),
                self._session.request(
                    verb,
                    self._base + path,
                    json=body,
                    timeout=(min(_CONNECT_SECONDS, self.deadline_seconds), self.deadline_seconds),
                    allow_redirects=False,
                    stream=True,
                ) as answer,
            ):
                return answer.status_code, answer.headers, _read(answer)
        except (OSError, ValueError) as error:  # of requests, and of a key no header can carry
            raise transport_failure(error, writes=verb != "GET") from None

    def _refusal(
        self, status: int, headers: Mapping[str, str], said: bytes, *, ambiguous: bool
    ) -> DeliveryError:
        # A proxy that echoes what it was sent must not make the key public.
        sentence = _sentence(said).replace(self._key.reveal(), "***")[:200]
        detail = f"HTTP {status} {sentence}".strip()
        if status in (420, 429):
            seconds = retry_after_seconds(headers.get("Retry-After", ""))
            return DeliveryError(
                Reason.RATE_LIMITED,
                f"HTTP {status}",
                retryable=True,
                retry_after=seconds,
                hold=HOLD,
            )
        if status in (401, 403):
            return DeliveryError(
                Reason.NOT_AUTHORISED,
                detail,
                retryable=True,
                retry_after=_REFUSED_KEY_SECONDS,
                hold=HOLD,
            )
        if 400 <= status < 500:
            return DeliveryError(Reason.NOT_FOUND if status == 404 else Reason.REFUSED, detail)
        reason = Reason.VENDOR_FAULT if status >= 500 else Reason.GARBAGE
        return DeliveryError(reason, f"HTTP {status}", retryable=True, ambiguous=ambiguous)


class _Key(AuthBase):
    """Adds the key to requests; a netrc file or the URL would replace a plain header."""

    def __init__(self, key: Secret) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"OAuth {self._key.reveal()}"
        return request


class _BoundedAdapter(HTTPAdapter):
    """Connections that the deadline of an exchange can reach, straight or through a proxy."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, ssl_context=tls_context(), **options)
        _bind(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        manager = super().proxy_manager_for(proxy, ssl_context=tls_context(), **options)
        _bind(manager)
        return manager

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Add nobody to whom the context trusts."""

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        url = str(request.url)
        proxy = proxy_for(url)
        options["proxies"] = {urlsplit(url).scheme: proxy} if proxy else {}
        with located(url):
            return super().send(request, **options)


def _bind(manager: urllib3.PoolManager) -> None:
    manager.pool_classes_by_scheme = {"http": HttpPool, "https": HttpsPool}


def _read(answer: requests.Response) -> bytes:
    body = b""
    for chunk in answer.iter_content(65_536):
        body += chunk
        if len(body) > _MAX_BODY_BYTES:
            raise requests.exceptions.ContentDecodingError("too long")
    return body


def _sentence(body: bytes) -> str:
    """Read what Statuspage says is wrong: a message, an error, or errors by field."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(found, dict):
        return ""
    error = found.get("error", found.get("message", ""))
    if isinstance(error, dict):
        error = "; ".join(f"{name}: {_joined(value)}" for name, value in error.items())
    return " ".join(str(error).split())


def _joined(value: Any) -> str:
    many = isinstance(value, Sequence) and not isinstance(value, str)
    return ", ".join(map(str, value)) if many else str(value)


def _part(value: str) -> str:
    """Quote an id as one part of a path, whatever somebody wrote into the mapping."""
    return quote(value, safe="")


def _mark(key: str, update: int | None = None) -> dict[str, Any]:
    """Mark an incident as ours in its metadata: the API has no idempotency key."""
    ours = {"key": key} if update is None else {"key": key, "update": update}
    return {"metadata": {"incident_bot": ours}}


def _nothing(answer: Any) -> None:
    """Take an answer of which nothing is needed."""


def _component(found: Mapping[str, Any]) -> Component:
    return Component(id=found["id"], name=found["name"], status=found["status"])


def _incident(found: Mapping[str, Any]) -> PublicIncident:
    ours = (found.get("metadata") or {}).get("incident_bot") or {}
    return PublicIncident(
        id=str(found["id"]),
        url=_link(found.get("shortlink")),
        key=ours.get("key"),
        last_update=ours.get("update"),
    )


def _link(found: object) -> str:
    """Return a web address that can be shown as it is; empty for anything else."""
    is_fine = isinstance(found, str) and re.fullmatch(r"https?://[^\s<>|\"]{1,500}", found)
    return str(found) if is_fine else ""
