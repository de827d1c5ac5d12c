"""/incident list: the open incidents."""

from incident_bot.commands import Call, Command, Press, Reply
from incident_bot.domain.permissions import Action
from incident_bot.render import open_incidents
from incident_bot.store import incidents, timeline
from incident_bot.store.database import Tx

_MOST_SHOWN = 40


def typed(tx: Tx, call: Call) -> Reply:
    found = incidents.open_ones(tx, limit=_MOST_SHOWN)
    if not found.count:
        return Reply(text="No incident is open. `/incident declare` declares one.")
    last = timeline.latest_entries(tx, [each.id for each in found.worst])
    message = open_incidents.listing(found, last, tx.now)
    return Reply(text=message.text, blocks=message.blocks)


COMMAND = Command(
    usage="list",
    summary="list the open incidents, their age and last update",
    action=Action.LIST,
    typed=typed,
    pressed={"": Press(handler=typed)},
    examples=("list",),
)
