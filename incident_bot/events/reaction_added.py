"""reaction_added: somebody reacted to a message (docs.slack.dev: reaction_added)."""

from functools import partial

from incident_bot.events import Event, _reaction

EVENT = Event(
    type="reaction_added",
    scopes=frozenset({"reactions:read"}),
    handle=partial(_reaction.take, is_removed=False),
)
