"""List the open incidents, worst first, also while Slack is away."""

from typing import Final

import click

from incident_bot import settings
from incident_bot.cli._answer import Answer, with_json
from incident_bot.cli._database import PATIENCE_SECONDS, opened
from incident_bot.cli._help import examples
from incident_bot.render import open_incidents
from incident_bot.render.terminal import Terminal, named_in
from incident_bot.store import incidents, people, timeline
from incident_bot.store.database import Tx

_KEYS: Final = (
    *("incident", "title", "service", "severity", "status", "declarer", "commander", "channel_id"),
    *("channel_name", "declared_at", "next_update_at", "last_update_at"),
)
_MOST_SHOWN: Final = 40


@click.command(help=__doc__, epilog=examples("list", "list --json"))
@with_json(*_KEYS, for_each="incident")
def command() -> Answer:
    with opened(settings.database_url(), limit_seconds=PATIENCE_SECONDS) as database:
        return database.run(_listed)


def _listed(tx: Tx) -> Answer:
    found = incidents.open_ones(tx, limit=_MOST_SHOWN)
    if not found.count:
        return Answer(found=[], lines=["No incident is open."])
    last = timeline.latest_entries(tx, [each.id for each in found.worst])
    told = open_incidents.listing(found, last, tx.now)
    channels = {each.channel_id: each.channel_name or "" for each in found.worst if each.channel_id}
    names = people.names(tx, named_in(told.text)) | channels
    lines = Terminal(now=tx.now, names=names).blocks(told.blocks)
    return Answer(
        found=[
            {
                "incident": each.ref,
                "title": each.title,
                "service": each.service,
                "severity": each.severity,
                "status": each.status,
                "declarer": each.declarer_user_id,
                "commander": each.commander_user_id,
                "channel_id": each.channel_id,
                "channel_name": each.channel_name,
                "declared_at": each.declared_at,
                "next_update_at": each.next_update_at,
                "last_update_at": last[each.id].at if each.id in last else None,
            }
            for each in found.worst
        ],
        lines=lines,
    )
