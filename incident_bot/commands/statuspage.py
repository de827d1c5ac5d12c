"""/incident statuspage: what the status page shows for this incident."""

from incident_bot.commands import Command, Invocation, Reply
from incident_bot.domain import permissions
from incident_bot.domain.incidents import Incident
from incident_bot.domain.permissions import Action
from incident_bot.errors import Conflict
from incident_bot.render import page
from incident_bot.render.page import Shown
from incident_bot.store import audit, incidents, statuspage
from incident_bot.store.database import Tx
from incident_bot.workflow import components


def run(tx: Tx, call: Invocation) -> Reply:
    incident = incidents.in_channel(tx, call.channel_id)
    permissions.require(Action.STATUSPAGE, incident, call.user_id)
    if call.is_button:
        return _settle(tx, call, incident)
    shown = [
        Shown(
            name=name,
            mirror=statuspage.mirror(tx, component_id),
            wanted=statuspage.wanted(tx, component_id),
        )
        for component_id, name in statuspage.components_of(tx, incident.service).items()
    ]
    publication = statuspage.publication(tx, incident.id)
    message = page.overview(
        incident,
        shown,
        is_public=publication is not None,
        is_there=publication is not None and publication.page_incident_id is not None,
    )
    return Reply(text=message.text, blocks=message.blocks)


def _settle(tx: Tx, call: Invocation, incident: Incident) -> Reply:
    """Somebody set a component by hand, and the commander says what becomes of it."""
    permissions.require(Action.SETTLE_DRIFT, incident, call.user_id)
    choice, _, component_id = call.rest.partition(":")
    settle = components.overwrite if choice == "back" else components.accept_drift
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
    return Reply(text=page.settled(name, is_put_back=choice == "back"))


COMMAND = Command(
    usage="statuspage", summary="what the status page shows for this incident", run=run
)
