"""JSON logs to standard output: one object a line, and what ties lines together."""

import logging
import sys
from contextvars import ContextVar

from pythonjsonlogger.json import JsonFormatter

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
incident: ContextVar[str | None] = ContextVar("incident", default=None)
delivery: ContextVar[int | None] = ContextVar("delivery", default=None)


class _Context(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        record.incident = incident.get()
        record.delivery = delivery.get()
        return True


def configure(level: str) -> None:
    """Send every logger of this process to standard output as JSON."""
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(_Context())
    handler.setFormatter(
        JsonFormatter(
            "%(levelname)s %(name)s %(message)s %(request_id)s %(incident)s %(delivery)s",
            rename_fields={"levelname": "level", "name": "logger"},
            timestamp=True,
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for chatty in ("urllib3", "rq.worker", "yoyo"):
        logging.getLogger(chatty).setLevel(max(logging.getLogger().level, logging.WARNING))
    # The SDK logs the body of an answer that is no JSON; what it raises is logged by us, without.
    logging.getLogger("slack_sdk").setLevel(logging.CRITICAL)
