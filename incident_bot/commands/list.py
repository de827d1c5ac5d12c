"""/incident list: the open incidents."""

from incident_bot.commands import Call, Command, Press, Reply
from incident_bot.domain.permissions import Action
from incident_bot.render import messages
from incident_bot.store import incidents
from incident_bot.store.database import Tx

_MOST_SHOWN = 40


def typed(tx: Tx, call: Call) -> Reply:
    found = incidents.open_ones(tx, limit=_MOST_SHOWN + 1)
    if not found:
        return Reply(text="No incident is open. `/incident declare` declares one.")
    message = messages.listing(found, most=_MOST_SHOWN)
    return Reply(text=message.text, blocks=message.blocks)


COMMAND = Command(
    usage="list",
    summary="list the open incidents",
    action=Action.LIST,
    typed=typed,
    pressed={"": Press(handler=typed)},
    examples=("list",),
)
