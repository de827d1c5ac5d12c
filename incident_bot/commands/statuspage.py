"""/incident statuspage: what the status page shows for this incident."""

from incident_bot.commands import Command, Invocation, Reply
from incident_bot.domain import permissions
from incident_bot.domain.incidents import Incident
from incident_bot.domain.permissions import Action
from incident_bot.errors import Conflict
from incident_bot.render import page
from incident_bot.render.text import escape
from incident_bot.store import audit, incidents, statuspage
from incident_bot.store.database import Tx


def run(tx: Tx, call: Invocation) -> Reply:
    incident = incidents.in_channel(tx, call.channel_id)
    permissions.require(Action.STATUSPAGE, incident, call.user_id)
    if call.is_button:
        return _settle(tx, call, incident)
    components = statuspage.components_of(tx, incident.service)
    lines = [_line(tx, component_id, name) for component_id, name in components.items()]
    if not lines:
        lines = [f"{escape(incident.service)} is not on the status page."]
    if publication := statuspage.publication(tx, incident.id):
        is_there = publication.page_incident_id is not None
        lines.append("📢 The incident is public." if is_there else "⏳ It is being published.")
    message = page.summary(incident, lines)
    return Reply(text=message.text, blocks=message.blocks)


def _settle(tx: Tx, call: Invocation, incident: Incident) -> Reply:
    """Somebody set a component by hand, and the commander says what becomes of it."""
    permissions.require(Action.SETTLE_DRIFT, incident, call.user_id)
    choice, _, component_id = call.rest.partition(":")
    settle = statuspage.put_back if choice == "back" else statuspage.leave
    if not settle(tx, component_id):
        raise Conflict("Somebody has chosen already.")
    name = statuspage.name_of(tx, component_id)
    audit.add(
        tx,
        Action.SETTLE_DRIFT,
        actor=call.user_id,
        incident_id=incident.id,
        channel_id=call.channel_id,
        detail=f"{choice} {component_id}",
    )
    done = "is being put back" if choice == "back" else "is left as it is"
    return Reply(text=f"{escape(name)} {done}.")


def _line(tx: Tx, component_id: str, name: str) -> str:
    mirror = statuspage.mirror(tx, component_id)
    wanted = statuspage.wanted(tx, component_id)
    state = mirror.shown.replace("_", " ")
    if mirror.is_held:
        return f"✋ *{escape(name)}*: set by hand, waits for the commander"
    if mirror.is_failing:
        return f"⚠️ *{escape(name)}*: the page does not take it; it should be {wanted.words}"
    if mirror.shown != wanted:
        return f"⏳ *{escape(name)}*: {state}, becoming {wanted.words}"
    return f"✅ *{escape(name)}*: {state}"


COMMAND = Command(
    usage="statuspage", summary="what the status page shows for this incident", run=run
)
