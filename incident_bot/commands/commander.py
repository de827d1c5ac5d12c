"""/incident commander: hand command to somebody else."""

import re

from incident_bot.commands import Command, IncidentCall, Reply
from incident_bot.domain.permissions import Action
from incident_bot.domain.updates import Change, Event, IncidentUpdate
from incident_bot.errors import InvalidInput, Typed
from incident_bot.render.text import person
from incident_bot.store.database import Tx
from incident_bot.workflow import changes, commanders


def typed(tx: Tx, call: IncidentCall) -> Reply:
    incident = call.incident
    user_id = _mentioned(call.rest)
    commanders.require_able_to_command(tx, user_id)
    after = incident.commanded_by(user_id)
    change = Change(event=Event.HANDOVER, before=incident.commander_user_id, after=user_id)
    update = IncidentUpdate(actor_user_id=call.user_id, changes=(change,))
    changes.save(tx, incident, after, update, Action.HANDOVER, call.settings)
    return Reply(text=f"{person(user_id)} is in command of {after.ref} now.", outcome="handed over")


def _mentioned(rest: str) -> str:
    found = re.fullmatch(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>", rest.strip())
    if found:
        return found[1]
    if rest.startswith("@"):
        raise InvalidInput(
            f"I cannot tell who “{rest}” is. Type ",
            Typed("commander @"),
            ", then pick the person from the list that Slack shows.",
        )
    raise InvalidInput(
        "Say who takes over: ", Typed("commander @name"), ", picked from Slack's list."
    )


COMMAND = Command(
    usage="commander @user",
    summary="hand command to somebody",
    action=Action.HANDOVER,
    in_incident=True,
    typed=typed,
)
