"""/incident statuspage: what the status page shows for this incident."""

from typing import Final

from incident_bot.commands import Command, IncidentCall, Press, Reply
from incident_bot.domain.permissions import Action
from incident_bot.domain.statuspage import causes_of
from incident_bot.errors import Conflict
from incident_bot.render import statuspage as statuspage_text
from incident_bot.render.statuspage import Shown
from incident_bot.store import statuspage
from incident_bot.store.database import Tx
from incident_bot.workflow import components

BACK: Final = "back"
LEAVE: Final = "leave"


def typed(tx: Tx, call: IncidentCall) -> Reply:
    incident = call.incident
    named = statuspage.components_of(tx, incident.service)
    shown = [_shown(tx, component_id, name) for component_id, name in named.items()]
    publication = statuspage.publication(tx, incident.id)
    message = statuspage_text.overview(incident, shown, publication)
    return Reply(text=message.text, blocks=message.blocks)


def _shown(tx: Tx, component_id: str, name: str) -> Shown:
    wanted = statuspage.wanted(tx, component_id)
    causes = causes_of(wanted, statuspage.open_incidents_on(tx, component_id))
    return Shown(
        name=name,
        record=statuspage.component_record(tx, component_id),
        wanted=wanted,
        because_of=[each.ref for each in causes],
    )


def settle(tx: Tx, call: IncidentCall) -> Reply:
    """Put back, or leave, a component that somebody set by hand; the commander chose which."""
    choice, component_id = call.request.button, call.rest
    settled = components.overwrite if choice == BACK else components.accept_drift
    if not settled(tx, component_id):
        raise Conflict("Somebody has already answered this question.")
    name = statuspage.name_of(tx, component_id)
    return Reply(
        text=statuspage_text.settled(name, is_put_back=choice == BACK),
        audit=f"{choice} {component_id}",
        outcome="component put back" if choice == BACK else "component left as it is",
    )


_SETTLE: Final = Press(handler=settle, action=Action.SETTLE_DRIFT)

COMMAND = Command(
    usage="statuspage",
    summary="show what the status page says about this incident",
    action=Action.STATUSPAGE,
    in_incident=True,
    typed=typed,
    pressed={BACK: _SETTLE, LEAVE: _SETTLE},
    examples=("statuspage",),
)
