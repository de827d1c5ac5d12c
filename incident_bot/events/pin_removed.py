"""pin_removed: somebody took a pin off (docs.slack.dev: pin_removed)."""

from functools import partial

from incident_bot.events import Event, _pin

EVENT = Event(
    type="pin_removed",
    scopes=frozenset({"pins:read"}),
    handle=partial(_pin.take, is_removed=True),
)
