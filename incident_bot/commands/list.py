"""/incident list: the open incidents."""

from incident_bot.commands import Command, Invocation, Reply
from incident_bot.domain.incidents import Incident
from incident_bot.render.messages import headline
from incident_bot.render.text import (
    MAX_TEXT,
    channel,
    escape,
    join_within,
    person,
    sections,
    within_blocks,
)
from incident_bot.store import incidents
from incident_bot.store.database import Tx

_MOST_SHOWN = 40


def run(tx: Tx, call: Invocation) -> Reply:
    found = incidents.open_ones(tx, limit=_MOST_SHOWN + 1)
    if not found:
        return Reply(text="No incident is open. `/incident declare` declares one.")
    lines = within_blocks(_line(incident) for incident in found[:_MOST_SHOWN])
    if len(found) > len(lines):
        lines.append(f"Only the worst {len(lines)} are shown.")
    return Reply(text=join_within(lines, MAX_TEXT), blocks=sections(lines))


def _line(incident: Incident) -> str:
    where = channel(incident.channel_id) if incident.channel_id else "channel on its way"
    return (
        f"{headline(incident)}\n{escape(incident.service)} · {incident.status} · "
        f"commander {person(incident.commander_user_id)} · {where}"
    )


COMMAND = Command(usage="list", summary="the open incidents", run=run)
