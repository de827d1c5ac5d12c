"""/incident catchup: how it stands, and what is new since one last looked."""

from incident_bot.commands import Command, IncidentCall, Press, Reply
from incident_bot.domain.permissions import Action
from incident_bot.render import catching_up as text
from incident_bot.store import catching_up
from incident_bot.store.database import Tx


def typed(tx: Tx, call: IncidentCall) -> Reply:
    news = catching_up.news(tx, call.incident, call.user_id)
    catching_up.mark_seen(tx, call.incident.id, call.user_id)
    told = text.told(call.incident, news, tx.now)
    return Reply(text=told.text, blocks=told.blocks)


COMMAND = Command(
    usage="catchup",
    summary="say how it stands, and what is new since you last looked",
    action=Action.CATCHUP,
    in_incident=True,
    typed=typed,
    pressed={"": Press(handler=typed)},
    aliases=("catch-up",),
    examples=("catchup", "catchup INC-42"),
)
