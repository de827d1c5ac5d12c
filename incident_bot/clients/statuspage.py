"""Statuspage's API: typed calls in, DeliveryError out, never the key in either."""

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import requests

from incident_bot.clients.slack_errors import retry_after_seconds
from incident_bot.domain.statuspage import Component
from incident_bot.errors import DeliveryError, Reason
from incident_bot.settings import Secret

GATE: Final = "statuspage"
"""One gate for the whole page: its limit counts every request of a key."""

_DEADLINE_SECONDS: Final = 10.0
_CONNECT_SECONDS: Final = 3.0
_REFUSED_KEY_SECONDS: Final = 300.0
_MAX_BODY_BYTES: Final = 2_000_000
_PER_PAGE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class PageIncident:
    """An incident as the public page has it."""

    id: str
    status: str
    key: str | None
    bodies: tuple[str, ...]


class Statuspage:
    """One page, with one key. Threads may share it; no call outlives its deadline.

    Statuspage takes one request a second of a key, over a minute; callers keep `apart_seconds`.
    """

    def __init__(
        self, key: Secret, page_id: str, api_url: str, *, apart_seconds: float = 1.25
    ) -> None:
        self.apart_seconds = apart_seconds
        self._base = f"{api_url.rstrip('/')}/pages/{page_id}"
        self._headers = {"Authorization": f"OAuth {key.reveal()}"}
        self._session = requests.Session()
        self._session.trust_env = True
        self._closed: Mapping[str, float] = {}

    def behind(self, closed_gates: Mapping[str, float]) -> "Statuspage":
        """The same page, where nothing is sent while its gate is closed."""
        guarded = Statuspage.__new__(Statuspage)
        guarded.__dict__.update(self.__dict__)
        guarded._closed = closed_gates
        return guarded

    def components(self) -> list[Component]:
        """All components of the page, in its order."""
        found: list[Component] = []
        for page in range(1, 100):
            listed = self._call("GET", f"/components?page={page}&per_page={_PER_PAGE}")
            found += [_component(each) for each in listed]
            if len(listed) < _PER_PAGE:
                break
        return found

    def component(self, component_id: str) -> Component:
        """One component as it is now."""
        return _component(self._call("GET", f"/components/{component_id}"))

    def set_component(self, component_id: str, status: str) -> None:
        """Set a component's status; tells no subscriber."""
        self._call("PATCH", f"/components/{component_id}", {"component": {"status": status}})

    def unresolved(self) -> list[PageIncident]:
        """The page's open incidents."""
        return [_incident(each) for each in self._call("GET", "/incidents/unresolved")]

    def incident(self, page_incident_id: str) -> PageIncident:
        """One incident of the page with its updates."""
        return _incident(self._call("GET", f"/incidents/{page_incident_id}"))

    def create_incident(self, fields: Mapping[str, Any], *, key: str) -> str:
        """Publish an incident that carries `key` in its metadata; returns the page's id for it."""
        body = {**fields, "metadata": {"incident_bot": {"key": key}}}
        return str(self._call("POST", "/incidents", {"incident": body})["id"])

    def update_incident(self, page_incident_id: str, fields: Mapping[str, Any]) -> None:
        """Change an incident; a `body` in the fields adds an update to it."""
        self._call("PATCH", f"/incidents/{page_incident_id}", {"incident": dict(fields)})

    def publish_postmortem(self, page_incident_id: str, body: str) -> None:
        """Attach a postmortem to a resolved incident and publish it without telling subscribers."""
        path = f"/incidents/{page_incident_id}/postmortem"
        self._call("PUT", path, {"postmortem": {"body_draft": body}})
        quiet = {"notify_subscribers": False, "notify_twitter": False}
        self._call("PUT", f"{path}/publish", {"postmortem": quiet})

    def _call(self, verb: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        if GATE in self._closed:
            raise DeliveryError(
                Reason.RATE_LIMITED, "gate", retryable=True, retry_after=self._closed[GATE]
            )
        try:
            with self._session.request(
                verb,
                self._base + path,
                json=body,
                headers=self._headers,
                timeout=(_CONNECT_SECONDS, _DEADLINE_SECONDS),
                allow_redirects=False,
                stream=True,
            ) as answer:
                return _decoded(answer, _read(answer))
        except requests.ConnectTimeout:
            raise DeliveryError(Reason.TIMEOUT, "ConnectTimeout", retryable=True) from None
        except requests.Timeout:
            raise DeliveryError(Reason.TIMEOUT, "Timeout", retryable=True, ambiguous=True) from None
        except requests.RequestException as error:
            raise DeliveryError(
                Reason.CONNECTION, type(error).__name__, retryable=True, ambiguous=True
            ) from None


def _read(answer: requests.Response) -> bytes:
    """The body, cut off at the deadline however slowly it drips."""
    too_late = threading.Timer(_DEADLINE_SECONDS, answer.close)
    too_late.start()
    try:
        body = b""
        for chunk in answer.iter_content(65_536):
            body += chunk
            if len(body) > _MAX_BODY_BYTES:
                raise DeliveryError(Reason.GARBAGE, "too long", retryable=True, ambiguous=True)
        return body
    except (AttributeError, ValueError) as error:  # what reading a closed answer raises
        raise requests.Timeout(type(error).__name__) from None
    finally:
        too_late.cancel()


def _decoded(answer: requests.Response, body: bytes) -> Any:
    if answer.ok:
        try:
            return json.loads(body) if body else {}
        except ValueError:
            raise DeliveryError(
                Reason.GARBAGE, f"HTTP {answer.status_code}", retryable=True, ambiguous=True
            ) from None
    raise _refusal(answer, _sentence(body))


def _refusal(answer: requests.Response, sentence: str) -> DeliveryError:
    status = answer.status_code
    detail = f"HTTP {status} {sentence}".strip()
    if status in (420, 429):
        seconds = retry_after_seconds(answer.headers.get("Retry-After", ""))
        return DeliveryError(
            Reason.RATE_LIMITED, f"HTTP {status}", retryable=True, retry_after=seconds, gate=GATE
        )
    if status in (401, 403):
        return DeliveryError(
            Reason.NOT_AUTHORISED,
            detail,
            retryable=True,
            retry_after=_REFUSED_KEY_SECONDS,
            gate=GATE,
        )
    if status >= 500:
        return DeliveryError(Reason.VENDOR_FAULT, f"HTTP {status}", retryable=True, ambiguous=True)
    return DeliveryError(Reason.NOT_FOUND if status == 404 else Reason.REFUSED, detail)


def _sentence(body: bytes) -> str:
    """What the page says is wrong: a message, an error, or errors by field; 200 characters."""
    try:
        found = json.loads(body)
    except ValueError:
        return ""
    if not isinstance(found, dict):
        return ""
    error = found.get("error", found.get("message", ""))
    if isinstance(error, dict):
        error = "; ".join(f"{name}: {_joined(value)}" for name, value in error.items())
    return str(error)[:200]


def _joined(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, Sequence) else str(value)


def _component(found: Mapping[str, Any]) -> Component:
    return Component(id=found["id"], name=found["name"], status=found["status"])


def _incident(found: Mapping[str, Any]) -> PageIncident:
    metadata = found.get("metadata") or {}
    return PageIncident(
        id=found["id"],
        status=found["status"],
        key=(metadata.get("incident_bot") or {}).get("key"),
        bodies=tuple(each.get("body") or "" for each in found.get("incident_updates") or []),
    )
