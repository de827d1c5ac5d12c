"""Names for an incident's channel."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from itertools import count

MAX_CHANNEL_NAME = 80  # docs.slack.dev: conversations.create, "name"
_LONGEST_SLUG = 50


def slug(text: str) -> str:
    """Lower-case ASCII letters, digits and hyphens; never empty, whatever the text."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:_LONGEST_SLUG].strip("-") or "service"


def channel_names(service: str, declared_on: date, incident_id: int) -> Iterator[str]:
    """Names to try in turn: inc-YYYYMMDD-service, then with the incident's number, then counted."""
    base = f"inc-{declared_on:%Y%m%d}-{slug(service)}"
    yield base
    yield f"{base}-{incident_id}"
    for n in count(2):
        yield f"{base}-{incident_id}-{n}"
