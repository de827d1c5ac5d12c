"""Print the postmortem of an incident as Markdown."""

import click

from incident_bot import settings
from incident_bot.cli._answer import Answer, with_json
from incident_bot.cli._database import opened
from incident_bot.cli._help import examples, incident_argument
from incident_bot.render import postmortem
from incident_bot.store import incidents, records
from incident_bot.store.database import Tx


@click.command(help=__doc__, epilog=examples("postmortem INC-42", "postmortem 42 --json"))
@incident_argument
@with_json("incident", "markdown")
def command(incident: str) -> Answer:
    with opened(settings.database_url()) as database:
        return database.run(lambda tx: _written(tx, incident))


def _written(tx: Tx, ref: str) -> Answer:
    found = incidents.by_ref(tx, ref)
    markdown = postmortem.write(records.read(tx, found))
    return Answer(
        found={"incident": found.ref, "markdown": markdown}, lines=[markdown.removesuffix("\n")]
    )
