"""The Events API: what happened, told to the app with Slack's retries when asked for."""

import queue
import threading
import time
from collections.abc import Sequence

from slack_sandbox import payloads
from slack_sandbox.app_link import Answer, AppLink
from slack_sandbox.model import Json
from slack_sandbox.workspace import Workspace

SLACK_RETRIES = (0.0, 60.0, 300.0)


class Events:
    """`subscribed` names event types (message.channels, reaction_added…); none at the start."""

    def __init__(self, space: Workspace, app: AppLink) -> None:
        self.space, self.app = space, app
        self.subscribed: set[str] = set()
        self.retries: Sequence[float] = ()
        self._queue: queue.Queue[Json] = queue.Queue()
        self._worker: threading.Thread | None = None
        space.listeners.append(self.happened)

    def happened(self, inner: Json) -> None:
        """Queue an event for the app if it is subscribed."""
        if self._name(inner) in self.subscribed:
            self._queue.put(inner)
            if self._worker is None:
                self._worker = threading.Thread(target=self._work, daemon=True)
                self._worker.start()

    def _name(self, inner: Json) -> str:
        suffix = {"channel": ".channels", "group": ".groups"}
        kind = str(inner["type"])
        if kind != "message":
            return kind
        channel_type = str(inner.get("channel_type", ""))
        return kind + suffix.get(channel_type, f".{channel_type}")

    def _work(self) -> None:
        while True:
            self.send(self._queue.get(), retries=self.retries)
            self._queue.task_done()

    def drain(self) -> None:
        """Wait until the app has been told of all that happened."""
        self._queue.join()

    def send(
        self,
        inner: Json,
        *,
        event_id: str | None = None,
        retries: Sequence[float] = (),
        retry_num: int | None = None,
        retry_reason: str = "http_timeout",
    ) -> Answer:
        """Tell the app; `retries` are the pauses before further tries while it does not say 2xx."""
        with self.space.lock:
            event_id = event_id or self.space.new_id("Ev")
            inner = {"event_ts": self.space.new_ts(), **inner}
        envelope = payloads.event(inner, event_id, self.space.clock())
        answer = self._once(envelope, retry_num, retry_reason)
        for number, pause in enumerate(retries, start=1):
            if answer.error is None or answer.headers.get("x-slack-no-retry"):
                break
            time.sleep(pause)
            answer = self._once(envelope, number, _reason(answer))
        return answer

    def _once(self, envelope: Json, number: int | None, reason: str) -> Answer:
        more = (
            {}
            if number is None
            else {"X_Slack_Retry_Num": str(number), "X_Slack_Retry_Reason": reason}
        )
        return self.app.post_json("/slack/events", envelope, **more)


def _reason(answer: Answer) -> str:
    known = {"operation_timeout": "http_timeout", "dispatch_failed": "connection_failed"}
    return known.get(answer.error or "", "http_error")
