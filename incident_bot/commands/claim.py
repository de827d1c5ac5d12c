"""/incident claim: take command when the commander cannot be reached."""

from incident_bot.commands import Command, IncidentCall, Press, Reply
from incident_bot.domain.incidents import Incident
from incident_bot.domain.permissions import Action
from incident_bot.domain.updates import Change, Event, IncidentUpdate
from incident_bot.render.messages import take_command
from incident_bot.render.text import person, section
from incident_bot.store.database import Tx
from incident_bot.workflow import changes


def typed(tx: Tx, call: IncidentCall) -> Reply:
    """Ask first: command is taken by the button of the answer."""
    call.incident.commanded_by(call.user_id)
    return _ask(call.incident)


def confirmed(tx: Tx, call: IncidentCall) -> Reply:
    incident = call.incident
    after = incident.commanded_by(call.user_id)
    change = Change(event=Event.CLAIM, before=incident.commander_user_id, after=call.user_id)
    update = IncidentUpdate(actor_user_id=call.user_id, changes=(change,))
    changes.save(tx, incident, after, update, Action.CLAIM, call.settings, call.confirmation)
    return Reply(
        text=f"You are in command of {after.ref} now.",
        replace=call.request.is_ephemeral,
        outcome="claimed",
    )


def _ask(incident: Incident) -> Reply:
    question = (
        f"{person(incident.commander_user_id)} is in command of {incident.ref}. "
        "Taking over is announced in the channel."
    )
    button = {"type": "actions", "elements": [take_command(incident, ask=False)]}
    return Reply(text=question, blocks=[section(question), button])


COMMAND = Command(
    usage="claim",
    summary="take command yourself, after a confirmation",
    action=Action.CLAIM,
    in_incident=True,
    typed=typed,
    pressed={"confirmed": Press(handler=confirmed)},
)
