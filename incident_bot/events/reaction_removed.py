"""reaction_removed: somebody took a reaction back (docs.slack.dev: reaction_removed)."""

from functools import partial

from incident_bot.events import Event, _reaction

EVENT = Event(
    type="reaction_removed",
    scopes=frozenset({"reactions:read"}),
    handle=partial(_reaction.take, is_removed=True),
)
