"""Fill an empty database from a backup.

Stop the bot first, and start it afterwards.
"""

from pathlib import Path

import click

from incident_bot import settings
from incident_bot.cli._answer import Answer, with_json
from incident_bot.cli._help import examples
from incident_bot.cli._progress import working
from incident_bot.errors import UserError
from incident_bot.store import backups


@click.command(help=__doc__, epilog=examples("restore incident-bot.dump"))
@click.argument("file", type=click.Path(path_type=Path), help="A file that backup wrote.")
@with_json("file", "pending")
def command(file: Path) -> Answer:
    try:
        with working(f"Filling the database from {file}"):
            pending = backups.restore(settings.database_url(), file)
    except backups.CannotCopy as error:
        raise UserError(str(error)) from None
    done = f"Restored; {pending} deliveries are still to be made. Now: incident-bot migrate"
    return Answer(found={"file": str(file), "pending": pending}, lines=[done])
