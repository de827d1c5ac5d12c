"""/incident commander: hand command to somebody else."""

import re

from incident_bot.commands import Command, IncidentCall, Reply, undoable
from incident_bot.domain import mentions
from incident_bot.domain.permissions import Action
from incident_bot.domain.updates import Change, Event, IncidentUpdate
from incident_bot.errors import InvalidInput, Typed
from incident_bot.render.text import person
from incident_bot.store.database import Tx
from incident_bot.workflow import changes, commanders


def typed(tx: Tx, call: IncidentCall) -> Reply:
    incident = call.incident
    user_id = _mentioned(call.rest)
    commanders.require_able_to_command(tx, user_id, call.settings)
    after = incident.commanded_by(user_id)
    change = Change(event=Event.HANDOVER, before=incident.commander_user_id, after=user_id)
    update = IncidentUpdate(
        actor_user_id=call.user_id, changes=(change,), text=mentions.after_last(call.rest)
    )
    saved = changes.save(
        tx, incident, after, update, Action.HANDOVER, call.settings, call.confirmation
    )
    text = f"{person(user_id)} is in command of {saved.ref} now."
    return undoable(text, saved, outcome="handed over")


def _mentioned(rest: str) -> str:
    """Return the one person whom the line names, whatever else it says."""
    named = mentions.people(rest)
    if len(named) == 1:
        return named[0]
    if named:
        raise InvalidInput("Only one person can command: name one.")
    if mentions.has_group(rest):
        raise InvalidInput("A group cannot command: name one person.")
    name = re.search(r"(?<!\S)@\S.*", rest)
    if name:
        raise InvalidInput(
            f"I cannot tell who “{name[0]}” is. Type ",
            Typed("commander @"),
            ", then pick the person from the list that Slack shows.",
        )
    raise InvalidInput(
        "Say who takes over: ", Typed("commander @name"), ", picked from Slack's list."
    )


COMMAND = Command(
    usage="commander @user [note]",
    summary="hand command to somebody",
    action=Action.HANDOVER,
    in_incident=True,
    typed=typed,
    examples=("commander @ben", "commander @ben you know the database"),
)
