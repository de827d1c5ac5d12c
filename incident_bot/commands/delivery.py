"""/incident delivery: who was told, when; who was not, and why."""

from incident_bot.commands import Command, IncidentCall, Press, Reply
from incident_bot.deliveries import KINDS
from incident_bot.domain import permissions
from incident_bot.domain.deliveries import DeliveryRecord, State
from incident_bot.domain.permissions import Action
from incident_bot.render import ledger
from incident_bot.store import outbox, statuspage
from incident_bot.store.database import Tx


def typed(tx: Tx, call: IncidentCall) -> Reply:
    incident = call.incident
    lines = [each for each in outbox.of_incident(tx, incident.id) if _is_listed(each)]
    may_retry = permissions.is_allowed(Action.RETRY, call.role)
    dead = any(line.state is State.DEAD for line in lines)
    message = ledger.ledger(
        incident,
        lines,
        tx.now,
        with_retry=dead and may_retry,
        is_on_page=bool(statuspage.components_of(tx, incident.service)),
    )
    return Reply(text=message.text, blocks=message.blocks)


def _is_listed(record: DeliveryRecord) -> bool:
    kind = KINDS.get(record.kind)
    return kind is None or kind.listed


def retry(tx: Tx, call: IncidentCall) -> Reply:
    count = outbox.retry_dead(tx, call.incident.id)
    which = "1 delivery is" if count == 1 else f"{count} deliveries are"
    return Reply(
        text=f"{which} being retried.",
        replace=True,
        audit=str(count),
        outcome="deliveries retried",
    )


COMMAND = Command(
    usage="delivery",
    summary="show which messages were sent and which were not, and why",
    action=Action.DELIVERY,
    in_incident=True,
    typed=typed,
    pressed={"retry": Press(handler=retry, action=Action.RETRY)},
    examples=("delivery", "delivery INC-42"),
)
