"""One call of Slack's Web API: sent once, its answer checked, its failure a DeliveryError."""

import http.client
import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any, Final, TypeVar

import urllib3
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from incident_bot.clients.network import tls_context
from incident_bot.clients.slack_refusals import TOKEN_HOLD, refusal
from incident_bot.clients.transport import (
    BoundedWebClient,
    Transport,
    check_call,
    logged_call,
    transport_failure,
)
from incident_bot.errors import DeliveryError, Reason
from incident_bot.settings import Secret

log = logging.getLogger(__name__)

SCOPES: Final[Mapping[str, tuple[str, ...]]] = {
    "api.test": (),
    "apps.connections.open": (),  # needs a scope of the app's own token
    "auth.test": (),
    "bots.info": ("users:read",),
    "chat.delete": ("chat:write",),
    "chat.postEphemeral": ("chat:write",),
    "chat.postMessage": ("chat:write", "chat:write.public"),
    "chat.update": ("chat:write",),
    "conversations.create": ("channels:manage",),
    "conversations.history": ("channels:history", "groups:history", "im:history"),
    "conversations.info": ("channels:read",),
    "conversations.invite": ("channels:manage",),
    "conversations.join": ("channels:join",),
    "conversations.list": ("channels:read",),
    "conversations.open": ("im:write",),
    "conversations.replies": ("channels:history", "groups:history"),
    "conversations.setTopic": ("channels:manage",),
    "files.completeUploadExternal": ("files:write",),
    "files.getUploadURLExternal": ("files:write",),
    "pins.add": ("pins:write",),
    "reactions.add": ("reactions:write",),
    "reactions.remove": ("reactions:write",),
    "users.info": ("users:read",),
    "users.list": ("users:read",),
    "views.open": (),
    "views.update": (),
}
"""The bot scopes that each method we call needs; the app manifest is made from them."""

_PRIVATE: Final = "method_not_supported_for_channel_type"
"""Slack's answer to an app that joins a channel into which it must be invited."""

_GRANTED: Final = "x-oauth-scopes"
"""The header in which Slack says the scopes of a token (docs.slack.dev: OAuth scopes)."""

_TRIGGER_SECONDS: Final = 1.5  # a trigger lives three seconds and the answer must still be given

T = TypeVar("T")


class SlackApi:
    """The Web API under one token. Threads may share one; a call never outlives its deadline."""

    def __init__(self, token: Secret, api_url: str, *, deadline_seconds: float) -> None:
        tls = tls_context()  # the SDK would build one for each call
        self._transport = Transport(tls)
        common: dict[str, Any] = {
            "transport": self._transport,
            "token": token.reveal(),
            "base_url": api_url,
            "ssl": tls,
        }
        self._deadline_seconds = deadline_seconds
        self._web = BoundedWebClient(timeout=deadline_seconds, **common)
        self._trigger_web = BoundedWebClient(timeout=_TRIGGER_SECONDS, **common)
        self._holds: Mapping[str, float] = {}

    def respecting(self, holds: Mapping[str, float]) -> "SlackApi":
        """Return an API that sends no call which one of these rate-limit holds covers."""
        guarded = copy(self)
        guarded._holds = holds
        return guarded

    def call(
        self,
        method: str,
        make: Callable[[Mapping[str, Any]], T],
        *,
        json: Mapping[str, Any] | None = None,
        form: Mapping[str, Any] | None = None,
        within: str | None = None,
        uses_trigger: bool = False,
    ) -> T:
        """Call a method and `make` something of its answer.

        `within` is the channel or person that Slack limits the method for, if it does. A call that
        `uses_trigger` takes 1.5 seconds at most. Where Slack refuses it because the bot is not in
        the channel, the bot joins, which it may if the channel is public, and calls once more.
        """
        once = partial(
            self._call,
            method,
            make,
            within=within,
            json=json,
            form=form,
            uses_trigger=uses_trigger,
        )
        try:
            return once()
        except DeliveryError as error:
            if error.reason is not Reason.NOT_IN_CHANNEL:
                raise
            self._join(_channel_of(json or form or {}), error)
        return once()

    def call_with_headers(
        self,
        method: str,
        make: Callable[[Mapping[str, Any]], T],
        *,
        form: Mapping[str, Any] | None = None,
    ) -> tuple[T, Mapping[str, str]]:
        """Call a method and join nothing; returns also the answer's headers, in lower case."""
        answer = self._answered(method, method, form=form)
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return _made(make, answer), headers

    def _join(self, channel_id: str, refusal: DeliveryError) -> None:
        """Join a channel; where it cannot be joined, raises the refusal that made it necessary."""
        try:
            self._call("conversations.join", nothing, json={"channel": channel_id})
        except DeliveryError as error:
            raise refusal if error.detail == _PRIVATE else error from None

    def _call(
        self,
        method: str,
        make: Callable[[Mapping[str, Any]], T],
        *,
        within: str | None = None,
        json: Mapping[str, Any] | None = None,
        form: Mapping[str, Any] | None = None,
        uses_trigger: bool = False,
    ) -> T:
        hold = f"{method}:{within}" if within else method
        answer = self._answered(method, hold, json=json, form=form, uses_trigger=uses_trigger)
        return _made(make, answer)

    def _answered(
        self,
        method: str,
        hold: str,
        *,
        json: Mapping[str, Any] | None = None,
        form: Mapping[str, Any] | None = None,
        uses_trigger: bool = False,
    ) -> SlackResponse:
        """Send one call; returns the whole answer, headers and all, when it is a success."""
        assert method in SCOPES, f"{method} is not in the manifest"
        self._check_holds(method, hold)
        web = self._trigger_web if uses_trigger else self._web
        with logged_call(log, "slack", method), _translated(hold, SCOPES[method]):
            return web.api_call(
                method, json=dict(json) if json else None, params=dict(form) if form else None
            )

    def _check_holds(self, *keys: str) -> None:
        """Raise DeliveryError while the token, or one of these, is held."""
        if seconds := self._holds.get(TOKEN_HOLD):
            detail = "held: the token is refused"
            raise DeliveryError(Reason.TOKEN_REFUSED, detail, retryable=True, retry_after=seconds)
        if seconds := max((self._holds.get(key, 0.0) for key in keys), default=0.0):
            raise DeliveryError(Reason.RATE_LIMITED, "held", retryable=True, retry_after=seconds)

    def post_to(self, url: str, body: bytes, headers: Mapping[str, str], *, hold: str) -> int:
        """Post to a URL that Slack gave us, which takes no token; returns the HTTP status."""
        check_call()
        with logged_call(log, "slack", hold) as line, _translated(hold):
            answer = self._transport.post(url, body, headers, seconds=self._deadline_seconds)
            line["code"] = f"HTTP {answer.status}"
        return answer.status


def nothing(answer: Mapping[str, Any]) -> None:
    """Take an answer of which nothing is needed."""


def _made(make: Callable[[Mapping[str, Any]], T], answer: SlackResponse) -> T:
    """Make something of an answer; raises DeliveryError for one of another shape."""
    try:
        return make(answer.data)  # type: ignore[arg-type]
    except (LookupError, TypeError, AttributeError):
        raise DeliveryError(
            Reason.GARBAGE, f"HTTP {answer.status_code}", retryable=True, ambiguous=True
        ) from None


def granted(headers: Mapping[str, str]) -> frozenset[str] | None:
    """Return the scopes of the token that was used; None where Slack does not say them."""
    said = headers.get(_GRANTED)
    return None if said is None else frozenset(filter(None, re.split(r"[,\s]+", said)))


def said_at(headers: Mapping[str, str]) -> datetime | None:
    """Return Slack's own time of an answer; None for anything but a time with its zone."""
    try:
        found = parsedate_to_datetime(headers.get("date", ""))
    except ValueError:
        return None
    return found if found.tzinfo else None


def _channel_of(request: Mapping[str, Any]) -> str:
    return str(request.get("channel") or request.get("channel_id") or "")


@contextmanager
def _translated(hold: str, scopes: Sequence[str] = ()) -> Iterator[None]:
    """Turn whatever the SDK raises into a DeliveryError."""
    try:
        yield
    except SlackApiError as error:
        raise refusal(error.response, hold, scopes) from None
    except (OSError, http.client.HTTPException, urllib3.exceptions.HTTPError) as error:
        raise transport_failure(error) from None
