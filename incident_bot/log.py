"""Logs to standard output: JSON, an object a line, or text; and what ties lines together."""

import json
import logging
import re
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Final

from pythonjsonlogger.core import LogData
from pythonjsonlogger.json import JsonFormatter

from incident_bot.libraries import require

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


def name_request() -> None:
    """Begin a request: what is logged and written from here on carries an id of its own."""
    request_id.set(uuid.uuid4().hex[:12])


class _Context(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.severity = record.levelname
        record.target = record.name
        for name, value in _CONTEXT.items():
            if name not in record.__dict__:  # a line may itself say which it is about
                setattr(record, name, value.get())
        return True


class _Json(JsonFormatter):
    """A line as an object: its time first, and no field without a value."""

    def __init__(self) -> None:
        super().__init__(
            "%(levelname)s %(severity)s %(name)s %(target)s %(message)s"
            " %(request_id)s %(incident)s %(delivery)s",
            rename_fields={"levelname": "level", "name": "logger"},
            timestamp=True,
        )

    def process_log_record(self, log_data: LogData) -> LogData:
        timed = {"timestamp": log_data.pop("timestamp"), **log_data}
        return {name: value for name, value in timed.items() if value is not None}


class _Text(_Json):
    """The same as text: time, level, message, then fields as name=value, and a traceback below.

    Nothing but the line itself stands at its beginning, whatever is in a field: whoever reads it
    would take that for a line of the bot's.
    """

    def jsonify_log_record(self, log_data: LogData) -> str:
        fields = dict(log_data)
        at = fields.pop("timestamp")
        moment = f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03}Z"
        level, message = fields.pop("level"), _escaped(str(fields.pop("message")))
        below = [str(fields.pop(name)) for name in ("exc_info", "stack_info") if name in fields]
        for repeated in ("severity", "target"):
            del fields[repeated]
        if str(fields["logger"]).startswith("incident_bot"):
            del fields["logger"]
        shown = [f"{_word(str(name))}={self._value(value)}" for name, value in fields.items()]
        line = "  ".join([f"{moment} {level:8} {message}", *filter(None, [" ".join(shown)])])
        under = [f"    {_escaped(part)}" for text in below for part in text.split("\n")]
        return "\n".join([line, *under])

    def _value(self, value: Any) -> str:
        return _word(value) if isinstance(value, str) else super().jsonify_log_record(value)


def _word(text: str) -> str:
    """Return a text as it is if it is one plain word, else in quotes."""
    return text if re.fullmatch(r"[!#-<>-~]+", text) else json.dumps(text)


def _escaped(text: str) -> str:
    """Write each character that is not plain ASCII by its number."""
    return re.sub(r"[^ -~]", lambda odd: json.dumps(odd[0])[1:-1], text)


_FORMATTERS: Final[Mapping[str, Callable[[], logging.Formatter]]] = {"json": _Json, "text": _Text}


def configure(level: str, log_format: str = "auto") -> None:
    """Send every logger, warning and uncaught exception of this process to standard output.

    The format is `json` or `text`; `auto` is text on a terminal.
    """
    _require_formatter()
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(_Context())
    handler.setFormatter(_formatter(log_format))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for chatty in _CHATTY:
        logging.getLogger(chatty).setLevel(max(logging.getLogger().level, logging.WARNING))
    # The SDK logs the body of an answer that is no JSON; what it raises is logged by us, without.
    logging.getLogger("slack_sdk").setLevel(logging.CRITICAL)
    logging.captureWarnings(True)
    sys.excepthook = _log_uncaught


def use_format(log_format: str) -> None:
    """Go on in this format where logging is on, as a file of settings says later than others."""
    for handler in logging.root.handlers:
        if isinstance(handler.formatter, _Json):
            handler.setFormatter(_formatter(log_format))


def _require_formatter() -> None:
    """Raise ConfigError where a line would have no timestamp, or where text would be JSON."""
    require("python-json-logger>=4.2,<5", JsonFormatter, "process_log_record", "jsonify_log_record")


def _formatter(log_format: str) -> logging.Formatter:
    if log_format == "auto":
        log_format = "text" if is_read_by_a_person() else "json"
    return _FORMATTERS[log_format]()


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
