"""Resolve an incident that nobody can end in Slack.

Everybody concerned is told as ever.
"""

from dataclasses import replace

import click

from incident_bot import settings
from incident_bot.cli._answer import Answer, with_json
from incident_bot.cli._database import opened
from incident_bot.cli._help import examples, incident_argument
from incident_bot.clients.queue import Notifier
from incident_bot.commands import resolved
from incident_bot.domain.people import OPERATOR
from incident_bot.domain.text import sanitize
from incident_bot.settings import Settings
from incident_bot.store import incidents
from incident_bot.store.database import Tx
from incident_bot.workflow.confirmation import Confirmation


@click.command(help=__doc__, epilog=examples("resolve INC-42 rolled back", "resolve 42 --json"))
@incident_argument
@click.argument("summary", metavar="WORD", nargs=-1, help="What fixed it.")
@with_json("incident", "status", "resolved_at", "resolved_after_seconds")
def command(incident: str, summary: tuple[str, ...]) -> Answer:
    config = replace(settings.from_environment(), confirm_floods=False)
    notifier = Notifier(config.redis_url)
    with opened(config.database_url, notify=notifier.notify) as database:
        return database.run(lambda tx: _resolve(tx, incident, " ".join(summary), config))


def _resolve(tx: Tx, ref: str, summary: str, config: Settings) -> Answer:
    incident = incidents.held(tx, incidents.by_ref(tx, ref).id)
    confirmation = Confirmation(tx, "", "")
    after = resolved.resolve(tx, incident, OPERATOR, sanitize(summary), config, confirmation)
    took = after.time_to_resolve
    found = {
        "incident": after.ref,
        "status": after.status,
        "resolved_at": after.resolved_at,
        "resolved_after_seconds": took and took.total_seconds(),
    }
    return Answer(found=found, lines=[resolved.told(after)])
