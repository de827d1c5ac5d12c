"""/incident delivery: who was told, when; who was not, and why."""

from typing import Final

from incident_bot.commands import Command, Invocation, Reply
from incident_bot.deliveries import KINDS
from incident_bot.domain import permissions
from incident_bot.domain.deliveries import DeliveryRecord, State
from incident_bot.domain.incidents import Incident
from incident_bot.domain.permissions import Action
from incident_bot.render import ledger
from incident_bot.store import audit, incidents, outbox
from incident_bot.store.database import Tx

RETRY: Final = "retry"


def run(tx: Tx, call: Invocation) -> Reply:
    incident = incidents.in_channel(tx, call.channel_id)
    permissions.require(Action.DELIVERY, incident, call.user_id)
    if call.is_button and call.rest == RETRY:
        return _retry(tx, call, incident)
    lines = [each for each in outbox.of_incident(tx, incident.id) if _is_listed(each)]
    role = permissions.role_of(call.user_id, incident)
    may_retry = permissions.is_allowed(Action.RETRY, role)
    dead = any(line.state is State.DEAD for line in lines)
    message = ledger.ledger(incident, lines, tx.now, with_retry=dead and may_retry)
    return Reply(text=message.text, blocks=message.blocks)


def _is_listed(record: DeliveryRecord) -> bool:
    kind = KINDS.get(record.kind)
    return kind is None or kind.listed


def _retry(tx: Tx, call: Invocation, incident: Incident) -> Reply:
    permissions.require(Action.RETRY, incident, call.user_id)
    count = outbox.retry_dead(tx, incident.id)
    audit.add(
        tx,
        Action.RETRY,
        actor=call.user_id,
        incident_id=incident.id,
        channel_id=call.channel_id,
        detail=str(count),
    )
    which = "1 delivery is" if count == 1 else f"{count} deliveries are"
    return Reply(text=f"{which} being tried again.", replace=True)


COMMAND = Command(usage="delivery", summary="who was told and when, who was not and why", run=run)
