"""JSON logs to standard output: one object a line, and what ties lines together."""

import logging
import sys
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Final

from pythonjsonlogger.json import JsonFormatter

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
incident: ContextVar[str | None] = ContextVar("incident", default=None)
delivery: ContextVar[int | None] = ContextVar("delivery", default=None)

_CONTEXT: Final[Mapping[str, ContextVar[Any]]] = {
    "request_id": request_id,
    "incident": incident,
    "delivery": delivery,
}
_log = logging.getLogger(__name__)

AGAIN_SECONDS: Final = 60.0
"""Trouble that lasts is logged once in so long."""

# They chatter at the lower levels; what matters of it our own lines say.
_CHATTY: Final = ("urllib3", "rq", "rq.worker", "redis", "yoyo")


class _Context(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.severity = record.levelname
        record.target = record.name
        for name, value in _CONTEXT.items():
            if name not in record.__dict__:  # a line may itself say which it is about
                setattr(record, name, value.get())
        return True


def configure(level: str) -> None:
    """Send every logger, warning and uncaught exception of this process to standard output."""
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(_Context())
    handler.setFormatter(
        JsonFormatter(
            "%(levelname)s %(severity)s %(name)s %(target)s %(message)s"
            " %(request_id)s %(incident)s %(delivery)s",
            rename_fields={"levelname": "level", "name": "logger"},
            timestamp=True,
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for chatty in _CHATTY:
        logging.getLogger(chatty).setLevel(max(logging.getLogger().level, logging.WARNING))
    # The SDK logs the body of an answer that is no JSON; what it raises is logged by us, without.
    logging.getLogger("slack_sdk").setLevel(logging.CRITICAL)
    logging.captureWarnings(True)
    sys.excepthook = _log_uncaught


def _log_uncaught(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, traceback)
    else:
        _log.critical("program broke", exc_info=(kind, error, traceback))


def is_read_by_a_person() -> bool:
    """Return whether standard output is a terminal, where sentences are printed instead."""
    return sys.stdout.isatty()


class Trouble:
    """Logs trouble that lasts once a minute instead of at each try; threads may share one.

    A line with other fields is other trouble, and is logged at once.
    """

    def __init__(self, log: logging.Logger, clock: Callable[[], float] = time.monotonic) -> None:
        self._log = log
        self._clock = clock
        self._logged_at: dict[tuple[Any, ...], float] = {}

    def say(self, level: int, message: str, **fields: Any) -> None:
        """Log it, unless the same was logged less than a minute ago."""
        now, trouble = self._clock(), (message, *sorted(fields.items()))
        recent = {each: at for each, at in self._logged_at.items() if now - at < AGAIN_SECONDS}
        self._logged_at = {**recent, trouble: recent.get(trouble, now)}
        if trouble not in recent:
            self._log.log(level, message, extra=fields)
