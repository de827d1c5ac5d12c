"""/incident claim: take command when the commander cannot be reached."""

from typing import Final

from incident_bot.commands import Command, Invocation, Reply
from incident_bot.domain import permissions
from incident_bot.domain.incidents import Incident
from incident_bot.domain.news import Change, Event, News
from incident_bot.domain.permissions import Action
from incident_bot.render.messages import take_command
from incident_bot.render.text import person, section
from incident_bot.store import incidents
from incident_bot.store.database import Tx
from incident_bot.workflow import changes

CONFIRMED: Final = "confirmed"
"""What a pressed "Take command" stands for."""


def run(tx: Tx, call: Invocation) -> Reply:
    incident = incidents.in_channel(tx, call.channel_id)
    permissions.require(Action.CLAIM, incident, call.user_id)
    after = incident.commanded_by(call.user_id)
    if not (call.is_button and call.rest == CONFIRMED):
        return _ask(incident)
    change = Change(event=Event.CLAIM, before=incident.commander_user_id, after=call.user_id)
    news = News(actor_user_id=call.user_id, changes=(change,))
    changes.save(tx, incident, after, news, Action.CLAIM, call.settings)
    return Reply(text=f"You are in command of {after.ref} now.", replace=call.is_ephemeral)


def _ask(incident: Incident) -> Reply:
    question = (
        f"{person(incident.commander_user_id)} is in command of {incident.ref}. "
        "Taking over is announced in the channel."
    )
    button = {"type": "actions", "elements": [take_command(incident, ask=False)]}
    return Reply(text=question, blocks=[section(question), button])


COMMAND = Command(usage="claim", summary="take command yourself, after a confirmation", run=run)
