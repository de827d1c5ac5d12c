"""Takes the envelopes of Socket Mode the way of a request, and acknowledges what was recorded."""

import logging
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from incident_bot import log as logs
from incident_bot.clients.slack import Slack
from incident_bot.clients.socket_mode import Envelope
from incident_bot.commands import InteractionType, Request
from incident_bot.errors import DeliveryError, Malformed, Unavailable
from incident_bot.log import Trouble
from incident_bot.web.slack import answer
from incident_bot.web.slack.answer import Answer
from incident_bot.web.slack.intake import (
    Foreign,
    Intake,
    Parsed,
    RequestKind,
    log_malformed,
)

log = logging.getLogger(__name__)

_KINDS: Final[Mapping[str, RequestKind]] = {
    "slash_commands": RequestKind.COMMAND,
    "interactive": RequestKind.INTERACTION,
    "events_api": RequestKind.EVENT,
}
_MOST_AT_ONCE: Final = 500
_TOO_LATE_SECONDS: Final = 3.0
"""Slack waits so long, then shows the person its own error, and sends an event again."""


class _Taken:
    """An envelope at work: what of it could be read, and what to acknowledge it with.

    As a context it answers a bug of ours with a sentence, as the error handler of HTTP does.
    """

    def __init__(self, envelope: Envelope, intake: Intake) -> None:
        self.envelope, self._intake = envelope, intake
        self.parsed: Parsed = None
        self.told: Answer | None = None
        """None when Slack is to see that it was not done."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, bug: BaseException | None, traceback: object) -> bool:
        if isinstance(bug, Exception):
            since = self.envelope.received_at
            self.told = self._intake.answer_bug(self.parsed, bug, since=since)
        return isinstance(bug, Exception)


class Envelopes:
    """A bounded number of threads, and of envelopes that wait for one."""

    def __init__(
        self, intake: Intake, slack: Slack, *, threads: int, most: int = _MOST_AT_ONCE
    ) -> None:
        self._intake, self._slack = intake, slack
        self._places = threading.BoundedSemaphore(most)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="request")
        self._trouble = Trouble(log)

    def take(self, envelope: Envelope) -> None:
        """Have it done by a thread; one of too many is left to Slack, and logged."""
        if not self._places.acquire(blocking=False):
            envelope.link.forget()
            self._trouble.say(logging.ERROR, "request not taken", why="too many at once")
            return
        self._pool.submit(self._run, _Taken(envelope, self._intake))

    def close(self) -> None:
        """Finish what was taken, and take no more."""
        self._pool.shutdown()

    def _run(self, taken: _Taken) -> None:
        logs.name_request()
        logs.incident.set(None)  # this thread's last request may have been about one
        try:
            with taken:
                taken.told = self._do(taken)
            if taken.told is None:
                taken.envelope.link.forget()
            else:
                self._acknowledge(taken, taken.told)
        finally:
            self._places.release()

    def _do(self, taken: _Taken) -> Answer | None:
        envelope = taken.envelope
        if time.monotonic() - envelope.received_at > _TOO_LATE_SECONDS:
            self._trouble.say(logging.ERROR, "request not taken", why="it waited for too long")
            return None
        kind = _KINDS.get(envelope.type)
        if kind is None:
            log.warning("request malformed", extra={"problem": "an envelope of no known type"})
            return answer.nothing()
        try:
            self._intake.refuse_foreign(kind, envelope.payload)
            taken.parsed = self._intake.parsed(kind, envelope.payload)
            return self._intake.answer(taken.parsed, since=envelope.received_at)
        except Unavailable:
            return None
        except Foreign:
            return _never_again(kind)
        except Malformed as error:
            log_malformed(taken.parsed, error, envelope.received_at)
            return _never_again(kind)

    def _acknowledge(self, taken: _Taken, told: Answer) -> None:
        """Answer with the acknowledgement, or apart from it where it cannot carry the answer."""
        is_sent = taken.envelope.acknowledge(told)
        if not is_sent:
            self._trouble.say(logging.WARNING, "acknowledgement lost")
        if not (is_sent and taken.envelope.takes_answer):
            self._respond(taken.parsed, told)

    def _respond(self, parsed: Parsed, told: Answer) -> None:
        """Show who typed the answer through the response_url: it cannot wait for another try."""
        if not isinstance(parsed, Request) or parsed.type is not InteractionType.COMMAND:
            return
        if parsed.response_url is None or not told.get("text"):
            return
        try:
            self._slack.respond(
                parsed.response_url,
                text=told["text"],
                blocks=told.get("blocks", ()),
                replace_original=False,
            )
        except DeliveryError as error:
            about = {"reason": error.reason, "detail": error.detail}
            log.warning("answer not shown", extra=about)


def _never_again(kind: RequestKind) -> Answer | None:
    """Acknowledge an event that would come again as it is; leave a person Slack's own error."""
    return answer.nothing() if kind is RequestKind.EVENT else None
