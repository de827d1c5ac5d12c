"""The forms that end an incident, and the one that opens it again."""

from collections.abc import Sequence
from typing import Final

from incident_bot.domain.incidents import Incident
from incident_bot.render.forms import (
    MAX_MESSAGE,
    View,
    about,
    choice,
    field,
    message_field,
    modal,
    text_input,
)
from incident_bot.render.messages import SIGNS
from incident_bot.render.reminders import WAIVE
from incident_bot.render.text import context, one_line

ANOTHER: Final = "another"
"""The block that names the further incident that a form is about."""


def resolve(incident: Incident) -> View:
    """Render the form behind the card's Resolve button."""
    return modal(
        "resolved",
        f"Resolve {incident.ref}",
        "Resolve",
        about(incident),
        [message_field("What fixed it?")],
    )


def waive(incident: Incident) -> View:
    """Render the form that says why no postmortem is needed."""
    return modal(
        f"postmortem:{WAIVE}",
        f"No postmortem {incident.ref}",
        "Not needed",
        about(incident),
        [
            context("It is noted on the timeline, and nobody is reminded any more."),
            message_field("Why is none needed?"),
        ],
    )


def cancel(incident: Incident) -> View:
    """Render the form that closes an incident as a false alarm."""
    return modal(
        "cancel",
        f"Cancel {incident.ref}",
        "False alarm",
        about(incident),
        [
            context("It is closed as a false alarm. Everyone who heard about it is told."),
            message_field("Why was it none?", placeholder="The alert was wrong"),
        ],
    )


def duplicate(incident: Incident, others: Sequence[Incident], *, more: int) -> View:
    """Render the form that closes an incident as a duplicate of one of `others`.

    `more` are open besides them.
    """
    labels = {each.ref: _label(each) for each in others}
    missing = f"{more} more are open. " if more else ""
    return modal(
        "duplicate",
        f"{incident.ref} is a duplicate",
        "Close it",
        about(incident),
        [
            context("It is closed, and its people are invited to the other incident."),
            field(ANOTHER, "It is the same as", choice(ANOTHER, labels, None)),
            message_field("What shows that?", placeholder="The same errors since the same minute"),
            context(
                f"{missing}One that is not listed can be named: "
                f"`/incident duplicate {incident.ref} INC-41`"
            ),
        ],
    )


def _label(incident: Incident) -> str:
    return (
        f"{SIGNS[incident.severity]} {incident.severity} {incident.ref} "
        f"{one_line(incident.title)} ({incident.service})"
    )


def reopen(incident: Incident, *, reason: str) -> View:
    """Render the form that opens a resolved incident again."""
    why = text_input("message", reason, MAX_MESSAGE, "Errors are back", multiline=True)
    return modal(
        "reopen",
        f"Reopen {incident.ref}",
        "Reopen",
        about(incident),
        [
            context("It is investigated again, and you command it. Everyone it concerns is told."),
            field("message", "What came back?", why),
        ],
    )
