"""pin_added: somebody pinned a message (docs.slack.dev: pin_added)."""

from functools import partial

from incident_bot.events import Event, _pin

EVENT = Event(
    type="pin_added",
    scopes=frozenset({"pins:read"}),
    handle=partial(_pin.take, is_removed=False),
)
