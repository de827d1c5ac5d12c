"""The Slack events that the bot hears of: each module in this folder is one, found by its EVENT.

A module whose name begins with an underscore is no event.
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from incident_bot.settings import Settings
from incident_bot.store.database import Tx


class NotLoaded(Exception):
    """A module of this folder is no proper event: the process does not start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One type of event, the scopes that Slack wants for it, and what it does.

    Slack sends an event again until it is answered, perhaps under another id, so `handle` must be
    harmless when repeated. It calls no vendor, and raises Malformed for what cannot be read.
    """

    type: str
    scopes: frozenset[str]
    handle: Callable[[Tx, Mapping[str, Any], Settings], None]


@cache
def all_events() -> dict[str, Event]:
    """Return each event by its type, in alphabetical order; raises NotLoaded."""
    names = sorted(info.name for info in pkgutil.iter_modules(__path__))
    found = [_loaded(name) for name in names if not name.startswith("_")]
    return {event.type: event for event in found}


def _loaded(name: str) -> Event:
    event = getattr(importlib.import_module(f"{__name__}.{name}"), "EVENT", None)
    if not isinstance(event, Event):
        raise NotLoaded(f"{__name__}.{name} does not load: it has no EVENT = Event(…)")
    return event
