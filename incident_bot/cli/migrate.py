"""Update the database to this version's schema.

It is safe at every start, even several at once.
"""

from typing import Final

import click

from incident_bot import settings
from incident_bot.cli._answer import Answer, with_json
from incident_bot.cli._help import examples
from incident_bot.cli._programs import say
from incident_bot.cli._progress import working
from incident_bot.settings import Secret
from incident_bot.store import migrations

IS_PROGRAM: Final = True


@click.command(help=__doc__, epilog=examples("migrate", "migrate --json"))
@with_json("applied")
def command() -> Answer:
    return Answer(found={"applied": bring_up_to_date(settings.database_url())})


def bring_up_to_date(database_url: Secret) -> list[str]:
    """Apply what is missing and say so; returns the names of what was applied."""
    with working("Updating the database"):
        applied = migrations.migrate(database_url)
    for name in applied:
        say(f"applied {name}")
    say("The database is up to date.")
    return applied
