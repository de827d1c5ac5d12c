"""From what Slack sent to its answer, in the same way whether it came over HTTP or a WebSocket."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from incident_bot import log as logs
from incident_bot import metrics
from incident_bot.commands import Request
from incident_bot.domain.workspace import Sender
from incident_bot.settings import Settings
from incident_bot.web.slack import answer, origins, parse, request_line, sender, verify
from incident_bot.web.slack.answer import Answer
from incident_bot.web.slack.dispatch import BODY_UNSEEN, Dispatcher
from incident_bot.web.slack.own_workspace import OwnWorkspace
from incident_bot.web.slack.parse import Search
from incident_bot.web.slack.sightings import Sightings

log = logging.getLogger(__name__)

_LONGEST_NAME: Final = 100


class RequestKind(StrEnum):
    """A kind of request; over HTTP, each goes to a URL of its own."""

    COMMAND = "commands"
    INTERACTION = "interactions"
    EVENT = "events"


class Foreign(Exception):
    """The request is of another workspace than ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened in the workspace, as Slack told it."""

    content: Mapping[str, Any]


Parsed = Request | Search | Event | None

_SENDERS: Final[Mapping[RequestKind, Callable[[Mapping[str, Any]], Sequence[Sender]]]] = {
    RequestKind.COMMAND: lambda fields: [sender.of_command(fields)],
    RequestKind.INTERACTION: lambda payload: [sender.of_interaction(payload)],
    # Slack asks whether the URL is ours before the app belongs to any workspace.
    RequestKind.EVENT: lambda event: [] if parse.challenge(event) else sender.of_event(event),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Takes what is known to come from Slack."""

    settings: Settings
    dispatcher: Dispatcher
    own_workspace: OwnWorkspace
    sightings: Sightings

    def refuse_foreign(self, kind: RequestKind, content: Mapping[str, Any]) -> None:
        """Raise Foreign when all its senders, one at least, are of another workspace than ours.

        Until a worker has learned which is ours, and while the database is away, nobody is refused.
        """
        senders = _SENDERS[kind](content)
        ours = self.own_workspace.known() if senders else None
        if ours is None or not all(map(ours.is_foreign, senders)):
            return
        seen = {"reason": verify.Fault.FOREIGN_TEAM, "team_id": senders[0].team_id}
        log.warning("request refused", extra=seen)
        metrics.SLACK_REFUSED.labels(verify.Fault.FOREIGN_TEAM).inc()
        raise Foreign

    def parsed(self, kind: RequestKind, content: Mapping[str, Any]) -> Parsed:
        """Read what is asked of us; None when nothing is. Raises Malformed."""
        if kind is RequestKind.EVENT:
            return Event(content=parse.event(content))
        if kind is RequestKind.COMMAND:
            self.sightings.command(str(content.get("command", ""))[:_LONGEST_NAME])
        read = parse.command if kind is RequestKind.COMMAND else parse.interaction
        parsed = read(content)
        return self._trusted(parsed) if isinstance(parsed, Request) else parsed

    def answer(self, parsed: Parsed, *, since: float) -> Answer:
        """Have it done, and answer it. Raises Malformed, and Unavailable where no answer shows."""
        try:
            return self._answer(parsed, since=since)
        finally:
            metrics.SLACK_ACK_SECONDS.labels(_counted_as(parsed)).observe(time.monotonic() - since)

    def _answer(self, parsed: Parsed, *, since: float) -> Answer:
        if isinstance(parsed, Request):
            return self.dispatcher.dispatch(parsed, since=since)
        if isinstance(parsed, Search):
            return {"options": list(self.dispatcher.suggest(parsed, since=since))}
        if isinstance(parsed, Event):
            self.dispatcher.handle_event(parsed.content, since=since)
        return answer.nothing()

    def answer_bug(self, parsed: Parsed, bug: BaseException, *, since: float) -> Answer | None:
        """Log a bug of ours, keep that it failed, and return what the person reads of it.

        That is None where Slack shows nothing.
        """
        log.error("bug", extra=_known_fields(parsed, since), exc_info=bug)
        metrics.SLACK_REQUESTS.labels(_counted_as(parsed), "bug").inc()
        if not isinstance(parsed, Request):
            return None
        self.dispatcher.record_bug(parsed, bug, since=since)
        if parsed.type in BODY_UNSEEN:
            return None
        return answer.internal_error(parsed, logs.request_id.get() or "unknown")

    def _trusted(self, parsed: Request) -> Request:
        """Return the request without a response_url that leads anywhere but to Slack."""
        url = parsed.response_url
        if url is None or origins.is_allowed(url, self.settings.slack_response_origins):
            return parsed
        log.warning("response_url refused")
        return replace(parsed, response_url=None)


def log_malformed(parsed: Parsed, error: Exception, since: float) -> None:
    """Log what is not in Slack's shape."""
    log.warning("request malformed", extra={**_known_fields(parsed, since), "problem": str(error)})


def _counted_as(parsed: Parsed) -> str:
    """Return the name under which it is counted."""
    if isinstance(parsed, Request):
        return str(parsed.type)
    return type(parsed).__name__.lower() if parsed else "nothing"


def _known_fields(parsed: Parsed, since: float) -> dict[str, Any]:
    """Return the fields of the request's line, as far as it could be read."""
    return request_line.request_fields(parsed, since) if isinstance(parsed, Request) else {}
