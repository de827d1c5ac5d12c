"""The buttons that take something back."""

from typing import Final

from incident_bot.domain.incidents import Incident
from incident_bot.render.messages import button, row
from incident_bot.render.text import Block, section

PUBLICATION: Final = "publication"
"""The button that undoes what was published, rather than a change of the incident."""

JOIN_INSTEAD: Final = "join"
"""The button that closes a new incident in favour of one that was there."""


def with_undo(text: str, incident: Incident) -> list[Block]:
    """Render an answer with a button that undoes the change it tells of, and no later one."""
    return [section(text), row(button("Undo", "undo", f"{incident.id} {incident.version}"))]


def with_undo_of_publication(text: str, incident: Incident) -> list[Block]:
    """Render an answer with a button that takes the incident off the status page again."""
    return [section(text), row(button("Undo", f"undo:{PUBLICATION}", str(incident.id)))]


def join_instead(incident: Incident, other_ref: str) -> Block:
    """Render the offer to go where the same is worked on already."""
    label = f"Join {other_ref} and cancel this one"
    return row(button(label, f"duplicate:{JOIN_INSTEAD}", f"{incident.id} {other_ref}"))
